import { SceneObjectBase, type SceneObjectState, type VizPanel } from '@grafana/scenes';
import { lazyView } from '../scenes/lazyView';
import type { UrlFilters } from '../scenes/UrlFilters';

interface State extends SceneObjectState {
  readonly filters: UrlFilters;
  readonly map: VizPanel;
}

/** The Fleet page's content. */
export class FleetView extends SceneObjectBase<State> {
  static Component = lazyView<FleetView>(async () => (await import('./FleetPage')).FleetPage);
}
