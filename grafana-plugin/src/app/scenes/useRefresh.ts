import { type SceneObject, sceneGraph } from '@grafana/scenes';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

/** Asks anew for what a page shows whenever Grafana's refresh picker says so. */
export function useRefresh(model: SceneObject): void {
  const queries = useQueryClient();
  const { value } = sceneGraph.getTimeRange(model).useState();
  const shown = useRef(value);
  useEffect(() => {
    if (shown.current === value) return;
    shown.current = value;
    void queries.invalidateQueries();
  }, [queries, value]);
}

/** Time zone chosen for the page, else the person's own. */
export function useTimeZone(model: SceneObject): string {
  const timeRange = sceneGraph.getTimeRange(model);
  timeRange.useState();
  return timeRange.getTimeZone();
}
