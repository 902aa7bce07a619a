// Training samples a second beside pytorch-forecasting's trainer, on the same values, batch and threads.
import { NotMeasured } from './context.mjs';

export const trainingSpeed = {
  inputs: [
    'models/bench_pytorch_forecasting.py',
    'backend/bench/training.ts',
    'models/bundles/default/train.onnx',
  ],
  data: [],
  command: 'npm run bench training; python models/bench_pytorch_forecasting.py',
  run(context) {
    const steps = context.quick ? '20' : '200';
    if (context.quick && context.python === undefined) throw new NotMeasured('ARGUS_PYTHON names no Python');
    const packages = ['pytorch_forecasting', 'lightning'];
    const script = 'models/bench_pytorch_forecasting.py';
    const rival = context.pythonJson(packages, script, '--steps', steps);
    const own = context.bench('training', { ARGUS_BENCH_STEPS: steps });
    return {
      figures: { ratio: own.samples_per_second / rival.samples_per_second },
      note: `${own.samples_per_second.toFixed(0)} and ${rival.samples_per_second.toFixed(0)} samples a second on 2 threads`,
    };
  },
};
