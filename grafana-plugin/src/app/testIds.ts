/** Test ids of the app's pages. */
export const TEST_IDS = {
  error: 'argus-error',
  fleet: 'argus-fleet-page',
  fleetTable: 'argus-fleet-table',
  firstRun: 'argus-first-run',
  server: 'argus-server-page',
  serverHeader: 'argus-server-header',
  riskParts: 'argus-risk-parts',
  alerts: 'argus-alerts-page',
  activeAlerts: 'argus-active-alerts',
  pastAlerts: 'argus-past-alerts',
  timeline: 'argus-alert-timeline',
  maintenance: 'argus-maintenance',
  models: 'argus-models-page',
  reportCard: 'argus-report-card',
  training: 'argus-training',
  config: 'argus-config-page',
} as const;
