// Whether explanations are right: argus evaluate --explain on generated servers whose failures' causes are known.
import { generateFailures } from './failures.mjs';

/** Cases explained, evenly over time: each takes some 2,000 forecasts. */
const CASES = 40;

const percent = (share) => `${(100 * share).toFixed(0)} %`;

function kindsInWords(kinds) {
  return Object.entries(kinds)
    .map(([kind, { cases, top3, first }]) => `${kind} ${cases}: ${percent(top3)}, ${percent(first)}`)
    .join('; ');
}

export const explanations = {
  inputs: [
    'backend/src/explain',
    'backend/src/risk',
    'backend/src/simulate',
    'backend/src/training/explanation',
    'models/bundles/default/manifest.json',
  ],
  data: [],
  command: `the fleet of the row failures, then argus evaluate --explain --data DIR --cases ${CASES}`,
  run(context) {
    const some = context.quick ? ['--cases', '2', '--donors', '1'] : ['--cases', `${CASES}`];
    const text = context.argus(
      'evaluate',
      '--explain',
      '--data',
      generateFailures(context),
      '--json',
      ...some,
    );
    const report = JSON.parse(text);
    const { cause, sampled, fast, deletion, repeat, counterfactuals, shuffled } = report;
    return {
      figures: {
        cause_top3: cause.top3,
        cause_first: cause.first,
        sampled_spearman: sampled.spearman,
        deletion_over_best: deletion.shapleyOverBestOther,
        repeat_same: repeat.same,
        repeat_noise: repeat.noise,
        counterfactual_valid: counterfactuals.valid,
        counterfactual_few: counterfactuals.fewChanges,
        counterfactual_in_range: counterfactuals.inRange,
        shuffled_moved: shuffled.moved,
      },
      note: `${report.failures} failures with a precursor, ${report.found} of whose servers stood above healthy in time; ${report.cases} explained at the first such moment, beside ${report.donors} donors; in the first three and first by kind: ${kindsInWords(cause.kinds)}; the fast form ${percent(cause.fast.top3)} and ${percent(cause.fast.first)}, Spearman ${fast.spearman.toFixed(3)} with full enumeration; sampled with ${sampled.runs.toFixed(0)} runs; areas under the deletion curve: Shapley ${deletion.shapley.toFixed(3)}, attention ${deletion.attention.toFixed(3)}, gradient ${deletion.gradient.toFixed(3)}, random ${deletion.random.toFixed(3)}; a counterfactual was found for ${percent(counterfactuals.found)}, ${counterfactuals.count} in all; Spearman with shuffled weights ${shuffled.spearman.toFixed(3)}; with 1 % noise, parts below 2 points not counted as 0: ${repeat.noiseToATenth.toFixed(3)}`,
    };
  },
};

export const explanationSpeed = {
  inputs: [
    'backend/bench/explain.ts',
    'backend/src/explain',
    'backend/src/forecast',
    'models/bundles/default/manifest.json',
  ],
  data: [],
  command: 'npm run bench explain',
  run(context) {
    const some = context.quick
      ? { ARGUS_BENCH_EXPLANATIONS: '4', ARGUS_BENCH_ROUNDS: '1', ARGUS_BENCH_WARM_UP_MS: '0' }
      : {};
    const { p50_ms, p95_ms, processor_ms, cycle_slowdown, cycle_ms, runs } = context.bench('explain', some);
    return {
      figures: { p95_ms, cycle_slowdown },
      note: `${runs} windows forecast for an explanation, ${processor_ms} ms of processor time; median ${p50_ms} ms; a cycle of 100 servers alone ${cycle_ms} ms`,
    };
  },
};
