"""The exported graphs against PyTorch, run as the product runs them."""

import os

import numpy as np
import onnx
import pytest
import torch

from argus_tft import config
from argus_tft.config import TrainingStep
from argus_tft.export import export_bundle
from argus_tft.graphs import (
    FORECAST_INPUTS,
    TRAIN_INPUTS,
    WEIGHTS_FILE,
    example_batch,
    train_inputs,
    window_gradient,
)
from argus_tft.training_step import make_step

TRAINING_STEPS = int(os.environ.get("ARGUS_TRAINING_STEPS", "24"))
# Rounding grows from step to step; gradients and parameters are held together this long, losses to the end.
CLOSE_STEPS = 24


def with_missing_metrics(inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
    """The training inputs with metrics that are missing throughout, and their actual values with them."""
    named = dict(zip(TRAIN_INPUTS, inputs, strict=True))
    window, actual = named["window"].clone(), named["actual"].clone()
    window[::3, :, 4:8] = torch.nan
    actual[::3, 1:4] = torch.nan
    window[1, :-48] = torch.nan
    return tuple((named | {"window": window, "actual": actual}).values())


def feeds(inputs: tuple[torch.Tensor, ...], names: tuple[str, ...] = FORECAST_INPUTS) -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in zip(names, inputs, strict=True)}


@pytest.mark.parametrize("batch", [1, 2, 7, 20])
def test_forecast_graph_gives_what_the_network_gives(shipped, open_graph, batch):
    folder, model = shipped
    inputs = example_batch(batch, seed=batch)
    inputs[0][0, :-48] = torch.nan
    inputs[0][-1, :, 4:8] = torch.nan
    with torch.no_grad():
        expected = model(*inputs)
    found = open_graph(folder / "forecast.onnx").run(None, feeds(inputs))
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b.numpy(), rtol=1e-4, atol=1e-4)
    assert (np.diff(found[0], axis=-1) >= 0).all()


def test_forecast_graph_survives_windows_without_anything_measured(shipped, open_graph):
    folder, _ = shipped
    inputs = feeds(example_batch(3))
    inputs["window"][:] = np.nan
    for output in open_graph(folder / "forecast.onnx").run(None, inputs):
        assert np.isfinite(output).all()


@pytest.mark.parametrize("batch", [1, 5])
def test_gradient_graph_gives_what_automatic_differentiation_gives(shipped, open_graph, batch):
    folder, model = shipped
    inputs = example_batch(batch, seed=batch)
    selector = torch.zeros(len(config.TARGETS), config.HORIZON_STEPS, len(config.QUANTILES))
    selector[0, :12, 8] = 1 / 12
    selector[5, 40, 4] = 1
    value, gradient = window_gradient(model, *inputs, selector)
    found = open_graph(folder / "grad.onnx").run(None, feeds((*inputs, selector), (*FORECAST_INPUTS, "selector")))
    np.testing.assert_allclose(found[0], value.numpy(), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found[1], gradient.numpy(), rtol=1e-3, atol=1e-5)
    assert (found[1][np.isnan(inputs[0].numpy())] == 0).all()


def test_training_graph_takes_the_same_steps_as_pytorch(shipped, open_graph):
    folder, model = shipped
    settings = TrainingStep()
    step = make_step(model, settings)
    graph = open_graph(folder / "train.onnx")
    given = train_inputs(model, settings)
    state = given[:3]
    found = feeds(given, TRAIN_INPUTS)
    losses = []
    for number in range(1, TRAINING_STEPS + 1):
        batch = with_missing_metrics(train_inputs(model, settings, seed=number % 3))[5:]
        found |= feeds(batch, TRAIN_INPUTS[5:]) | {"step": np.array(number, np.float32)}
        loss, norm, *moved = graph.run(None, found)
        found |= dict(zip(TRAIN_INPUTS[:3], moved, strict=True))
        expected_loss, expected_norm, *state = step(*state, given[3], torch.tensor(float(number)), *batch)
        state = [s.detach() for s in state]
        losses.append(float(loss))
        assert float(loss) == pytest.approx(expected_loss.item(), rel=2e-3 if number <= CLOSE_STEPS else 2e-2)
        if number <= CLOSE_STEPS:
            assert float(norm) == pytest.approx(expected_norm.item(), rel=1e-2)
            np.testing.assert_allclose(found["parameters"], state[0].numpy(), atol=2e-3)
    assert losses[-1] < losses[0]


def test_training_graph_learns_nothing_from_a_batch_without_actual_values(shipped, open_graph):
    folder, model = shipped
    given = feeds(train_inputs(model, TrainingStep()), TRAIN_INPUTS)
    given["actual"][:] = np.nan
    loss, norm, *moved = open_graph(folder / "train.onnx").run(None, given)
    assert loss == 0 and norm == 0
    assert all(np.isfinite(values).all() for values in moved)


@pytest.mark.parametrize("name", ["forecast.onnx", "grad.onnx", "train.onnx"])
def test_graphs_carry_no_learned_values(shipped, name):
    folder, _ = shipped
    graph = onnx.load(folder / name, load_external_data=False).graph
    inline = [t for t in graph.initializer if t.data_location != onnx.TensorProto.EXTERNAL]
    allowed = config.WINDOW_STEPS * 64
    assert max(int(np.prod(t.dims)) for t in inline) <= allowed
    external = {e.value for t in graph.initializer for e in t.external_data if e.key == "location"}
    assert external == (set() if name == "train.onnx" else {WEIGHTS_FILE})


def test_other_weights_in_weights_bin_change_the_forecast(shipped, open_graph, tmp_path):
    folder, _ = shipped
    for name in ("forecast.onnx", WEIGHTS_FILE):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    inputs = feeds(example_batch(2))
    before = open_graph(tmp_path / "forecast.onnx").run(["quantiles"], inputs)[0]
    weights = np.fromfile(tmp_path / WEIGHTS_FILE, "<f4") * np.float32(1.5)
    weights.tofile(tmp_path / WEIGHTS_FILE)
    after = open_graph(tmp_path / "forecast.onnx").run(["quantiles"], inputs)[0]
    assert not np.array_equal(before, after)


@pytest.mark.slow
def test_export_makes_graphs_that_run_and_agree_with_the_network(open_graph, tmp_path):
    model = export_bundle(tmp_path, seed=5)
    inputs = example_batch(3)
    with torch.no_grad():
        expected = model(*inputs)[0]
    (found,) = open_graph(tmp_path / "forecast.onnx").run(["quantiles"], feeds(inputs))
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-4, atol=1e-4)
    open_graph(tmp_path / "grad.onnx")
    open_graph(tmp_path / "train.onnx")
