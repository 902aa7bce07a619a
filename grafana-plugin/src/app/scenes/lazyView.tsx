import type { SceneObject, SceneObjectState } from '@grafana/scenes';
import { LoadingPlaceholder } from '@grafana/ui';
import { type ComponentType, lazy, Suspense } from 'react';

interface ViewProps<Model> {
  readonly model: Model;
}

/**
 * Component of a scene object whose code is loaded when it is first shown.
 * @param load the page's module, reduced to its component
 */
export function lazyView<Model extends SceneObject<SceneObjectState>>(
  load: () => Promise<ComponentType<ViewProps<Model>>>,
): ComponentType<ViewProps<Model>> {
  const View = lazy(async () => ({ default: await load() }));
  return ({ model }) => (
    <Suspense fallback={<LoadingPlaceholder text="" />}>
      <View model={model} />
    </Suspense>
  );
}
