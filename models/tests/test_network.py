"""What the network promises whatever its weights are."""

import pytest
import torch

from argus_tft import config
from argus_tft.graphs import example_batch, window_gradient
from argus_tft.network import ArgusTft

BATCH = 4
# Units of the metrics; far above float32 rounding, small against the window's own scale.
STEP = 0.05


def quantiles(model: ArgusTft, *inputs: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return model(*inputs)[0]


def hostile_windows() -> dict[str, torch.Tensor]:
    window = example_batch(BATCH)[0]
    short, without, empty, flat, zeros, huge, single, spikes = (window.clone() for _ in range(8))
    short[:, :-48] = torch.nan
    without[:, :, 4:8] = torch.nan
    empty[:] = torch.nan
    flat[:] = 42.0
    zeros[:] = 0.0
    huge[:] = huge * 1e30
    single[:] = torch.nan
    single[:, -1] = 3.0
    spikes[:] = 0.0
    spikes[:, 100] = 1e6
    infinite = window.clone()
    infinite[:, 5] = torch.inf
    return {
        "short": short, "without": without, "empty": empty, "flat": flat, "zeros": zeros, "huge": huge,
        "single": single, "spikes": spikes, "infinite": infinite,
    }  # fmt: skip


@pytest.mark.parametrize("name", hostile_windows())
def test_hostile_window_gives_finite_ordered_forecasts_inside_the_range(model, name):
    _, *others = example_batch(BATCH)
    q = quantiles(model, hostile_windows()[name], *others)
    assert torch.isfinite(q).all()
    assert (q.diff(dim=-1) >= 0).all()
    assert (q >= 0).all()
    percent = [config.is_percent(t) for t in config.TARGETS]
    assert (q[:, percent] <= 100).all()


@pytest.mark.parametrize("name", hostile_windows())
def test_hostile_window_gives_finite_gradients_that_are_zero_where_nothing_was_measured(model, name):
    window = hostile_windows()[name]
    selector = torch.ones(len(config.TARGETS), config.HORIZON_STEPS, len(config.QUANTILES))
    value, gradient = window_gradient(model, window, *example_batch(BATCH)[1:], selector)
    assert torch.isfinite(value).all()
    assert torch.isfinite(gradient).all()
    assert (gradient[window.isnan()] == 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_gradient_agrees_with_finite_differences(model, seed):
    window, calendar, profile, server = example_batch(1, seed)
    selector = torch.zeros(len(config.TARGETS), config.HORIZON_STEPS, len(config.QUANTILES))
    selector[0, :12, 8] = 1
    selector[4, 50, 4] = 1
    _, gradient = window_gradient(model, window, calendar, profile, server, selector)
    noise = torch.randn(gradient.shape, generator=torch.Generator().manual_seed(seed))
    # Along the gradient itself, and along a direction only partly in it: both changes are well above rounding.
    for direction in (gradient, gradient + gradient.std() * noise):
        direction = direction / direction.norm()
        values = [
            window_gradient(model, window + sign * STEP * direction, calendar, profile, server, selector)[0].item()
            for sign in (1, -1)
        ]
        slope = (values[0] - values[1]) / (2 * STEP)
        assert slope == pytest.approx((gradient * direction).sum().item(), rel=0.02)


def test_a_servers_forecast_does_not_depend_on_its_batch(model):
    inputs = example_batch(BATCH)
    together = quantiles(model, *inputs)
    for i in range(BATCH):
        alone = quantiles(model, *(x[i : i + 1] for x in inputs))
        torch.testing.assert_close(alone[0], together[i], rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("metric", range(len(config.METRICS)), ids=config.METRICS)
def test_every_metric_matters(model, metric):
    window, *others = example_batch(BATCH)
    changed = window.clone()
    changed[:, -40:, metric] *= 1.3
    assert not torch.equal(quantiles(model, window, *others), quantiles(model, changed, *others))


@pytest.mark.parametrize("part", ["yesterday", "calendar", "profile", "server"])
def test_every_other_input_matters(model, part):
    window, calendar, profile, server = (x.clone() for x in example_batch(BATCH))
    before = quantiles(model, window, calendar, profile, server)
    if part == "yesterday":
        window[:, 30:40] *= 1.5
    elif part == "calendar":
        calendar[:, 12:] *= -1
    elif part == "profile":
        profile = (profile + 1) % len(config.PROFILES)
    else:
        server = (server + 1) % config.SERVER_BUCKETS
    after = quantiles(model, window, calendar, profile, server)
    assert ((before - after).abs().amax((1, 2, 3)) > 0).all()


@pytest.mark.parametrize("wrong", [-1, config.SERVER_BUCKETS])
def test_an_id_out_of_range_is_an_unknown_server(model, wrong):
    window, calendar, profile, server = example_batch(BATCH)
    unknown = quantiles(model, window, calendar, profile, torch.zeros_like(server))
    assert torch.equal(unknown, quantiles(model, window, calendar, profile, torch.full_like(server, wrong)))


def test_used_cpu_mirrors_idle_cpu_and_other_targets_keep_their_scale(model):
    window, *others = example_batch(BATCH)
    window = window.nan_to_num(40.0)
    louder = window.clone()
    louder[:, :, 8] *= 100
    quiet, loud = quantiles(model, window, *others)[:, 4], quantiles(model, louder, *others)[:, 4]
    ratio = loud.median() / quiet.median()
    assert 50 < ratio < 200


def test_attention_and_variable_weights_are_distributions(model):
    window, *others = example_batch(BATCH)
    window[0, :, 2] = torch.nan
    with torch.no_grad():
        _, attention, variables = model(window, *others)
    torch.testing.assert_close(attention.sum(-1), torch.ones(BATCH, config.HORIZON_PATCHES))
    assert (variables >= 0).all() and (variables.sum(-1) <= 1.0001).all()
    assert (variables[0, :, 2] == 0).all()
    future = attention[:, :, config.CONTEXT_PATCHES :]
    assert (future.triu(1) < 1e-6).all()
