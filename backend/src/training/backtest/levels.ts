import { HEALTHY, LEVELS, type LevelName } from '../../catalog/levels.ts';
import { type AlertLevelSettings, createTrack, followScore } from '../../risk/alertLevel.ts';
import { DEFAULT_RISK_CONFIG, minimumAlertLevel } from '../../risk/config.ts';
import { type AlertScores, QUIET_STEPS, scoreAlerts, share } from './alerts.ts';
import { type OriginTable, STALE_STEPS, serverDays } from './origins.ts';
import type { Failures } from './truth.ts';

/** How often an alert of a level, or a higher one, came true. */
export interface LevelReplay extends AlertScores {
  readonly level: LevelName;
  readonly perServerDay: number;
  /** Share after which a failure came within 8 hours, the first 30 minutes included. */
  readonly cameTrueWithin8h: number | null;
  /** Share after which a failure came 30 minutes to 8 hours later: the precision. */
  readonly cameTrueInTime: number | null;
}

const REPLAYED: readonly LevelName[] = ['warning', 'critical'];

/**
 * Replays the alert life cycle under the default settings: a change must hold for two cycles, hysteresis when it falls.
 * A cycle is one origin: five minutes at stride 1, as in the running backend.
 * @param scores risk scores by row
 */
export function replayLevels(
  table: OriginTable,
  scores: Float32Array,
  failures: Failures,
): readonly LevelReplay[] {
  const { holdCycles, hysteresisPoints } = DEFAULT_RISK_CONFIG.alerts;
  const minimumLevel = minimumAlertLevel(DEFAULT_RISK_CONFIG);
  const levels = alertLevels(table, scores, { holdCycles, hysteresisPoints, minimumLevel });
  return REPLAYED.map((level) => {
    const position = LEVELS.findIndex(({ name }) => name === level);
    const alerts = risesTo(table, levels, position);
    const judged = scoreAlerts(table, alerts, failures);
    return {
      level,
      ...judged,
      perServerDay: judged.alerts / serverDays(table),
      cameTrueWithin8h: share(judged.trueAlerts + judged.lateAlerts, judged.alerts),
      cameTrueInTime: judged.precision,
    };
  });
}

/** Alert level after each origin. A server that was stale in between starts anew: its alert had been resolved. */
export function alertLevels(
  table: OriginTable,
  scores: Float32Array,
  settings: AlertLevelSettings,
): Uint8Array {
  const levels = new Uint8Array(scores.length);
  const longestGap = Math.max(STALE_STEPS, table.stride);
  for (let server = 0; server < table.servers.length; server++) {
    let track = createTrack(HEALTHY, Number.NEGATIVE_INFINITY);
    for (let row = table.starts[server]; row < table.starts[server + 1]; row++) {
      const first = row === table.starts[server];
      if (!first && table.steps[row] - table.steps[row - 1] > longestGap) {
        track = createTrack(HEALTHY, Number.NEGATIVE_INFINITY);
      }
      // Cycles are counted, not steps: a stride of an hour has a cycle an hour.
      levels[row] = followScore(track, table.steps[row] / table.stride, scores[row], settings);
    }
  }
  return levels;
}

/** Rows at which the level rises to `level` or past it, one for a server in 6 hours. */
function risesTo(table: OriginTable, levels: Uint8Array, level: number): readonly number[] {
  const alerts: number[] = [];
  for (let server = 0; server < table.servers.length; server++) {
    let last = Number.NEGATIVE_INFINITY;
    for (let row = table.starts[server]; row < table.starts[server + 1]; row++) {
      const before = row > table.starts[server] ? levels[row - 1] : HEALTHY;
      if (levels[row] < level || before >= level || table.steps[row] - last < QUIET_STEPS) continue;
      last = table.steps[row];
      alerts.push(row);
    }
  }
  return alerts;
}
