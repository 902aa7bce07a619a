"""Training samples a second of pytorch-forecasting's TFT, to compare Argus' trainer with.

python models/bench_pytorch_forecasting.py [--steps 200] [--threads 2]

The product's shape: 14 reals, 9 of them targets, 8 known calendar reals, a server, 96 steps from 96, hidden 64, 4
heads, 2 LSTM layers, nine quantiles, batch 64. Its speed does not depend on the values, so they are random. Needs the
packages pytorch-forecasting and lightning. Prints one line of JSON.
"""

import argparse
import json
import logging
import time
import warnings

import lightning.pytorch as lightning
import numpy as np
import pandas as pd
import torch
from pytorch_forecasting import GroupNormalizer, MultiNormalizer, TemporalFusionTransformer, TimeSeriesDataSet
from pytorch_forecasting.metrics import MultiLoss, QuantileLoss

STEPS = 96
REALS = [f"real_{i}" for i in range(14)]
TARGETS = REALS[:9]
KNOWN = [f"known_{i}" for i in range(8)]
QUANTILES = [i / 10 for i in range(1, 10)]
BATCH = 64
WARM_UP_STEPS = 5
SERVERS = 8
ROWS = 1_000


def data_set() -> TimeSeriesDataSet:
    random = np.random.default_rng(0)
    frames = []
    for server in range(SERVERS):
        values = random.random((ROWS, len(REALS) + len(KNOWN)), dtype=np.float32)
        frame = pd.DataFrame(values, columns=REALS + KNOWN)
        frames.append(frame.assign(server=f"server_{server}", step=np.arange(ROWS)))
    return TimeSeriesDataSet(
        pd.concat(frames, ignore_index=True),
        time_idx="step",
        target=TARGETS,
        group_ids=["server"],
        min_encoder_length=STEPS,
        max_encoder_length=STEPS,
        min_prediction_length=STEPS,
        max_prediction_length=STEPS,
        static_categoricals=["server"],
        time_varying_known_reals=KNOWN,
        time_varying_unknown_reals=REALS,
        target_normalizer=MultiNormalizer([GroupNormalizer(groups=["server"]) for _ in TARGETS]),
    )


class Clock(lightning.Callback):
    """Times the steps after the first ones."""

    def __init__(self):
        self.started = self.ended = 0.0
        self.steps = 0

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        self.ended = time.perf_counter()
        if batch_idx + 1 == WARM_UP_STEPS:
            self.started = self.ended
        elif batch_idx + 1 > WARM_UP_STEPS:
            self.steps += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    data = data_set()
    network = TemporalFusionTransformer.from_dataset(
        data,
        hidden_size=64,
        attention_head_size=4,
        lstm_layers=2,
        loss=MultiLoss([QuantileLoss(QUANTILES) for _ in TARGETS]),
        output_size=[len(QUANTILES)] * len(TARGETS),
        log_interval=-1,
    )
    clock = Clock()
    trainer = lightning.Trainer(
        max_steps=options.steps + WARM_UP_STEPS,
        max_epochs=1,
        accelerator="cpu",
        gradient_clip_val=1.0,
        logger=False,
        enable_progress_bar=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        callbacks=[clock],
    )
    trainer.fit(network, data.to_dataloader(train=True, batch_size=BATCH, num_workers=0))
    result = {
        "bench": "pytorch_forecasting",
        "steps": clock.steps,
        "batch": BATCH,
        "threads": options.threads,
        "parameters": sum(p.numel() for p in network.parameters()),
        "samples_per_second": clock.steps * BATCH / (clock.ended - clock.started),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
