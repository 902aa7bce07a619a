import { type SceneObject, SceneRefreshPicker, SceneTimePicker, SceneTimeRange } from '@grafana/scenes';

/** What is shown changes every five minutes; alerts may come in between. */
const REFRESH = '30s';
const INTERVALS = ['10s', '30s', '1m', '5m', '15m'];

/** Range of a page that shows the present only: needed for refreshing, not offered to be changed. */
export function presentRange(): SceneTimeRange {
  return new SceneTimeRange({ from: 'now-1h', to: 'now' });
}

/** A day back, as the forecasts' history is, and as far ahead as they reach. */
export function forecastRange(): SceneTimeRange {
  return new SceneTimeRange({ from: 'now-24h', to: 'now+8h' });
}

export function weekRange(): SceneTimeRange {
  return new SceneTimeRange({ from: 'now-7d', to: 'now' });
}

export function refreshControl(): SceneObject {
  return new SceneRefreshPicker({
    intervals: INTERVALS,
    refresh: REFRESH,
    isOnCanvas: true,
    autoEnabled: false,
  });
}

export function timeControls(): SceneObject[] {
  return [new SceneTimePicker({ isOnCanvas: true }), refreshControl()];
}
