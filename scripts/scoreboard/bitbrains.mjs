// Real machines of a hosting provider, forecast by a model trained on them and by the shipped one.
const INPUTS = [
  'backend/bench/support',
  'backend/src/training',
  'models/bundles/default/manifest.json',
  'models/bundles/default/forecast.onnx',
];
const FILES = ['2013-08.parquet', '2013-09.parquet'];
const HORIZON = '48';

/** @param report what the benches print */
function result(report, note) {
  const { wql, mase, relativePinball } = report.mean;
  const byTarget = Object.entries(report.wql_by_target).map(([name, value]) => `${name} ${value.toFixed(3)}`);
  return {
    figures: { wql: wql.model, mase: mase.model, share_of_chosen: relativePinball.point },
    note: `${note}${report.servers} machines, ${report.forecasts} forecasts; chosen baseline WQL ${wql.chosenPoint.toFixed(3)} as a point, ${wql.chosenQuantiles.toFixed(3)} with quantiles, MASE ${mase.chosenPoint.toFixed(2)}; WQL ${byTarget.join(', ')}`,
  };
}

export const bitbrainsTrained = {
  inputs: [...INPUTS, 'backend/bench/bitbrainsTrained.ts', 'models/bundles/default/train.onnx'],
  data: ['bitbrains'],
  command: 'ARGUS_BITBRAINS=DATA/bitbrains ARGUS_SEED=SEED npm run bench bitbrainsTrained',
  run(context) {
    // The quick form makes a small trace of its own where there is none.
    const folder = context.quick ? {} : { ARGUS_BITBRAINS: context.dataFolder('bitbrains', ...FILES) };
    const report = context.bench('bitbrainsTrained', {
      ...folder,
      ARGUS_SEED: `${context.seed}`,
      ...(context.quick ? { ARGUS_QUICK: '1' } : {}),
    });
    const candidates = Object.entries(report.candidates).map(([name, wql]) => `${name} ${wql.toFixed(3)}`);
    return result(report, `validation WQL ${candidates.join(', ')}: ${report.chosen} taken; `);
  },
};

export const bitbrainsZeroShot = {
  inputs: [...INPUTS, 'backend/bench/bitbrains.ts'],
  data: ['bitbrains'],
  command: `ARGUS_BITBRAINS=DATA/bitbrains ARGUS_BITBRAINS_HORIZON=${HORIZON} npm run bench bitbrains`,
  run(context) {
    const report = context.bench('bitbrains', {
      ARGUS_BITBRAINS: context.dataFolder('bitbrains', ...FILES),
      ARGUS_BITBRAINS_HORIZON: HORIZON,
      ...(context.quick ? { ARGUS_BITBRAINS_EVERY_VM: '40' } : {}),
    });
    return result(report, '');
  },
};
