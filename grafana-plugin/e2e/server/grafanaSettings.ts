import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_FOLDER } from './paths.ts';

/** Ids that Grafana has to be allowed to load without a signature. */
export const UNSIGNED_PLUGINS = [
  'argus-app',
  'argus-datasource',
  'argus-forecast-panel',
  'argus-fleet-panel',
  'argus-explanation-panel',
];

export interface GrafanaOptions {
  /** Folder of this Grafana's own data. */
  readonly data: string;
  readonly port: number;
  /** The built plugin. */
  readonly dist: string;
  readonly backend: string;
  /** Address of a Prometheus that scrapes the backend. */
  readonly prometheus?: string | undefined;
  /** Whether people have to sign in; else everybody on this machine is an administrator. */
  readonly signIn: boolean;
  readonly keys: { readonly apiKey?: string | undefined; readonly adminKey?: string | undefined };
}

/** Puts the plugin and what is provisioned where Grafana looks for it: rules and Prometheus only where one runs. */
export function layOut({ data, dist, prometheus }: GrafanaOptions): void {
  const plugin = join(data, 'plugins', 'argus-app');
  const provisioning = join(data, 'provisioning');
  for (const folder of [plugin, provisioning]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(data, 'plugins'), { recursive: true });
  cpSync(dist, plugin, { recursive: true });
  for (const kind of ['plugins', 'datasources', 'dashboards', 'alerting']) {
    mkdirSync(join(provisioning, kind), { recursive: true });
  }
  const always = ['plugins/argus.yaml', 'datasources/argus.yaml', 'dashboards/argus.yaml'];
  const withPrometheus = ['datasources/prometheus.yaml', 'alerting/argus.yaml'];
  for (const file of prometheus === undefined ? always : [...always, ...withPrometheus]) {
    cpSync(join(PROJECT_FOLDER, 'provisioning', 'grafana', file), join(provisioning, file));
  }
}

/** Grafana's settings as its environment variables: loopback only, nothing sent or fetched elsewhere. */
export function settings(options: GrafanaOptions): Record<string, string> {
  const { data, port, dist, backend, prometheus, signIn, keys } = options;
  return {
    ARGUS_URL: backend,
    ARGUS_API_KEY: keys.apiKey ?? '',
    ARGUS_ADMIN_KEY: keys.adminKey ?? '',
    ARGUS_DASHBOARDS: join(dist, 'dashboards'),
    PROMETHEUS_URL: prometheus ?? '',
    GF_PATHS_DATA: data,
    GF_PATHS_LOGS: join(data, 'log'),
    GF_PATHS_PLUGINS: join(data, 'plugins'),
    GF_PATHS_PROVISIONING: join(data, 'provisioning'),
    GF_SERVER_HTTP_ADDR: '127.0.0.1',
    GF_SERVER_HTTP_PORT: String(port),
    GF_SERVER_ROOT_URL: `http://localhost:${port}/`,
    GF_DATABASE_WAL: 'true',
    GF_ANALYTICS_REPORTING_ENABLED: 'false',
    GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
    GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
    GF_ANALYTICS_FEEDBACK_LINKS_ENABLED: 'false',
    GF_NEWS_NEWS_FEED_ENABLED: 'false',
    GF_USERS_HOME_PAGE: '/a/argus-app/fleet',
    GF_SNAPSHOTS_EXTERNAL_ENABLED: 'false',
    GF_SECURITY_DISABLE_GRAVATAR: 'true',
    GF_SECURITY_ADMIN_PASSWORD: 'admin',
    GF_AUTH_ANONYMOUS_ENABLED: String(!signIn),
    GF_AUTH_ANONYMOUS_ORG_ROLE: 'Admin',
    GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS: UNSIGNED_PLUGINS.join(','),
    GF_PLUGINS_PREINSTALL_DISABLED: 'true',
    GF_PLUGINS_PREINSTALL_AUTO_UPDATE: 'false',
    GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED: 'true',
    GF_LOG_MODE: 'file',
  };
}
