"""The simple forecasts and empirical quantiles that the network mixes, all in scaled space."""

from typing import NamedTuple

import torch
from torch import Tensor

from . import config

# Newest steps averaged by the constant forecasts, and the spans of the fitted trends.
MEAN_SPANS = (96, 48, 12, 3)
TREND_SPANS = (96, 24)
DAY_STRIDE = 3
RECENT_STEPS = 48
SMOOTHING_STEPS = 6
# Columns of span_weights after those of MEAN_SPANS.
NEWEST_COLUMN = len(MEAN_SPANS)
START_COLUMN = NEWEST_COLUMN + 1
TREND_COLUMN = START_COLUMN + 1
# The newest measured step is searched this far back.
NEWEST_STEPS = 16
# Steps at the window's start whose mean stands for the level of yesterday at this time.
START_STEPS = 12
# Constant over the horizon: window mean, the spans' means, last value, two medians. Varying: yesterday,
# yesterday smoothed, the same shifted to today's level, the trends.
CONSTANT_FORECASTS = 1 + len(MEAN_SPANS) + 1 + 2
VARYING_FORECASTS = 3 + len(TREND_SPANS)
FORECASTS = CONSTANT_FORECASTS + VARYING_FORECASTS
TREND_LIMIT = 5.0
# Steps that a longer span's mean counts for in a shorter one. The exporter takes constants below 1e-8 for 0.
PRIOR_STEPS = 1e-4
# Takes a missing value past every measured one when sorting.
MISSING_RANK = 1e4


def _span_weights(window_steps: int) -> Tensor:
    """[window steps, columns]: sums over the newest spans, the last value, the window's start, and trend moments."""
    age = torch.arange(window_steps - 1, -1, -1, dtype=torch.float64)
    time = -age / config.HORIZON_STEPS
    columns = [(age < span).double() for span in MEAN_SPANS]
    # So steep that the newest measured step outweighs all older ones.
    columns.append(torch.where(age < NEWEST_STEPS, 100.0**-age, 0.0))
    columns.append((age >= window_steps - START_STEPS).double())
    for span in TREND_SPANS:
        inside = (age < span).double()
        columns += [inside, inside * time, inside * time * time]
    return torch.stack(columns, 1).float()


def _smoothing(used: int, yesterday: Tensor, reach: int) -> Tensor:
    """[window steps used, horizon steps]: centred moving sum over yesterday's same steps."""
    distance = (torch.arange(used)[:, None] - yesterday).abs()
    return (distance <= reach).float()


class SeriesLayout:
    """How long a window is and how many of its steps make a day, with what follows from that.

    "Yesterday" of a horizon step is the newest step of the window that lies whole days before it.
    """

    def __init__(
        self,
        window_steps: int = config.WINDOW_STEPS,
        day_steps: int = config.WINDOW_STEPS,
        smoothing_steps: int = SMOOTHING_STEPS,
    ):
        if not 0 < day_steps <= window_steps:
            raise ValueError(f"a window of {window_steps} steps holds no day of {day_steps}")
        self.span_weights = _span_weights(window_steps)
        self.first = window_steps - day_steps
        self.repeats = -(-config.HORIZON_STEPS // day_steps)
        steps = self.first + torch.arange(config.HORIZON_STEPS) % day_steps
        self.used = min(window_steps, int(steps.max()) + 1 + smoothing_steps)
        self.smoothing = _smoothing(self.used, steps, smoothing_steps)

    def yesterday(self, x: Tensor) -> Tensor:
        """x [..., window steps] to [..., horizon steps]."""
        if self.repeats == 1:
            return x[..., self.first : self.first + config.HORIZON_STEPS]
        return torch.cat([x[..., self.first :]] * self.repeats, -1)[..., : config.HORIZON_STEPS]


_DEFAULT_LAYOUT = SeriesLayout()
_AHEAD = torch.arange(1, config.HORIZON_STEPS + 1) / config.HORIZON_STEPS
_LEVELS = torch.tensor(config.QUANTILES)


class SimpleForecasts(NamedTuple):
    """constant [batch, targets, forecasts]; varying [batch, targets, horizon steps, forecasts];

    yesterday [batch, targets, horizon steps] and which of it was measured; empirical quantiles of the day and of the
    newest steps [batch, targets, quantiles].
    """

    constant: Tensor
    varying: Tensor
    yesterday: Tensor
    yesterday_mask: Tensor
    day_quantiles: Tensor
    recent_quantiles: Tensor


def _empirical_quantiles(z: Tensor, mask: Tensor) -> Tensor:
    """Quantiles over the last axis of what is measured, by linear interpolation; 0 where nothing is."""
    ranked = torch.sort(torch.where(mask > 0, z, MISSING_RANK), dim=-1).values
    count = mask.sum(-1, keepdim=True)
    position = _LEVELS * (count - 1).clamp(min=0)
    low = position.floor()
    below = ranked.gather(-1, low.long())
    above = ranked.gather(-1, torch.minimum(low + 1, (count - 1).clamp(min=0)).long())
    value = below + (above - below) * (position - low)
    return torch.where(count > 0, value, 0.0)


def _slope(count: Tensor, t: Tensor, tt: Tensor, z: Tensor, tz: Tensor) -> Tensor:
    """Least-squares slope of z by t from masked moments; 0 for fewer than two points."""
    spread = count * tt - t * t
    return (count * tz - t * z) / (spread + 1e-3 * count * count + 1e-6)


def _means(sums: Tensor, counts: Tensor) -> list[Tensor]:
    """Means over MEAN_SPANS, then the last value.

    A span without measurements falls back to the longer one before it, the last value to the shortest mean.
    """
    mean = torch.zeros_like(sums[..., 0])
    means = []
    for i in range(len(MEAN_SPANS)):
        mean = (sums[..., i] + PRIOR_STEPS * mean) / (counts[..., i] + PRIOR_STEPS)
        means.append(mean)
    newest, weight = sums[..., NEWEST_COLUMN], counts[..., NEWEST_COLUMN]
    measured = weight > 0
    return [*means, torch.where(measured, newest / torch.where(measured, weight, 1.0), mean)]


def _trends(sums: Tensor, counts: Tensor, level: Tensor) -> list[Tensor]:
    """Lines over the horizon from a level, with the least-squares slopes of TREND_SPANS."""
    lines = []
    for i in range(len(TREND_SPANS)):
        first = TREND_COLUMN + 3 * i
        n, t, tt = counts[..., first : first + 3].unbind(-1)
        slope = _slope(n, t, tt, sums[..., first], sums[..., first + 1])
        lines.append((level[..., None] + slope[..., None] * _AHEAD).clamp(-TREND_LIMIT, TREND_LIMIT))
    return lines


def simple_forecasts(z: Tensor, mask: Tensor, layout: SeriesLayout = _DEFAULT_LAYOUT) -> SimpleForecasts:
    """z and mask [batch, targets, window steps] to every simple forecast."""
    sums, counts = z @ layout.span_weights, mask @ layout.span_weights
    means = _means(sums, counts)
    _, _, hour, newest, _ = means
    day = _empirical_quantiles(z[..., ::DAY_STRIDE], mask[..., ::DAY_STRIDE])
    recent = _empirical_quantiles(z[..., -RECENT_STEPS:], mask[..., -RECENT_STEPS:])
    medians = (day[..., config.MEDIAN], recent[..., config.MEDIAN])
    constant = torch.stack([torch.zeros_like(hour), *means, *medians], -1)
    used, smoothing = layout.used, layout.smoothing
    smooth = (z[..., :used] @ smoothing) / (mask[..., :used] @ smoothing + PRIOR_STEPS)
    yesterday, yesterday_mask = layout.yesterday(z), layout.yesterday(mask)
    # A missing step takes the smoothed value of those around it.
    yesterday = yesterday + (1 - yesterday_mask) * smooth
    start = sums[..., START_COLUMN] / (counts[..., START_COLUMN] + PRIOR_STEPS)
    shifted = smooth + (hour - start)[..., None]
    varying = torch.stack([yesterday, smooth, shifted, *_trends(sums, counts, newest)], -1)
    return SimpleForecasts(constant, varying, yesterday, yesterday_mask, day, recent)
