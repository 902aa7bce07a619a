import { config } from '@grafana/runtime';

/** Whether to offer what administrators may do. Grafana's routes decide whether they may. */
export function isAdministrator(): boolean {
  const user = config.bootData?.user;
  return user?.orgRole === 'Admin' || user?.isGrafanaAdmin === true;
}

/** Whether to offer what editors may do: verdicts and maintenance, as with silences of Grafana's own alerts. */
export function isEditor(): boolean {
  return isAdministrator() || config.bootData?.user?.orgRole === 'Editor';
}
