import type { BootData } from './bootData';

interface SystemLoader {
  import(url: string): Promise<Record<string, unknown>>;
  set(id: string, module: object): void;
  addImportMap(map: { imports: Record<string, string> }): void;
}

declare global {
  interface Window {
    readonly grafanaBootData: BootData;
    readonly System: SystemLoader;
    /** Where Scenes finds the objects of the page that is shown, for interpolation by those who know none. */
    readonly __grafanaSceneContext?: unknown;
  }
}
