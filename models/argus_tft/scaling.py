"""Scaling of a window by its own statistics, and back. NaN never gets past this file."""

from typing import NamedTuple

import torch
from torch import Tensor

from . import config

# |z| beyond this (11,000 scales) is numerical noise; the exponential stays finite.
Z_LIMIT = 10.0
# Larger magnitudes than this are no measurements of a server; the square of the scaled value stays finite.
VALUE_LIMIT = 1e12
# Mean absolute deviation to standard deviation of a Gaussian: sqrt(pi/2).
DEVIATION_GAIN = 1.2533
# A change below half a percent of the level counts as flat.
RELATIVE_FLOOR = 0.005

_IS_COMPLEMENT = torch.arange(len(config.METRICS)) == config.COMPLEMENTED_METRIC
_SIGN = torch.where(_IS_COMPLEMENT, -1.0, 1.0)[:, None]
_OFFSET = torch.where(_IS_COMPLEMENT, config.PERCENT_MAX, 0.0)[:, None]
_FLOOR = torch.tensor(config.scale_floors())
_MAXIMUM = torch.tensor(config.target_maxima())


class ScaledWindow(NamedTuple):
    """z and mask [batch, metrics, steps], 0 where not measured; the others [batch, metrics]."""

    z: Tensor
    mask: Tensor
    location: Tensor
    scale: Tensor
    share: Tensor


def asinh(x: Tensor) -> Tensor:
    """Inverse hyperbolic sine; built on log, which runtimes vectorise, and exact for negative x and at 0."""
    sign = torch.where(x.detach() < 0, -1.0, 1.0)
    a = x * sign
    return sign * torch.log(a + torch.sqrt(a * a + 1))


def sinh(z: Tensor) -> Tensor:
    """Hyperbolic sine of |z| <= Z_LIMIT; built on exp, which runtimes vectorise."""
    e = torch.exp(z)
    return 0.5 * (e - 1 / e)


def to_targets(x: Tensor) -> Tensor:
    """The target channels of x [batch, metrics, ...]; all but the first target lie side by side."""
    first, second, last = (config.TARGET_METRICS[i] for i in (0, 1, -1))
    return torch.cat([x[:, first : first + 1], x[:, second : last + 1]], 1)


def scale_window(window: Tensor) -> ScaledWindow:
    """window [batch, steps, metrics] in catalog units with NaN = not measured to robustly scaled channels.

    Location: mean of what was measured. Scale: mean absolute deviation plus a floor. z = asinh((x - location)/scale).
    """
    x = window.transpose(1, 2)
    missing = torch.isnan(x)
    mask = 1 - missing.to(x.dtype)
    x = torch.where(missing, 0.0, x).clamp(-VALUE_LIMIT, VALUE_LIMIT)
    x = x * _SIGN + _OFFSET * mask
    return scale_channels(x, mask, _FLOOR, RELATIVE_FLOOR)


def scale_channels(x: Tensor, mask: Tensor, floor: Tensor | float, relative_floor: float) -> ScaledWindow:
    """x [batch, channels, steps], 0 where mask is, to robustly scaled channels; see scale_window."""
    count = mask.sum(-1)
    divisor = count.clamp(min=1)
    location = x.sum(-1) / divisor
    deviation = (x - location[..., None]) * mask
    spread = DEVIATION_GAIN * deviation.abs().sum(-1) / divisor
    scale = spread + floor + relative_floor * location.abs()
    z = asinh(deviation / scale[..., None])
    return ScaledWindow(z, mask, location, scale, count / x.shape[-1])


def bounds(location: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
    """Scaled values of each target's smallest and largest possible value; location and scale [batch, targets]."""
    low = asinh(-location / scale)
    high = asinh((_MAXIMUM.clamp(max=VALUE_LIMIT) - location) / scale)
    return low.clamp(-Z_LIMIT, Z_LIMIT), high.clamp(-Z_LIMIT, Z_LIMIT)


def scale_actual(actual: Tensor, location: Tensor, scale: Tensor) -> Tensor:
    """actual [batch, targets, steps] without NaN to scaled space."""
    r = (actual - location[..., None]) / scale[..., None]
    return asinh(r).clamp(-Z_LIMIT, Z_LIMIT)


def unscale_quantiles(z: Tensor, location: Tensor, scale: Tensor) -> Tensor:
    """z [batch, targets, steps, quantiles] to target units, inside each target's range. Monotone in z."""
    x = sinh(z.clamp(-Z_LIMIT, Z_LIMIT)) * scale[..., None, None] + location[..., None, None]
    return torch.minimum(x.clamp(min=0.0), _MAXIMUM[:, None, None])
