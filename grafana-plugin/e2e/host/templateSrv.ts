import type { ScopedVars, TimeRange, TypedVariableModel } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';
import { SceneObjectBase, sceneGraph } from '@grafana/scenes';

/** `$name`, `${name}`, `${name.field:format}` and `[[name]]`. */
const VARIABLE = /\$(\w+)|\$\{(\w+)(?:\.([^:^}]+))?(?::([^}]+))?\}|\[\[(\w+)(?::(\w+))?\]\]/g;

function activeScene(): SceneObjectBase | undefined {
  const scene = window.__grafanaSceneContext;
  return scene instanceof SceneObjectBase && scene.isActive ? scene : undefined;
}

/** Fills in variables: those of the shown dashboard through Scenes, else those handed over with the request. */
export class HostTemplateSrv implements TemplateSrv {
  getVariables(): TypedVariableModel[] {
    return [];
  }

  replace(target?: string, scopedVars?: ScopedVars, format?: string | ((value: unknown) => string)): string {
    if (target === undefined || target === '') return target ?? '';
    const scene = activeScene();
    if (scene !== undefined) return sceneGraph.interpolate(scene, target, scopedVars, format as string);
    return target.replace(VARIABLE, (match: string, ...groups: (string | undefined)[]) => {
      const name = groups[0] ?? groups[1] ?? groups[4] ?? '';
      const value: unknown = scopedVars?.[name]?.value;
      return value === undefined ? match : String(value);
    });
  }

  containsTemplate(target?: string): boolean {
    return target !== undefined && new RegExp(VARIABLE.source).test(target);
  }

  updateTimeRange(_timeRange: TimeRange): void {}
}
