// Failures announced in time: argus backtest on generated servers whose hidden hazard is known.
import { NotMeasured } from './context.mjs';

/** Where each figure lies in the report of `argus backtest --json`. */
const FIGURES = {
  pr_auc_share: ['pr_auc_share'],
  event_recall: ['event_recall'],
  precision: ['precision'],
  median_lead_minutes: ['median_lead_minutes'],
  ece: ['ece'],
  brier_skill: ['brier_skill'],
  canary_permuted: ['canaries', 'permuted'],
  canary_shifted: ['canaries', 'shifted'],
};

export const failures = {
  inputs: [
    'backend/src/risk',
    'backend/src/simulate',
    'backend/src/commands',
    'models/bundles/default/manifest.json',
  ],
  data: [],
  command: 'argus backtest --json --seed SEED',
  run(context) {
    if (!context.argus('--help').includes('argus backtest'))
      throw new NotMeasured('argus has no backtest yet');
    const options = ['--json', '--seed', `${context.seed}`, ...(context.quick ? ['--quick'] : [])];
    const report = JSON.parse(context.argus('backtest', ...options));
    const read = (path) => path.reduce((value, key) => value?.[key], report);
    return {
      figures: Object.fromEntries(Object.entries(FIGURES).map(([name, path]) => [name, read(path)])),
      note: '',
    };
  },
};
