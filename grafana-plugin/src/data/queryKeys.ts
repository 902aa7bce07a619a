import type { AlertFilter } from './alerts';
import type { AnnotationFilter } from './annotations';
import type { CascadeFilter } from './cascade';
import type { FleetFilter } from './fleet';
import type { IncidentFilter, TimeSpan } from './history';

/**
 * Keys under which react-query keeps answers, all in one place so that nothing is kept twice. `client` is the base url
 * of the data source: another data source is another fleet.
 */
export const QUERY_KEYS = {
  status: (client: string) => ['argus', client, 'status'] as const,
  fleet: (client: string, filter: FleetFilter) => ['argus', client, 'fleet', filter] as const,
  servers: (client: string, filter: FleetFilter) => ['argus', client, 'servers', filter] as const,
  server: (client: string, name: string) => ['argus', client, 'server', name] as const,
  forecast: (client: string, name: string, history: boolean) =>
    ['argus', client, 'forecast', name, history] as const,
  activeAlerts: (client: string, filter: AlertFilter) =>
    ['argus', client, 'alerts', 'active', filter] as const,
  reportCard: (client: string, server: string | undefined) =>
    ['argus', client, 'report-card', server ?? null] as const,
  /** Everything of a backend. */
  all: (client: string) => ['argus', client] as const,
  incidents: (client: string, filter: IncidentFilter) => ['argus', client, 'incidents', filter] as const,
  serverRisk: (client: string, server: string, span: TimeSpan) =>
    ['argus', client, 'server-risk', server, span] as const,
  historySummary: (client: string, span: TimeSpan) => ['argus', client, 'history-summary', span] as const,
  drift: (client: string) => ['argus', client, 'drift'] as const,
  cascades: (client: string, filter: CascadeFilter) => ['argus', client, 'cascades', filter] as const,
  replaySettings: (client: string) => ['argus', client, 'replay', 'settings'] as const,
  replay: (client: string, id: string) => ['argus', client, 'replay', id] as const,
  models: (client: string) => ['argus', client, 'models'] as const,
  trainingStatus: (client: string) => ['argus', client, 'training', 'status'] as const,
  /** Every list of annotations. */
  annotations: (client: string) => ['argus', client, 'annotations'] as const,
  annotationList: (client: string, filter: AnnotationFilter) =>
    ['argus', client, 'annotations', filter] as const,
  trainingStats: (client: string) => ['argus', client, 'training', 'stats'] as const,
} as const;
