import { locationUtil } from '@grafana/data';

/** Grafana's form of a new silence, filled in with the server. */
export function silenceUrl(server: string): string {
  const params = new URLSearchParams({ alertmanager: 'grafana', matcher: `server=${server}` });
  return locationUtil.assureBaseUrl(`/alerting/silence/new?${params.toString()}`);
}

/** The rules on Argus's metrics in Grafana alerting. */
export const RULES_PATH = '/alerting/list?search=argus';

export function rulesUrl(): string {
  return locationUtil.assureBaseUrl(RULES_PATH);
}
