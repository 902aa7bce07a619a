import { SceneObjectBase, type SceneObjectState } from '@grafana/scenes';
import { lazyView } from '../scenes/lazyView';
import type { UrlFilters } from '../scenes/UrlFilters';

interface State extends SceneObjectState {
  readonly filters: UrlFilters;
}

/** The Alerts page's content. */
export class AlertsView extends SceneObjectBase<State> {
  static Component = lazyView<AlertsView>(async () => (await import('./AlertsPage')).AlertsPage);
}
