"""Turns the network into the three ONNX graphs of a bundle."""

import warnings

import onnx
import torch
from onnx import TensorProto
from onnxscript import opset18 as op
from onnxscript import optimizer
from torch import Tensor, nn
from torch._decomp import core_aten_decompositions
from torch.fx.experimental.proxy_tensor import make_fx

from . import config
from .config import TrainingStep
from .network import CALENDAR_COUNT, METRIC_COUNT, QUANTILE_COUNT, TARGET_COUNT, ArgusTft
from .training_step import make_step, ordered_parameters

OPSET = 18
WEIGHTS_FILE = "weights.bin"
FLOAT_BYTES = 4
FORECAST_INPUTS = ("window", "calendar", "profile", "server")
FORECAST_OUTPUTS = ("quantiles", "attention", "variable_weights")
GRAD_OUTPUTS = ("value", "gradient")
TRAIN_INPUTS = (
    "parameters", "first_moment", "second_moment", "learning_rate", "step", *FORECAST_INPUTS, "actual", "noise",
)  # fmt: skip
TRAIN_OUTPUTS = ("loss", "gradient_norm", "parameters_out", "first_moment_out", "second_moment_out")
# Two samples: the exporter takes a batch of one for a constant.
EXAMPLE_BATCH = 2
# Values of the largest constant that is folded into a graph.
LARGEST_CONSTANT = 2048


def example_batch(batch: int, seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """A random window with gaps, calendar, profile and server of the shapes in docs/model-bundle.md."""
    generator = torch.Generator().manual_seed(seed)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator)

    daily = 20 * torch.sin(torch.arange(config.WINDOW_STEPS) * (2 * torch.pi / config.WINDOW_STEPS))
    window = (
        40
        + daily[None, :, None]
        + 30 * uniform(batch, 1, METRIC_COUNT)
        + 5 * uniform(batch, config.WINDOW_STEPS, METRIC_COUNT)
    )
    window[uniform(*window.shape) < 0.03] = torch.nan
    patches = config.CONTEXT_PATCHES + config.HORIZON_PATCHES
    calendar = 2 * uniform(batch, patches, CALENDAR_COUNT) - 1
    profile = torch.randint(0, len(config.PROFILES), (batch,), generator=generator)
    server = torch.randint(0, config.SERVER_BUCKETS, (batch,), generator=generator)
    return window, calendar, profile, server


def _translate_lstm(x, h0, c0, w, r, b):
    """argus::lstm as one ONNX LSTM node."""
    axis = op.Constant(value_ints=[0])
    bias = op.Unsqueeze(op.Concat(b, op.Sub(b, b), axis=0), axis)
    y, h, c = op.LSTM(
        x,
        op.Unsqueeze(w, axis),
        op.Unsqueeze(r, axis),
        bias,
        None,
        op.Unsqueeze(h0, axis),
        op.Unsqueeze(c0, axis),
        hidden_size=config.Architecture().hidden,
    )
    return op.Squeeze(y, op.Constant(value_ints=[1])), op.Squeeze(h, axis), op.Squeeze(c, axis)


def _export(module: nn.Module, inputs: tuple, names: tuple, outputs: tuple, dynamic: dict | None) -> onnx.ModelProto:
    parameters = frozenset(name for name, _ in module.named_parameters())
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module,
            inputs,
            None,
            input_names=list(names),
            output_names=list(outputs),
            dynamic_shapes=dynamic,
            dynamo=True,
            opset_version=OPSET,
            custom_translation_table={torch.ops.argus.lstm.default: _translate_lstm},
            verbose=False,
            optimize=False,
        )
    model = _simplify(program.model_proto, parameters)
    _strip_metadata(model)
    return model


def _simplify(model: onnx.ModelProto, parameters: frozenset[str]) -> onnx.ModelProto:
    """Folds constants and drops what is not needed.

    Parameters become graph inputs meanwhile: nothing derived from them may be folded into the graph, since
    retraining rewrites weights.bin alone.
    """
    weights = [t for t in model.graph.initializer if t.name in parameters]
    others = [t for t in model.graph.initializer if t.name not in parameters]
    del model.graph.initializer[:]
    model.graph.initializer.extend(others)
    model.graph.input.extend(onnx.helper.make_tensor_value_info(t.name, t.data_type, t.dims) for t in weights)
    model = optimizer.optimize(model, output_size_limit=LARGEST_CONSTANT)
    inputs = [i for i in model.graph.input if i.name not in parameters]
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    model.graph.initializer.extend(weights)
    return model


def _strip_metadata(model: onnx.ModelProto) -> None:
    """Drops what the exporter records about its own run: source lines and traces."""
    del model.metadata_props[:]
    graph = model.graph
    graph.doc_string = ""
    for part in (graph.node, graph.value_info, graph.input, graph.output, graph.initializer):
        for item in part:
            del item.metadata_props[:]
            item.doc_string = ""


def _externalise(model: onnx.ModelProto, offsets: dict[str, int]) -> None:
    """Points every parameter at its place in weights.bin; raises KeyError when one is not in the graph."""
    initializers = {t.name: t for t in model.graph.initializer}
    for name, offset in offsets.items():
        tensor = initializers[name]
        length = FLOAT_BYTES
        for dim in tensor.dims:
            length *= dim
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        del tensor.external_data[:]
        for key, value in (("location", WEIGHTS_FILE), ("offset", offset), ("length", length)):
            tensor.external_data.add(key=key, value=str(value))


def parameter_offsets(model: ArgusTft) -> dict[str, int]:
    """Byte offset of every parameter in weights.bin."""
    offsets, position = {}, 0
    for name, parameter in ordered_parameters(model):
        offsets[name] = position
        position += FLOAT_BYTES * parameter.numel()
    return offsets


def forecast_graph(model: ArgusTft) -> onnx.ModelProto:
    """forecast.onnx, batch dynamic, weights external."""
    batch = torch.export.Dim("batch", min=1, max=65536)
    dynamic = {name: {0: batch} for name in FORECAST_INPUTS}
    graph = _export(model.eval(), example_batch(EXAMPLE_BATCH), FORECAST_INPUTS, FORECAST_OUTPUTS, dynamic)
    _externalise(graph, parameter_offsets(model))
    return graph


class _Traced(nn.Module):
    """A traced function that takes the parameters first; holds them under their own names."""

    def __init__(self, traced: nn.Module, names: list[str], parameters: list[Tensor]):
        super().__init__()
        self.traced = traced
        self.names = [name.replace(".", "/") for name in names]
        for name, parameter in zip(self.names, parameters, strict=True):
            self.register_parameter(name, nn.Parameter(parameter.detach().clone(), requires_grad=False))

    def forward(self, window, calendar, profile, server, selector):
        parameters = [getattr(self, name) for name in self.names]
        return self.traced(*parameters, window, calendar, profile, server, selector)


def _trace(function, inputs: tuple, mode: str) -> nn.Module:
    traced = make_fx(
        function, decomposition_table=core_aten_decompositions(), tracing_mode=mode, _allow_non_fake_inputs=True
    )(*inputs)
    traced.graph.eliminate_dead_code()
    traced.recompile()
    return traced


def window_gradient(model: ArgusTft, window, calendar, profile, server, selector) -> tuple[Tensor, Tensor]:
    """Value [batch] = Σ quantiles·selector, and its gradient by the window, 0 where the window is NaN."""
    window = window.detach().requires_grad_(True)
    quantiles = model(window, calendar, profile, server)[0]
    value = (quantiles * selector).sum((1, 2, 3))
    (gradient,) = torch.autograd.grad(value.sum(), window)
    return value.detach(), gradient


def grad_graph(model: ArgusTft) -> onnx.ModelProto:
    """grad.onnx, batch dynamic, weights external."""
    named = ordered_parameters(model.eval())
    names = [name for name, _ in named]
    weights = [p.detach() for _, p in named]

    gradient_of = _GradientOf(model)
    keys = [f"model.{name}" for name in names]

    def by_weights(*inputs):
        given = dict(zip(keys, inputs[: len(keys)], strict=True))
        return torch.func.functional_call(gradient_of, given, inputs[len(keys) :])

    selector = torch.rand(TARGET_COUNT, config.HORIZON_STEPS, QUANTILE_COUNT)
    inputs = (*example_batch(EXAMPLE_BATCH + 1), selector)
    traced = _trace(by_weights, (*weights, *inputs), "symbolic")
    batch = torch.export.Dim("batch", min=1, max=65536)
    dynamic = {name: {0: batch} for name in FORECAST_INPUTS} | {"selector": None}
    wrapped = _Traced(traced, names, weights)
    graph = _export(wrapped, inputs, (*FORECAST_INPUTS, "selector"), GRAD_OUTPUTS, dynamic)
    _externalise(graph, {n.replace(".", "/"): o for n, o in parameter_offsets(model).items()})
    return graph


class _GradientOf(nn.Module):
    """Lets functional_call reach window_gradient through a forward method."""

    def __init__(self, model: ArgusTft):
        super().__init__()
        self.model = model

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        return window_gradient(self.model, *inputs)


class _TracedStep(nn.Module):
    """The traced training step under the input names of train.onnx."""

    def __init__(self, traced: nn.Module):
        super().__init__()
        self.traced = traced

    def forward(self, *inputs: Tensor):
        return self.traced(*inputs)


def train_inputs(model: ArgusTft, settings: TrainingStep, seed: int = 0) -> tuple[Tensor, ...]:
    """Example inputs of the training step, in the order of TRAIN_INPUTS."""
    flat = flat_parameters(model)
    generator = torch.Generator().manual_seed(seed)
    actual = 50 * torch.rand(settings.batch, TARGET_COUNT, config.HORIZON_STEPS, generator=generator)
    actual[torch.rand(actual.shape, generator=generator) < 0.05] = torch.nan
    noise = torch.rand(settings.batch, model.noise_columns(), generator=generator)
    scalars = (torch.tensor(1e-3), torch.tensor(1.0))
    batch = example_batch(settings.batch, seed)
    return (flat, torch.zeros_like(flat), torch.zeros_like(flat), *scalars, *batch, actual, noise)


def flat_parameters(model: ArgusTft) -> Tensor:
    """All parameters as one vector, in weights.bin order."""
    return torch.cat([p.detach().reshape(-1) for _, p in ordered_parameters(model)])


def train_graph(model: ArgusTft, settings: TrainingStep) -> onnx.ModelProto:
    """train.onnx: one training step of fixed batch."""
    inputs = train_inputs(model, settings)
    traced = _trace(make_step(model, settings), inputs, "real")
    return _export(_TracedStep(traced), inputs, TRAIN_INPUTS, TRAIN_OUTPUTS, None)
