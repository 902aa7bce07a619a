import { SceneObjectBase, type SceneObjectState } from '@grafana/scenes';
import { lazyView } from '../scenes/lazyView';

/** The Models page's content. */
export class ModelsView extends SceneObjectBase<SceneObjectState> {
  static Component = lazyView<ModelsView>(async () => (await import('./ModelsPage')).ModelsPage);
}
