/** What @grafana/runtime lets a host set but does not export; the bundler finds it in the package's folder. */
declare module '#grafana-runtime/components/PluginPage.mjs' {
  import type { PluginPageProps } from '@grafana/runtime';
  import type { ComponentType } from 'react';

  export function setPluginPage(component: ComponentType<PluginPageProps>): void;
}
