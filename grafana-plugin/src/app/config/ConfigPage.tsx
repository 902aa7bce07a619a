import type { AppPluginMeta, PluginConfigPageProps } from '@grafana/data';
import type { ArgusAppSettings } from '../../data/instance';

/** Where an administrator tells the app its backend. */
export const ConfigPage = (_props: PluginConfigPageProps<AppPluginMeta<ArgusAppSettings>>) => null;
