// One full forecast of 100 servers on two workers, beside pytorch-forecasting's TFT where Python has it.
import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { METRIC_COUNT } from '../src/catalog/metrics.ts';
import { createBatch, WINDOW_SIZE } from '../src/forecast/batch.ts';
import { openBundle } from '../src/forecast/bundle.ts';
import { runtimeVersion } from '../src/forecast/model.ts';
import { WorkerPool } from '../src/forecast/pool.ts';

const SERVERS = 100;
const WORKERS = 2;
const CHUNK_SERVERS = 10;
const ROUNDS = 40;
const WARM_UP_ROUNDS = 10;
const BOUND_MS = 45;
const GOAL_MS = 25;
const BUNDLE = new URL('../../models/bundles/default', import.meta.url).pathname;
const PYTHON = process.env.ARGUS_BENCH_PYTHON ?? 'python3';

/** The same shape in pytorch-forecasting: 14 observed and 8 known inputs, 9 targets, 96 → 96, hidden 64. */
const REFERENCE = `
import time, warnings, logging
warnings.filterwarnings("ignore"); logging.disable(logging.CRITICAL)
import numpy as np, pandas as pd, torch
from pytorch_forecasting import TimeSeriesDataSet, TemporalFusionTransformer, MultiNormalizer, GroupNormalizer
from pytorch_forecasting.metrics import MultiLoss, QuantileLoss
torch.set_num_threads(2)
targets = [f"m{i}" for i in range(9)]
rng = np.random.default_rng(0); rows = []
for s in range(${SERVERS}):
    f = pd.DataFrame(rng.random((192, 14), dtype=np.float32), columns=[f"m{i}" for i in range(14)])
    for k in range(8): f[f"k{k}"] = rng.random(192, dtype=np.float32)
    f["server"] = f"s{s}"; f["t"] = np.arange(192); rows.append(f)
data = pd.concat(rows, ignore_index=True)
ds = TimeSeriesDataSet(data, time_idx="t", target=targets, group_ids=["server"], max_encoder_length=96, min_encoder_length=96,
    max_prediction_length=96, min_prediction_length=96, static_categoricals=["server"], time_varying_known_reals=[f"k{k}" for k in range(8)],
    time_varying_unknown_reals=[f"m{i}" for i in range(14)], target_normalizer=MultiNormalizer([GroupNormalizer(groups=["server"]) for _ in targets]))
q = [i / 10 for i in range(1, 10)]
net = TemporalFusionTransformer.from_dataset(ds, hidden_size=64, attention_head_size=4, lstm_layers=2, loss=MultiLoss([QuantileLoss(q) for _ in targets]), output_size=[9] * 9)
loader = ds.to_dataloader(train=False, batch_size=${SERVERS}, num_workers=0); net.eval(); times = []
options = dict(accelerator="cpu", logger=False, enable_progress_bar=False, enable_checkpointing=False)
for _ in range(4):
    start = time.perf_counter(); net.predict(loader, trainer_kwargs=options); times.append((time.perf_counter() - start) * 1000)
print(sorted(times[1:])[1])
`;

function reference(): { milliseconds: number | null; reason: string | null } {
  try {
    execFileSync(PYTHON, ['-c', 'import pytorch_forecasting'], { stdio: 'ignore' });
  } catch {
    return { milliseconds: null, reason: `${PYTHON} has no pytorch-forecasting; set ARGUS_BENCH_PYTHON` };
  }
  try {
    const output = execFileSync(PYTHON, ['-c', REFERENCE], { stdio: ['ignore', 'pipe', 'ignore'] });
    return { milliseconds: Number(output.toString().trim().split('\n').at(-1)), reason: null };
  } catch {
    return { milliseconds: null, reason: 'pytorch-forecasting is there, but its forecast failed' };
  }
}

const bundle = await openBundle(BUNDLE, runtimeVersion());
const pool = new WorkerPool({
  workers: WORKERS,
  queueLimit: SERVERS,
  session: { providers: ['cpu'], threads: 1, warmUpServers: CHUNK_SERVERS },
});
const { provider } = await pool.load(bundle);
const batches = Array.from({ length: SERVERS / CHUNK_SERVERS }, () => {
  const batch = createBatch(CHUNK_SERVERS);
  for (let i = 0; i < CHUNK_SERVERS * WINDOW_SIZE; i++) {
    batch.window[i] = 40 + 20 * Math.sin(i / METRIC_COUNT / 46) + 5 * Math.random();
  }
  return batch;
});

async function forecastAll(): Promise<{ readonly wall: number; readonly cpu: number }> {
  const start = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(batches.map((batch) => pool.forecast(batch, CHUNK_SERVERS)));
  const { user, system } = process.cpuUsage(cpu);
  return { wall: performance.now() - start, cpu: (user + system) / 1000 };
}

function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

for (let round = 0; round < WARM_UP_ROUNDS; round++) await forecastAll();
const rounds: Awaited<ReturnType<typeof forecastAll>>[] = [];
for (let round = 0; round < ROUNDS; round++) rounds.push(await forecastAll());
await pool.close();
const times = sorted(rounds.map(({ wall }) => wall));
const median = times[ROUNDS / 2];
const rounded = (value: number): number => Math.round(value * 10) / 10;
const rival = reference();
console.log(
  JSON.stringify({
    bench: 'forecast',
    servers: SERVERS,
    workers: WORKERS,
    provider,
    model: bundle.manifest.id,
    median_ms: rounded(median),
    best_ms: rounded(times[0]),
    p90_ms: rounded(times[Math.floor(times.length * 0.9)]),
    // Of all threads together: on idle cores the wall time is about half of it.
    cpu_ms: rounded(sorted(rounds.map(({ cpu }) => cpu))[ROUNDS / 2]),
    load_average: rounded(loadavg()[0]),
    bound_ms: BOUND_MS,
    goal_ms: GOAL_MS,
    within_bound: median <= BOUND_MS,
    pytorch_forecasting_ms: rival.milliseconds === null ? null : rounded(rival.milliseconds),
    pytorch_forecasting_absent: rival.reason,
  }),
);
