import { SceneObjectBase, type SceneObjectState } from '@grafana/scenes';
import { lazyView } from '../scenes/lazyView';

/** The Replay page's content. */
export class ReplayView extends SceneObjectBase<SceneObjectState> {
  static Component = lazyView<ReplayView>(async () => (await import('./ReplayPage')).ReplayPage);
}
