import { EventBusSrv } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import {
  locationService,
  setAppEvents,
  setBackendSrv,
  setDataSourceSrv,
  setEchoSrv,
  setLocationSrv,
  setPluginImportUtils,
  setReturnToPreviousHook,
  setRunRequest,
  setTemplateSrv,
} from '@grafana/runtime';
import { setPluginPage } from '#grafana-runtime/components/PluginPage.mjs';
import { HostBackendSrv } from './backendSrv';
import { HostDataSourceSrv } from './dataSourceSrv';
import { PluginPage } from './PluginPage';
import { cachedPanelPlugin, importPanelPlugin } from './plugins';
import { installRegistries } from './registries';
import { runRequest } from './runRequest';
import { HostTemplateSrv } from './templateSrv';

/** Sets everything that @grafana/runtime lets a host set, before any plugin is loaded. */
export function installServices(): void {
  void initPluginTranslations('grafana');
  setAppEvents(new EventBusSrv());
  setBackendSrv(new HostBackendSrv());
  setTemplateSrv(new HostTemplateSrv());
  setDataSourceSrv(new HostDataSourceSrv());
  setLocationSrv({ update: (options) => locationService.update(options) });
  setEchoSrv({ flush() {}, addBackend() {}, addEvent() {}, onInteraction: () => () => {} });
  setRunRequest(runRequest);
  setPluginImportUtils({ importPanelPlugin, getPanelPluginFromCache: cachedPanelPlugin });
  setReturnToPreviousHook(() => () => {});
  setPluginPage(PluginPage);
  installRegistries();
}
