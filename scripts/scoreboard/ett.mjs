// The standard long-horizon benchmark, by the Argus architecture at its usual shape.
import { NotMeasured } from './context.mjs';

/** @param count networks whose quantiles are averaged; the larger data set takes as long for one as the other for four */
function measurement(name, count) {
  return {
    inputs: ['models/ett.py', 'models/argus_tft'],
    data: [`ett/${name}.csv`],
    command: `python models/ett.py --data DATA/ett --dataset ${name} --members ${count} --seed SEED`,
    run(context) {
      if (context.quick) throw new NotMeasured('trained in the full form only');
      const folder = context.dataFolder('ett', `${name}.csv`);
      const packages = ['torch', 'pandas'];
      const options = [
        '--data',
        folder,
        '--dataset',
        name,
        '--members',
        `${count}`,
        '--seed',
        `${context.seed}`,
      ];
      const { mse, mae, parameters, seconds, members } = context.pythonJson(
        packages,
        'models/ett.py',
        ...options,
      );
      return {
        figures: { mse, mae },
        note: `${members} networks with ${parameters} parameters together, ${Math.round(seconds)} s on one core; mean of the quantiles for MSE, median for MAE`,
      };
    },
  };
}

export const etth1 = measurement('ETTh1', 4);
export const ettm1 = measurement('ETTm1', 1);
