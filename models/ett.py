"""Trains and scores the Argus architecture on ETT, 96 steps from 96, as the published comparisons do.

python models/ett.py --data DIR --dataset ETTh1 [--seed 1] [--members 4]

Split 12/4/4 months, z-scores by the training part, test windows at every step, none dropped. The network sees the 96
steps before its origin and the clock, nothing else. Everything is chosen on the validation part; the test part is read
once, by the finished ensemble. The point forecast is the mean of the predictive quantiles for MSE, their median for
MAE. Prints one line of JSON.
"""

import argparse
import copy
import json
import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from argus_tft import config
from argus_tft.config import Architecture
from argus_tft.layers import NoiseDropout, initialised
from argus_tft.network import LocalPath, QuantileHead, Trunk
from argus_tft.scaling import Z_LIMIT, ScaledWindow, asinh, scale_channels, sinh
from argus_tft.simple_forecasts import SeriesLayout, simple_forecasts
from argus_tft.training_step import is_decayed

LOOKBACK = config.CONTEXT_STEPS
HORIZON = config.HORIZON_STEPS
WINDOW = LOOKBACK + HORIZON
PATCHES = WINDOW // config.PATCH_STEPS
CHANNELS = 7
MONTH_DAYS = 30
MONTHS = {"train": 12, "validation": 4, "test": 4}
# Scale of a window that does not move, as a share of the training part's standard deviation.
FLOOR = 0.05
EVALUATION_BATCH = 256
# A tenth of the product's: the training part has some thousand windows.
ARCHITECTURE = Architecture(hidden=32, lstm_layers=1, variable_hidden=16, local_hidden=64, dropout=0.2)
_LEVELS = torch.tensor(config.QUANTILES)


@dataclass(frozen=True)
class Dataset:
    """z-scored values [steps, channels], calendar features [steps, 8], and each step's place in its day."""

    name: str
    day_steps: int
    values: Tensor
    calendar: Tensor
    phase: Tensor

    def part(self, name: str) -> range:
        """Origins of a part: first forecast steps of its windows, which may look back into the part before."""
        month = MONTH_DAYS * self.day_steps
        names = list(MONTHS)
        first = month * sum(MONTHS[n] for n in names[: names.index(name)])
        return range(max(first, LOOKBACK), first + month * MONTHS[name] - HORIZON + 1)

    def windows(self, origins: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Values [b, channels, 192], calendar of the patches [b, 24, 8], phases [b, 192] around origins [b]."""
        steps = origins[:, None] + torch.arange(-LOOKBACK, HORIZON)
        return self.values[steps].transpose(1, 2), self.calendar[steps[:, :: config.PATCH_STEPS]], self.phase[steps]


def _calendar(dates: pd.Series) -> np.ndarray:
    """The eight features of config.CALENDAR; holidays are unknown."""
    day = 2 * np.pi * (dates.dt.hour + dates.dt.minute / 60).to_numpy() / 24
    week = 2 * np.pi * (dates.dt.day_of_week.to_numpy() / 7) + day / 7
    weekend = (dates.dt.day_of_week >= 5).to_numpy(np.float64)
    waves = [f(k) for k in (day, 2 * day, week) for f in (np.sin, np.cos)]
    return np.stack([*waves, weekend, np.zeros(len(dates))], 1).astype(np.float32)


def load(path: Path) -> Dataset:
    """Reads ETTh1.csv or ETTm1.csv; z-scores by the training part alone."""
    frame = pd.read_csv(path, parse_dates=["date"])
    step = frame["date"].iloc[1] - frame["date"].iloc[0]
    day_steps = round(pd.Timedelta(days=1) / step)
    values = frame.drop(columns="date").to_numpy(np.float64)
    trained = values[: MONTHS["train"] * MONTH_DAYS * day_steps]
    scaled = (values - trained.mean(0)) / trained.std(0)
    phase = torch.arange(len(frame)) % day_steps
    calendar = torch.from_numpy(_calendar(frame["date"]))
    return Dataset(path.stem, day_steps, torch.from_numpy(scaled.astype(np.float32)), calendar, phase)


class EttNetwork(nn.Module):
    """The Argus TFT with every channel as a server of its own that has one metric; weights are shared by the channels.

    What is known of a channel beforehand: its place (as the server's bucket and in the local path) and the mean course
    of its day, which is learned and taken out before the network (Lin et al. 2024, CycleNet).
    """

    def __init__(self, arch: Architecture, day_steps: int):
        super().__init__()
        self.arch = arch
        # An hourly day is short: its neighbours three hours away are another time of the day.
        self.layout = SeriesLayout(LOOKBACK, day_steps, smoothing_steps=max(1, day_steps // 16))
        self.cycle = initialised((CHANNELS, day_steps), "zeros")
        self.trunk = Trunk(arch, metrics=1, targets=1)
        self.local = LocalPath(arch, targets=CHANNELS, window_steps=LOOKBACK)
        self.head = QuantileHead(arch, targets=1)

    def forward(self, past: Tensor, calendar: Tensor, phase: Tensor, noise: Tensor | None = None) -> Tensor:
        """past [b, channels, 96], calendar [b, 24, 8], phase [b, 192] to quantiles [b, channels, 96, 9], z-scored."""
        b = past.shape[0]
        drop = NoiseDropout(noise, self.arch.dropout)
        course = self.cycle[:, phase].transpose(0, 1)
        x = past - course[..., :LOOKBACK]
        scaled = scale_channels(x, torch.ones_like(x), FLOOR, 0.0)
        simple = simple_forecasts(scaled.z, scaled.mask, self.layout)
        level = asinh(scaled.location / scaled.scale)
        about = torch.stack([level, scaled.location, torch.log(scaled.scale), scaled.share], -1)
        local = self.local(scaled.z, scaled.mask, simple, about)

        def single(t: Tensor) -> Tensor:
            return t.reshape(b * CHANNELS, 1, *t.shape[2:])

        alone = type(simple)(*map(single, simple))
        servers = torch.arange(1, CHANNELS + 1).repeat(b)
        state, _, _ = self.trunk(
            ScaledWindow(*map(single, scaled)),
            alone.yesterday,
            alone.yesterday_mask,
            calendar.repeat_interleave(CHANNELS, 0),
            torch.zeros_like(servers),
            servers,
            drop,
        )
        local = drop(single(local).transpose(0, 1)).transpose(0, 1)
        z = self.head(state, local, alone, drop).reshape(b, CHANNELS, HORIZON, -1).clamp(-Z_LIMIT, Z_LIMIT)
        quantiles = sinh(z) * scaled.scale[..., None, None] + scaled.location[..., None, None]
        return quantiles + course[..., LOOKBACK:, None]

    def noise_columns(self) -> int:
        """Columns of noise that one channel of one window takes."""
        h = self.arch.hidden
        # Both inputs of the LSTM, its outputs, attention, position-wise part, local path, head.
        return 2 * h + h + h // self.arch.heads + h + h + h


def pinball(quantiles: Tensor, actual: Tensor) -> Tensor:
    """Mean pinball loss of quantiles [..., 9] against actual [...], z-scored."""
    error = actual[..., None] - quantiles
    return torch.maximum(_LEVELS * error, (_LEVELS - 1) * error).mean()


@dataclass(frozen=True)
class Recipe:
    """How a member is trained; chosen on the validation part of ETTh1, the rate and averaging as for the product."""

    arch: Architecture = ARCHITECTURE
    epochs: int = 6
    windows_per_epoch: int = 4096
    batch: int = 32
    peak_rate: float = 2e-3
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    averaging: float = 0.99
    rising_share: float = 0.3
    validation_stride: int = 4


RECIPES = {"ETTh1": Recipe(), "ETTm1": Recipe(windows_per_epoch=8192)}


def quantiles_at(network: EttNetwork, data: Dataset, origins: Tensor) -> Tensor:
    """Quantiles [b, channels, 96, 9] from origins; nothing at or after an origin is read but the clock."""
    values, calendar, phase = data.windows(origins)
    return network(values[..., :LOOKBACK], calendar, phase)


def validation_loss(network: EttNetwork, data: Dataset, stride: int) -> float:
    """Pinball loss on the validation part."""
    origins = torch.tensor(data.part("validation")[::stride])
    total = 0.0
    with torch.no_grad():
        for chunk in origins.split(EVALUATION_BATCH):
            actual = data.windows(chunk)[0][..., LOOKBACK:]
            total += pinball(quantiles_at(network, data, chunk), actual).item() * len(chunk)
    return total / len(origins)


def _optimizer(network: EttNetwork, recipe: Recipe) -> torch.optim.Optimizer:
    named = list(network.named_parameters())
    groups = [
        {"params": [p for name, p in named if is_decayed(name)], "weight_decay": recipe.weight_decay},
        {"params": [p for name, p in named if not is_decayed(name)], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=recipe.peak_rate)


def train_member(data: Dataset, recipe: Recipe, seed: int) -> EttNetwork:
    """One network: the moving average of its weights from the epoch that was best on the validation part."""
    torch.manual_seed(seed)
    network = EttNetwork(recipe.arch, data.day_steps)
    average = copy.deepcopy(network)
    optimizer = _optimizer(network, recipe)
    origins = torch.tensor(data.part("train"))
    steps = min(recipe.windows_per_epoch, len(origins)) // recipe.batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.peak_rate, total_steps=recipe.epochs * steps, pct_start=recipe.rising_share
    )
    best, best_weights, step = math.inf, {}, 0
    for epoch in range(1, recipe.epochs + 1):
        for chunk in origins[torch.randperm(len(origins))[: steps * recipe.batch]].split(recipe.batch):
            values, calendar, phase = data.windows(chunk)
            noise = torch.rand(len(chunk) * CHANNELS, network.noise_columns())
            loss = pinball(network(values[..., :LOOKBACK], calendar, phase, noise), values[..., LOOKBACK:])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), recipe.clip_norm)
            optimizer.step()
            schedule.step()
            step += 1
            share = 1 - min(recipe.averaging, (1 + step) / (10 + step))
            with torch.no_grad():
                for mean, now in zip(average.parameters(), network.parameters(), strict=True):
                    mean.lerp_(now, share)
        score = validation_loss(average, data, recipe.validation_stride)
        print(f"{data.name} seed {seed} epoch {epoch}: validation {score:.4f}", file=sys.stderr, flush=True)
        if score < best:
            best, best_weights = score, copy.deepcopy(average.state_dict())
    average.load_state_dict(best_weights)
    return average


def score(members: list[EttNetwork], data: Dataset, part: str) -> dict[str, float]:
    """Errors of the members' mean quantiles on all windows of a part, z-scored, mean over the channels."""
    squared = absolute = count = 0
    with torch.no_grad():
        for chunk in torch.tensor(data.part(part)).split(EVALUATION_BATCH):
            actual = data.windows(chunk)[0][..., LOOKBACK:]
            quantiles = torch.stack([quantiles_at(member, data, chunk) for member in members]).mean(0)
            squared += ((quantiles.mean(-1) - actual) ** 2).sum().item()
            absolute += (quantiles[..., config.MEDIAN] - actual).abs().sum().item()
            count += actual.numel()
    return {"mse": squared / count, "mae": absolute / count}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of ETTh1.csv and ETTm1.csv")
    parser.add_argument("--dataset", choices=list(RECIPES), required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--members", type=int, default=4, help="networks whose quantiles are averaged")
    parser.add_argument("--part", choices=["validation", "test"], default="test")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    start = time.perf_counter()
    data = load(options.data / f"{options.dataset}.csv")
    recipe = RECIPES[options.dataset]
    members = [train_member(data, recipe, options.seed * 100 + i) for i in range(options.members)]
    result = {
        "dataset": options.dataset,
        "part": options.part,
        **score(members, data, options.part),
        "parameters": sum(p.numel() for member in members for p in member.parameters()),
        "members": options.members,
        "seconds": time.perf_counter() - start,
        "seed": options.seed,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
