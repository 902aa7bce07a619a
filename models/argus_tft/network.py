"""The Argus TFT: a Temporal Fusion Transformer over 8-step patches, and a local path shared by all targets.

Axes are named b batch, p patch, v variable, t target, s step inside a patch, q quantile, h hidden.
Source of the trunk: Lim et al., Temporal Fusion Transformers, International Journal of Forecasting 37 (2021).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import config
from .config import CONTEXT_PATCHES, HORIZON_PATCHES, PATCH_STEPS, Architecture
from .layers import Dense, GatedSkip, Grn, NoiseDropout, elu, initialised
from .lstm import LstmStack
from .scaling import ScaledWindow, bounds, scale_window, to_targets, unscale_quantiles
from .simple_forecasts import (
    CONSTANT_FORECASTS,
    FORECASTS,
    VARYING_FORECASTS,
    SimpleForecasts,
    simple_forecasts,
)

METRIC_COUNT = len(config.METRICS)
TARGET_COUNT = len(config.TARGETS)
QUANTILE_COUNT = len(config.QUANTILES)
CALENDAR_COUNT = len(config.CALENDAR)
PATCH_INPUTS = 2 * PATCH_STEPS
# Logit that takes a missing variable or forecast out of a softmax.
EXCLUDED = 1e4
# Spreads start small and stay above rounding, so that quantiles stay in order.
SPREAD_BIAS = 2.0
LARGEST_SPREAD = 15.0
SMALLEST_SPREAD = 1e-5


def _one_hot(index: Tensor, size: int) -> Tensor:
    """index [batch] to [batch, size]; an index outside gives zeros, so a wrong id is an unknown one."""
    return (index[:, None] == torch.arange(size)).float()


def _patches(x: Tensor) -> Tensor:
    """[b, v, steps] to [v, p, b, s]."""
    b, v, steps = x.shape
    return x.reshape(b, v, steps // PATCH_STEPS, PATCH_STEPS).permute(1, 2, 0, 3)


def _spread_matrix() -> Tensor:
    """[quantiles, quantiles] from (median, negated increments away from it) to quantiles.

    Columns are prefix sums in the order of the rows, so rounding cannot put one quantile past another.
    """
    middle = config.MEDIAN
    matrix = torch.zeros(QUANTILE_COUNT, QUANTILE_COUNT)
    matrix[0] = 1.0
    for k in range(1, middle + 1):
        matrix[k, : middle - k + 1] = 1.0
        matrix[middle + k, middle + k :] = -1.0
    return matrix


_SPREAD = _spread_matrix()
_FUTURE_MASK = torch.cat(
    [torch.zeros(HORIZON_PATCHES, CONTEXT_PATCHES), torch.full((HORIZON_PATCHES, HORIZON_PATCHES), -EXCLUDED).triu(1)],
    1,
)


class VariableSelection(nn.Module):
    """Variable selection over patches of scaled series plus the calendar, which is always the last variable."""

    def __init__(self, variables: int, arch: Architecture):
        super().__init__()
        h = arch.hidden
        inputs = variables * PATCH_INPUTS + CALENDAR_COUNT
        self.variables = Grn(PATCH_INPUTS, arch.variable_hidden, h, groups=variables)
        self.calendar = Grn(CALENDAR_COUNT, arch.variable_hidden, h)
        self.joint = Grn(inputs, h, variables + 1, context=h)

    def forward(self, z: Tensor, mask: Tensor, calendar: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """z and mask [v, p, b, s], calendar [p, b, features], context [b, h] to [p, b, h] and weights [p, b, v + 1].

        A variable without a measurement in the patch gets weight 0.
        """
        v, p, b, _ = z.shape
        x = torch.cat([z, mask], -1)
        flat = x.permute(1, 2, 0, 3).reshape(p, b, v * PATCH_INPUTS)
        logits = self.joint(torch.cat([flat, calendar], -1), context)
        present = (mask.amax(-1) > 0).float().permute(1, 2, 0)
        excluded = F.pad(present - 1, (0, 1)) * EXCLUDED
        weights = torch.softmax(logits + excluded, -1)
        values = self.variables(x.reshape(v, p * b, PATCH_INPUTS)).reshape(v, p, b, -1)
        by_variable = weights.permute(2, 0, 1)[..., None]
        selected = (values * by_variable[:v]).sum(0) + self.calendar(calendar) * by_variable[v]
        return selected, weights


class StaticContext(nn.Module):
    """Profile, server and the window's own statistics to the TFT's four context vectors."""

    def __init__(self, arch: Architecture, metrics: int = METRIC_COUNT):
        super().__init__()
        h = arch.hidden
        self.profile = initialised((len(config.PROFILES), h), "normal", 0.1)
        self.server = initialised((config.SERVER_BUCKETS, arch.server_embedding), "normal", 0.1)
        self.from_server = Dense(arch.server_embedding, h, bias=False)
        self.from_statistics = Dense(3 * metrics, h)
        self.select = Dense(3 * h, 3)
        self.contexts = nn.ModuleList([Grn(h, h, h) for _ in range(4)])

    def forward(self, profile: Tensor, server: Tensor, scaled: ScaledWindow) -> list[Tensor]:
        """Contexts [b, h] for variable selection, enrichment, the LSTM's hidden and its cell state."""
        zero = (-scaled.location / scaled.scale).clamp(-50, 50) * 0.1
        statistics = torch.cat([torch.log(scaled.scale), zero, scaled.share], -1)
        server_known = (server > 0).float()[:, None]
        by_server = (_one_hot(server, config.SERVER_BUCKETS) @ self.server) * server_known
        parts = [
            _one_hot(profile, len(config.PROFILES)) @ self.profile,
            self.from_server(by_server),
            elu(self.from_statistics(statistics)),
        ]
        weights = torch.softmax(self.select(torch.cat(parts, -1)), -1)
        static = sum(part * weights[:, i : i + 1] for i, part in enumerate(parts))
        return [grn(static) for grn in self.contexts]


class Attention(nn.Module):
    """Interpretable multi-head attention: one value projection shared by all heads."""

    def __init__(self, arch: Architecture):
        super().__init__()
        self.heads, self.size = arch.heads, arch.hidden // arch.heads
        self.query = Dense(arch.hidden, arch.hidden, bias=False)
        self.key = Dense(arch.hidden, arch.hidden, bias=False)
        self.value = Dense(arch.hidden, self.size, bias=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x [24, b, h] to the horizon's attended values [12, b, h / heads] and weights [b, 12, 24]."""
        p, b, _ = x.shape
        q = self.query(x[CONTEXT_PATCHES:]).reshape(HORIZON_PATCHES, b, self.heads, self.size).permute(1, 2, 0, 3)
        k = self.key(x).reshape(p, b, self.heads, self.size).permute(1, 2, 3, 0)
        scores = (q @ k) * self.size**-0.5 + _FUTURE_MASK
        weights = torch.softmax(scores, -1).mean(1)
        return (weights @ self.value(x).transpose(0, 1)).transpose(0, 1), weights


class Trunk(nn.Module):
    """The Temporal Fusion Transformer up to its last gated skip: one state for each horizon patch."""

    def __init__(self, arch: Architecture, metrics: int = METRIC_COUNT, targets: int = TARGET_COUNT):
        super().__init__()
        h = arch.hidden
        self.metrics = metrics
        self.static = StaticContext(arch, metrics)
        self.past = VariableSelection(metrics, arch)
        self.future = VariableSelection(targets, arch)
        self.layers = arch.lstm_layers
        self.encoder = LstmStack(h, arch.lstm_layers)
        self.decoder = LstmStack(h, arch.lstm_layers)
        self.lstm_skip = GatedSkip(h, h)
        self.enrichment = Grn(h, h, h, context=h)
        self.attention = Attention(arch)
        self.attention_skip = GatedSkip(h // arch.heads, h)
        self.position_wise = Grn(h, h, h)
        self.output_skip = GatedSkip(h, h)

    def forward(
        self,
        scaled: ScaledWindow,
        yesterday: Tensor,
        yesterday_mask: Tensor,
        calendar: Tensor,
        profile: Tensor,
        server: Tensor,
        drop: NoiseDropout,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Returns the state of each horizon patch [12, b, h], attention [b, 12, 24], variable weights [b, 12, 14]."""
        selection, enrichment, h0, c0 = self.static(profile, server, scaled)
        known = calendar.transpose(0, 1)
        newest = slice(-config.CONTEXT_STEPS, None)
        past, weights = self.past(
            _patches(scaled.z[..., newest]), _patches(scaled.mask[..., newest]), known[:CONTEXT_PATCHES], selection
        )
        future, _ = self.future(_patches(yesterday), _patches(yesterday_mask), known[CONTEXT_PATCHES:], selection)
        past, future = drop(past), drop(future)
        encoded, states = self.encoder(past, [(h0, c0)] * self.layers)
        decoded, _ = self.decoder(future, states)
        x = self.lstm_skip(drop(torch.cat([encoded, decoded])), torch.cat([past, future]))
        enriched = self.enrichment(x, enrichment)
        attended, attention = self.attention(enriched)
        y = self.attention_skip(drop(attended), enriched[CONTEXT_PATCHES:])
        y = self.position_wise(y)
        y = self.output_skip(drop(y), x[CONTEXT_PATCHES:])
        return y, attention, weights.transpose(0, 1)[..., : self.metrics]


class LocalPath(nn.Module):
    """What one target's own series tells, by weights shared over targets: this is what carries over to new data."""

    def __init__(self, arch: Architecture, targets: int = TARGET_COUNT, window_steps: int = config.WINDOW_STEPS):
        super().__init__()
        h = arch.hidden
        self.targets, self.window_patches = targets, window_steps // PATCH_STEPS
        steps = config.CONTEXT_STEPS + config.HORIZON_STEPS
        masks = CONTEXT_PATCHES + HORIZON_PATCHES
        inputs = steps + masks + self.window_patches + 2 * QUANTILE_COUNT + CONSTANT_FORECASTS + 4
        self.grn = Grn(inputs, arch.local_hidden, h, context=targets)

    def forward(self, z: Tensor, mask: Tensor, simple: SimpleForecasts, about: Tensor) -> Tensor:
        """z and mask [b, t, steps], about [b, t, 4] to [b, t, h]."""
        b, t, _ = z.shape
        shares = mask.reshape(b, t, self.window_patches, PATCH_STEPS).mean(-1)
        means = z.reshape(b, t, self.window_patches, PATCH_STEPS).mean(-1) / (shares + 1e-4)
        features = [
            z[..., -config.CONTEXT_STEPS :],
            shares[..., -CONTEXT_PATCHES:],
            simple.yesterday,
            shares[..., :HORIZON_PATCHES],
            means,
            simple.day_quantiles,
            simple.recent_quantiles,
            simple.constant,
            about,
        ]
        return self.grn(torch.cat(features, -1), torch.eye(self.targets))


class QuantileHead(nn.Module):
    """Median = learned convex mix of simple forecasts + residual; quantiles by increments away from it."""

    def __init__(self, arch: Architecture, targets: int = TARGET_COUNT):
        super().__init__()
        h = arch.hidden
        self.targets = targets
        self.from_trunk = Dense(h, targets * h)
        self.from_local = Dense(h, h, bias=False)
        self.from_yesterday = Dense(PATCH_INPUTS, h, bias=False)
        self.position = initialised((HORIZON_PATCHES, 1, 1, h), "normal", 0.1)
        self.skip = GatedSkip(h, h)
        self.output = Dense(h, PATCH_STEPS * QUANTILE_COUNT + FORECASTS + 2, gain=0.2)

    def forward(self, state: Tensor, local: Tensor, simple: SimpleForecasts, drop: NoiseDropout) -> Tensor:
        """state [12, b, h] and local [b, t, h] to scaled quantiles [b, t, horizon steps, quantiles]."""
        p, b, h = state.shape
        smooth = simple.varying[..., 1]
        seasonal = torch.cat([_patches(simple.yesterday), _patches(smooth)], -1).permute(1, 2, 0, 3)
        u = self.from_trunk(state).reshape(p, b, self.targets, h) + self.from_local(local)
        u = elu(u + self.from_yesterday(seasonal) + self.position)
        u = self.skip(drop(u.transpose(1, 2)).transpose(1, 2), u)
        steps, mix, gates = self.output(u).split([PATCH_STEPS * QUANTILE_COUNT, FORECASTS, 2], -1)
        steps = steps.reshape(p, b, self.targets, PATCH_STEPS, QUANTILE_COUNT)
        median = self._mix(mix, simple) + steps[..., 0]
        # softplus(-x) = -log(sigmoid(x)): runtimes vectorise these two, not the softplus.
        negated = torch.log(torch.sigmoid((steps[..., 1:] + SPREAD_BIAS).clamp(min=-LARGEST_SPREAD)))
        empirical = self._empirical_spreads(torch.sigmoid(gates), simple) + SMALLEST_SPREAD
        spreads = negated - empirical[..., None, :]
        z = torch.cat([median[..., None], spreads], -1) @ _SPREAD
        return z.permute(1, 2, 0, 3, 4).reshape(b, self.targets, config.HORIZON_STEPS, QUANTILE_COUNT)

    def _mix(self, logits: Tensor, simple: SimpleForecasts) -> Tensor:
        """logits [p, b, t, forecasts] to the mixed median [p, b, t, s]; a missing yesterday gets weight 0."""
        missing = (_patches(simple.yesterday_mask).amax(-1) == 0).float().permute(1, 2, 0)
        constant, seasonal, trends = logits.split([CONSTANT_FORECASTS, 3, VARYING_FORECASTS - 3], -1)
        seasonal = seasonal - EXCLUDED * missing[..., None]
        weights = torch.softmax(torch.cat([constant, seasonal, trends], -1), -1)
        by_constant, by_varying = weights.split([CONSTANT_FORECASTS, VARYING_FORECASTS], -1)
        level = (by_constant * simple.constant).sum(-1, keepdim=True)
        b, t = simple.varying.shape[:2]
        varying = simple.varying.reshape(b, t, HORIZON_PATCHES, PATCH_STEPS, VARYING_FORECASTS).permute(2, 0, 1, 3, 4)
        return level + (varying @ by_varying[..., None])[..., 0]

    def _empirical_spreads(self, gates: Tensor, simple: SimpleForecasts) -> Tensor:
        """Gated distances between empirical quantiles [p, b, t, 8], outwards from the median as in _SPREAD."""
        return gates[..., :1] * _outward(simple.day_quantiles) + gates[..., 1:] * _outward(simple.recent_quantiles)


def _outward(quantiles: Tensor) -> Tensor:
    """Distances of neighbouring quantiles [..., 9] to [..., 8]: below the median downwards, then above it upwards."""
    distance = (quantiles[..., 1:] - quantiles[..., :-1]).clamp(min=0)
    return torch.cat([distance[..., : config.MEDIAN].flip(-1), distance[..., config.MEDIAN :]], -1)


class ArgusTft(nn.Module):
    """window, calendar, profile and server as in docs/model-bundle.md to quantiles, attention, variable weights."""

    def __init__(self, arch: Architecture | None = None):
        super().__init__()
        self.arch = arch or Architecture()
        self.trunk = Trunk(self.arch)
        self.local = LocalPath(self.arch)
        self.head = QuantileHead(self.arch)

    def scaled_forecast(
        self, window: Tensor, calendar: Tensor, profile: Tensor, server: Tensor, drop: NoiseDropout
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Scaled quantiles [b, t, 96, 9], the targets' location and scale [b, t], attention, variable weights."""
        scaled = scale_window(window)
        z, mask = to_targets(scaled.z), to_targets(scaled.mask)
        location, scale = to_targets(scaled.location), to_targets(scaled.scale)
        simple = simple_forecasts(z, mask)
        state, attention, variables = self.trunk(
            scaled, simple.yesterday, simple.yesterday_mask, calendar, profile, server, drop
        )
        low, high = bounds(location, scale)
        about = torch.stack([low, high, torch.log(scale), to_targets(scaled.share)], -1)
        local = self.local(z, mask, simple, about)
        local = drop(local.transpose(0, 1)).transpose(0, 1)
        return self.head(state, local, simple, drop), location, scale, attention, variables

    def forward(
        self, window: Tensor, calendar: Tensor, profile: Tensor, server: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        drop = NoiseDropout(None, self.arch.dropout)
        z, location, scale, attention, variables = self.scaled_forecast(window, calendar, profile, server, drop)
        return unscale_quantiles(z, location, scale), attention, variables

    def noise_columns(self) -> int:
        """Columns of `noise` that one training sample takes."""
        drop = NoiseDropout(None, self.arch.dropout)
        empty = torch.full((1, config.WINDOW_STEPS, METRIC_COUNT), torch.nan)
        ids = torch.zeros(1, dtype=torch.int64)
        with torch.no_grad():
            self.scaled_forecast(empty, torch.zeros(1, 24, CALENDAR_COUNT), ids, ids, drop)
        return drop.used
