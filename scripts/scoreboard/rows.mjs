// What the scoreboard holds: each row one figure of one measurement, beside what is to be reached and what others reached.
import { bitbrainsTrained, bitbrainsZeroShot } from './bitbrains.mjs';
import { coverageGenerated, coverageReal } from './coverage.mjs';
import { etth1, ettm1 } from './ett.mjs';
import { explanationSpeed, explanations } from './explanations.mjs';
import { failures } from './failures.mjs';
import { trainingSpeed } from './speed.mjs';

/** Runs that give figures, by name; each is cached on its own. */
export const MEASUREMENTS = {
  'bitbrains-trained': bitbrainsTrained,
  'bitbrains-zero-shot': bitbrainsZeroShot,
  etth1,
  ettm1,
  'coverage-real': coverageReal,
  'coverage-generated': coverageGenerated,
  failures,
  explanations,
  'explanation-speed': explanationSpeed,
  'training-speed': trainingSpeed,
};

const VM_ANCHOR =
  'Another month of the trace, 500 machines: Chronos-2 .416, PatchTST .474, TFT .486, seasonal naive 1.10';
const VM_MASE_ANCHOR = 'As above: Chronos-2 1.62, seasonal naive 1.97, PatchTST 1.98, TFT 2.27';
const ETTH1_ANCHOR = 'TQNet .371/.393, CycleNet .375/.395, iTransformer .386/.405, PatchTST .414/.419';
const ETTM1_ANCHOR = 'TQNet .311/.353';

/**
 * id; measurement and the place of its figure in it; better: which way is better; reach and goal; anchor: what is
 * published, or what it is measured against.
 */
export const ROWS = [
  {
    id: 'bitbrains-trained-wql',
    what: 'Real machines, trained on them: WQL, 48 steps',
    measurement: 'bitbrains-trained',
    figure: 'wql',
    better: 'lower',
    goal: 0.41,
    anchor: VM_ANCHOR,
  },
  {
    id: 'bitbrains-trained-mase',
    what: 'Real machines, trained on them: MASE, 48 steps',
    measurement: 'bitbrains-trained',
    figure: 'mase',
    better: 'lower',
    anchor: VM_MASE_ANCHOR,
  },
  {
    id: 'bitbrains-trained-share',
    what: '… pinball loss as a share of the baseline chosen per series',
    measurement: 'bitbrains-trained',
    figure: 'share_of_chosen',
    better: 'lower',
    reach: 0.85,
    anchor: 'The baseline chosen per series on validation, as a point',
  },
  {
    id: 'bitbrains-zero-shot-wql',
    what: 'Real machines, the shipped model, never trained on them: WQL, 48 steps',
    measurement: 'bitbrains-zero-shot',
    figure: 'wql',
    better: 'lower',
    anchor: VM_ANCHOR,
  },
  {
    id: 'bitbrains-zero-shot-mase',
    what: 'Real machines, the shipped model: MASE, 48 steps',
    measurement: 'bitbrains-zero-shot',
    figure: 'mase',
    better: 'lower',
    anchor: VM_MASE_ANCHOR,
  },
  {
    id: 'bitbrains-zero-shot-share',
    what: '… pinball loss as a share of the baseline chosen per series, the shipped model',
    measurement: 'bitbrains-zero-shot',
    figure: 'share_of_chosen',
    better: 'lower',
    reach: 1,
    goal: 0.92,
    anchor: 'The baseline chosen per series on validation, as a point',
  },
  ...[
    ['etth1', 'ETTh1', 'mse', 0.38, 0.371, ETTH1_ANCHOR],
    ['etth1', 'ETTh1', 'mae', 0.393, 0.39, ETTH1_ANCHOR],
    ['ettm1', 'ETTm1', 'mse', 0.325, 0.311, ETTM1_ANCHOR],
    ['ettm1', 'ETTm1', 'mae', 0.365, 0.353, ETTM1_ANCHOR],
  ].map(([measurement, name, figure, reach, goal, anchor]) => ({
    id: `${measurement}-${figure}`,
    what: `${name}, 96 steps from 96: ${figure.toUpperCase()}`,
    measurement,
    figure,
    better: 'lower',
    reach,
    goal,
    anchor,
  })),
  ...[
    ['coverage-real', 'real machines'],
    ['coverage-generated', 'generated servers'],
  ].flatMap(([measurement, where]) => [
    {
      id: `${measurement}-error`,
      what: `80% band by series, ${where}: mean distance of its coverage from 80%`,
      measurement,
      figure: 'error_corrected',
      better: 'lower',
      reach: 0.05,
      goal: 0.03,
      anchor: 'Adaptive conformal in a trial: .080 before, .011 after at 51% more width',
    },
    {
      id: `${measurement}-winkler`,
      what: `… Winkler score as a share of the uncorrected band's, ${where}`,
      measurement,
      figure: 'winkler_ratio',
      better: 'lower',
      reach: 1.05,
      goal: 1,
      anchor: 'The bands as the network gives them',
    },
  ]),
  ...[
    ['pr_auc_share', 'PR-AUC as a share of the ceiling that knows the hidden hazard', 'higher', 0.65, 0.8],
    ['pr_auc_over_best_rival', 'PR-AUC ÷ that of the best rival', 'higher', 1, 1.05],
    ['event_recall', 'failures announced (at ≤ .05 false alerts a server and day)', 'higher', 0.55, 0.7],
    ['precision', 'alerts that came true', 'higher', 0.4, 0.5],
    ['median_lead_minutes', 'median lead in minutes', 'higher', 45, 60],
    ['ece', 'calibration error of the probabilities', 'lower', 0.05, 0.03],
    ['brier_skill', 'Brier skill of the probabilities', 'higher', 0.2, 0.3],
    [
      'critical_came_true',
      'level CRITICAL followed by a failure within 8 hours',
      'higher',
      undefined,
      undefined,
    ],
  ].map(([figure, what, better, reach, goal]) => ({
    id: `failures-${figure.replaceAll('_', '-')}`,
    what: `Failures: ${what}`,
    measurement: 'failures',
    figure,
    better,
    ...(reach === undefined ? {} : { reach, goal }),
    anchor: 'The rivals of the backtest: a threshold now, predict_linear, boosted trees; below',
  })),
  {
    id: 'canary-permuted',
    what: 'Canary: PR-AUC over its base rate with labels permuted',
    measurement: 'failures',
    figure: 'canary_permuted',
    better: 'lower',
    goal: 1.2,
    anchor: '1 is chance',
  },
  {
    id: 'canary-shifted',
    what: 'Canary: PR-AUC over its base rate with labels a day off',
    measurement: 'failures',
    figure: 'canary_shifted',
    better: 'lower',
    goal: 1.2,
    anchor: '1 is chance',
  },
  {
    id: 'canary-status',
    what: 'Canary: nothing changes without the column `status` (1: nothing)',
    measurement: 'failures',
    figure: 'canary_status',
    better: 'higher',
    goal: 1,
    anchor: 'Every value read, bit for bit',
  },
  ...[
    ['cause_top3', 'the true cause is among the first three groups', 'higher', 0.75, 0.85, 'Chance: 3 of 8'],
    ['cause_first', 'the true cause is the first', 'higher', 0.5, 0.65, 'Chance: 1 of 8'],
    [
      'sampled_spearman',
      'Spearman of sampled values with full enumeration',
      'higher',
      0.9,
      0.95,
      'All 256 coalitions of each donor; below 2 points counts as 0, as it is told',
    ],
    [
      'deletion_over_best',
      'area under the deletion curve ÷ the best of attention, gradient alone and random',
      'lower',
      1,
      0.8,
      'Below',
    ],
    ['repeat_same', 'Spearman of the same window explained twice', 'higher', 1, 1, '1 is the same'],
    [
      'repeat_noise',
      'Spearman with 1 % noise on every value',
      'higher',
      0.9,
      0.95,
      '1 is the same; below 2 points counts as 0, as it is told',
    ],
    ['counterfactual_valid', 'counterfactuals valid when run again', 'higher', 0.9, 0.95, 'The model itself'],
    ['counterfactual_few', 'counterfactuals of at most three changes', 'higher', 1, 1, ''],
    ['counterfactual_in_range', 'counterfactuals within what the profile has shown', 'higher', 1, 1, ''],
    [
      'shuffled_moved',
      'points that move when the weights are shuffled, as a share of all',
      'higher',
      0.1,
      undefined,
      '0: the explanation would not depend on the model',
    ],
  ].map(([figure, what, better, reach, goal, anchor]) => ({
    id: `explain-${figure.replaceAll('_', '-')}`,
    what: `Explanations: ${what}`,
    measurement: 'explanations',
    figure,
    better,
    reach,
    ...(goal === undefined ? {} : { goal }),
    anchor,
  })),
  {
    id: 'explain-p95-ms',
    what: 'One full explanation beside cycles of 100 servers, 2 cores: p95 in ms',
    measurement: 'explanation-speed',
    figure: 'p95_ms',
    better: 'lower',
    reach: 400,
    goal: 150,
    anchor: 'A cycle starts every half second; in service every five minutes',
  },
  {
    id: 'explain-cycle-slowdown',
    what: '… time of a cycle beside explanations ÷ alone',
    measurement: 'explanation-speed',
    figure: 'cycle_slowdown',
    better: 'lower',
    reach: 1.1,
    anchor: 'Explanations one after the other without a pause',
  },
  {
    id: 'training-speed',
    what: "Training samples a second ÷ pytorch-forecasting's trainer",
    measurement: 'training-speed',
    figure: 'ratio',
    better: 'higher',
    reach: 2,
    goal: 5,
    anchor:
      "pytorch-forecasting's TFT: hidden 64, 4 heads, 2 LSTM layers, 96 → 96, 14 reals, batch 64, 2 threads",
  },
];
