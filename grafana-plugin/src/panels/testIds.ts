/** Test ids of the panels. */
export const TEST_ID = {
  forecastPanel: 'argus-forecast-panel',
  chart: 'argus-forecast-chart',
  legend: 'argus-chart-legend',
  fleetPanel: 'argus-fleet-panel',
  fleetMap: 'argus-fleet-map',
  explanation: 'argus-explanation',
} as const;
