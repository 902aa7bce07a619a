"""Building blocks. Weights lie as [inputs, outputs], so that the exported MatMul needs no transpose."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def initialised(shape: tuple[int, ...], kind: str, value: float = 0.0) -> nn.Parameter:
    """A parameter that remembers how it was initialised, for manifest.parameters.

    kind: uniform (±value), normal (standard deviation value), zeros or ones.
    """
    data = torch.empty(shape)
    if kind == "uniform":
        data.uniform_(-value, value)
    elif kind == "normal":
        data.normal_(0, value)
    else:
        data.fill_(1.0 if kind == "ones" else 0.0)
    parameter = nn.Parameter(data)
    key = {"uniform": {"bound": value}, "normal": {"std": value}}.get(kind, {})
    parameter.init_spec = {"kind": kind, **key}
    return parameter


def uniform_parameter(shape: tuple[int, ...], fan_in: int) -> nn.Parameter:
    """A parameter drawn from ±1/sqrt(fan_in)."""
    return initialised(shape, "uniform", 1 / math.sqrt(fan_in))


def elu(x: Tensor) -> Tensor:
    """Exponential linear unit, as in the TFT's gated residual networks."""
    return F.elu(x)


def glu(x: Tensor) -> Tensor:
    """Gated linear unit: first half of the last axis times the sigmoid of the second."""
    value, gate = x.chunk(2, -1)
    return value * torch.sigmoid(gate)


class Dense(nn.Module):
    """x [..., inputs] to [..., outputs]; with groups, x [groups, rows, inputs] and one matrix for each group."""

    def __init__(self, inputs: int, outputs: int, bias: bool = True, groups: int = 0, gain: float = 1.0):
        super().__init__()
        lead = (groups,) if groups else ()
        self.weight = initialised((*lead, inputs, outputs), "uniform", gain / math.sqrt(inputs))
        self.bias = initialised((*lead, *((1,) if groups else ()), outputs), "zeros") if bias else None

    def forward(self, x: Tensor) -> Tensor:
        y = x @ self.weight
        return y if self.bias is None else y + self.bias


class Norm(nn.Module):
    """Layer normalisation over the last axis."""

    def __init__(self, size: int):
        super().__init__()
        self.size = size
        self.scale = initialised((size,), "ones")
        self.shift = initialised((size,), "zeros")

    def forward(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, (self.size,), self.scale, self.shift)


class GatedSkip(nn.Module):
    """Norm(skip + GLU(dense(x))): the TFT's gated skip connection."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.gate = Dense(inputs, 2 * outputs)
        self.norm = Norm(outputs)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        return self.norm(skip + glu(self.gate(x)))


class Grn(nn.Module):
    """Gated residual network (Lim et al. 2021, eq. 2-5), its two consecutive linear maps written as one.

    The context, if any, is added before the non-linearity and must broadcast against x.
    """

    def __init__(self, inputs: int, hidden: int, outputs: int, context: int = 0, groups: int = 0):
        super().__init__()
        self.inner = Dense(inputs, hidden, groups=groups)
        self.context = Dense(context, hidden, bias=False) if context else None
        self.gate = Dense(hidden, 2 * outputs, groups=groups)
        self.skip = None if inputs == outputs else Dense(inputs, outputs, bias=False, groups=groups)
        self.norm = Norm(outputs)

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        y = self.inner(x)
        if self.context is not None and context is not None:
            y = y + self.context(context)
        skip = x if self.skip is None else self.skip(x)
        return self.norm(skip + glu(self.gate(elu(y))))


class NoiseDropout:
    """Dropout from given uniform noise, the same for every step of a sample; without noise it does nothing.

    Each call takes the next `width` columns of noise [batch, columns]; `used` counts them.
    """

    def __init__(self, noise: Tensor | None, rate: float):
        self.noise = noise
        self.rate = rate
        self.used = 0

    def __call__(self, x: Tensor) -> Tensor:
        """x [batch, width] or [steps, batch, width]: the batch axis stands before the last one."""
        width = x.shape[-1]
        columns = slice(self.used, self.used + width)
        self.used += width
        if self.noise is None:
            return x
        keep = (self.noise[:, columns] >= self.rate).to(x.dtype)
        return x * (keep / (1 - self.rate))
