/** What the command line and other stages use of the simulator. */

export type { ChunkManifest, DatasetProgress } from './dataset.ts';
export { DATASET_COLUMNS, generateDataset } from './dataset.ts';
export type { DatasetOptions } from './dataset-options.ts';
export { DEFAULT_START_MS } from './dataset-options.ts';
export type { FleetHandle, FleetStatistics, FleetSurroundings } from './live/fleet.ts';
export { simulateFleet } from './live/fleet.ts';
export type { HostHandle } from './live/host.ts';
export { startHostMetrics } from './live/host.ts';
export type { EndpointOptions, FleetOptions, HostOptions, Protocol, Scenario } from './live/options.ts';
export { DEFAULT_INTERVAL_SECONDS, PROTOCOLS, SCENARIOS } from './live/options.ts';
