/** Ids under which Grafana knows the app and what is nested in it. */
export const APP_ID = 'argus-app';
export const DATA_SOURCE_TYPE = 'argus-datasource';
export const FORECAST_PANEL_ID = 'argus-forecast-panel';
export const FLEET_PANEL_ID = 'argus-fleet-panel';
export const EXPLANATION_PANEL_ID = 'argus-explanation-panel';

/** Where the app's pages are. */
export const APP_URL = `/a/${APP_ID}`;

/** Uid of the data source that the Configuration page and our provisioning make. */
export const DEFAULT_DATA_SOURCE_UID = 'argus';
