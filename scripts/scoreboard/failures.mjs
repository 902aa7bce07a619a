// Failures announced in time: argus backtest on generated servers whose hidden hazard is known.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Servers that no network, tree or threshold has seen, in later weeks, with kinds of failure that training left out. */
const FLEET = { servers: 100, days: 28, fromServer: 90_000, start: '2026-07-13T00:00:00Z', seedOffset: 70 };
const QUICK_FLEET = { ...FLEET, servers: 16, days: 8 };
const RIVALS = ['threshold', 'predict_linear', 'boosted_trees'];

const percent = (share) => (share === null ? '–' : `${(100 * share).toFixed(0)} %`);

/** @returns folder of the fleet, which is generated unless it is there already */
export function generateFailures(context) {
  const { servers, days, fromServer, start, seedOffset } = context.quick ? QUICK_FLEET : FLEET;
  const seed = `${context.seed + seedOffset}`;
  const folder = join(context.scratch, `backtest-${servers}x${days}-${seed}`);
  // The manifest is written last, so a fleet that has one is complete.
  if (!existsSync(join(folder, 'chunk_manifest.json'))) {
    context.argus(
      ...['generate', '--out', folder, '--servers', `${servers}`, '--days', `${days}`, '--seed', seed],
      ...['--from-server', `${fromServer}`, '--start', start, '--hazard'],
    );
  }
  return folder;
}

function besideRivals(report) {
  return RIVALS.map((name) => {
    const { prAuc, test } = report.scorers[name];
    return `${name} ${prAuc?.toFixed(3) ?? '–'} and ${percent(test.recall)}`;
  }).join(', ');
}

/** PR-AUC over its base rate: 1 is chance. */
function canary(scores) {
  const { prAuc, baseRate } = scores.argus;
  return prAuc / baseRate;
}

export const failures = {
  inputs: [
    'backend/src/risk',
    'backend/src/simulate',
    'backend/src/training/backtest',
    'backend/src/training/failure',
    'models/bundles/default/manifest.json',
  ],
  data: [],
  command: `argus generate --servers ${FLEET.servers} --days ${FLEET.days} --from-server ${FLEET.fromServer} --start ${FLEET.start} --hazard --seed ${FLEET.seedOffset} + SEED --out DIR, then argus backtest --data DIR --canaries`,
  run(context) {
    const stride = context.quick ? '12' : '3';
    const text = context.argus(
      'backtest',
      '--data',
      generateFailures(context),
      '--stride',
      stride,
      '--canaries',
      '--json',
    );
    const report = JSON.parse(text);
    const { prAuc, shareOfCeiling, test: by8h } = report.scorers.argus;
    // Alerts hang on the 3-hour probability (docs/backtest.md).
    const { test } = report.scorers.argus_3h;
    const { ece, brierSkill } = report.probabilities.argus;
    const best = Math.max(...RIVALS.map((name) => report.scorers[name].prAuc ?? 0));
    const critical = report.levels.find(({ level }) => level === 'critical');
    return {
      figures: {
        pr_auc_share: shareOfCeiling,
        pr_auc_over_best_rival: prAuc / best,
        event_recall: test.recall,
        precision: test.precision,
        median_lead_minutes: test.medianLeadMinutes,
        ece,
        brier_skill: brierSkill,
        critical_came_true: critical.cameTrueWithin8h,
        canary_permuted: canary(report.canaries.permutedServers),
        canary_shifted: canary(report.canaries.shiftedByADay),
        canary_status: report.canaries.withoutStatus.identical ? 1 : 0,
      },
      note: `${report.test.failures} failures in ${report.test.serverDays.toFixed(0)} server-days; PR-AUC ${prAuc.toFixed(3)}, ceiling ${report.ceiling?.toFixed(3) ?? '–'}, chance ${report.test.baseRate.toFixed(3)}; alerts by the 3-hour probability, by that of 8 hours recall ${percent(by8h.recall)}; recall of those with a precursor ${percent(test.recallWithPrecursor)}, of the ceiling ${percent(report.scorers.ceiling?.test.recall ?? null)}; false alerts per server-day ${test.falsePerServerDay.toFixed(3)}; PR-AUC and recall of ${besideRivals(report)}`,
    };
  },
};
