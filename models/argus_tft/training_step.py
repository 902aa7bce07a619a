"""One whole training step as a pure function of flat parameter vectors, so that it exports as one graph."""

import torch
from torch import Tensor

from . import config
from .config import TrainingStep
from .layers import NoiseDropout
from .network import ArgusTft
from .scaling import bounds, scale_actual

_LEVELS = torch.tensor(config.QUANTILES)
# Gradient that is left outside the target's range, so that a forecast beyond it finds back.
LEAK = 0.1


def ordered_parameters(model: ArgusTft) -> list[tuple[str, torch.nn.Parameter]]:
    """Parameters in weights.bin order: first the matrices, which AdamW decays, then all others."""
    named = list(model.named_parameters())
    return [p for p in named if is_decayed(p[0])] + [p for p in named if not is_decayed(p[0])]


def is_decayed(name: str) -> bool:
    """Whether weight decay applies: to dense and recurrent matrices, not to biases, norms and embeddings."""
    leaf = name.rsplit(".", 1)[-1]
    return leaf == "weight" or leaf[0] in "wr" and leaf[1:].isdigit()


def pinball_loss(z: Tensor, actual: Tensor, location: Tensor, scale: Tensor) -> Tensor:
    """Mean pinball loss in scaled space over measured values.

    z [batch, targets, steps, quantiles] scaled, actual [batch, targets, steps] in target units with NaN = missing.
    """
    measured = ~torch.isnan(actual)
    truth = scale_actual(torch.where(measured, actual, 0.0), location, scale)[..., None]
    low, high = (bound[..., None, None] for bound in bounds(location, scale))
    inside = torch.minimum(torch.maximum(z, low), high)
    error = truth - (inside + LEAK * (z - inside))
    pinball = torch.maximum(_LEVELS * error, (_LEVELS - 1) * error).mean(-1)
    weight = measured.to(z.dtype)
    return (pinball * weight).sum() / weight.sum().clamp(min=1)


def training_loss(
    model: ArgusTft, window: Tensor, calendar: Tensor, profile: Tensor, server: Tensor, actual: Tensor, noise: Tensor
) -> Tensor:
    """Loss of one batch, with dropout from noise [batch, columns]."""
    drop = NoiseDropout(noise, model.arch.dropout)
    z, location, scale, _, _ = model.scaled_forecast(window, calendar, profile, server, drop)
    return pinball_loss(z, actual, location, scale)


class _LossOf(torch.nn.Module):
    """Lets functional_call reach training_loss through a forward method."""

    def __init__(self, model: ArgusTft):
        super().__init__()
        self.model = model

    def forward(self, *batch: Tensor) -> Tensor:
        return training_loss(self.model, *batch)


def make_step(model: ArgusTft, settings: TrainingStep):
    """The step of train.onnx: (parameters, moments, learning rate, step number, batch) to its five outputs.

    AdamW (Loshchilov and Hutter 2019) with decoupled decay on matrices and clipping of the gradient's global norm.
    """
    named = ordered_parameters(model)
    names = [f"model.{name}" for name, _ in named]
    shapes = [p.shape for _, p in named]
    sizes = [p.numel() for _, p in named]
    decayed = sum(p.numel() for name, p in named if is_decayed(name))
    loss_of = _LossOf(model)

    def step(parameters, first, second, learning_rate, number, *batch):
        leaves = [
            part.reshape(shape).detach().requires_grad_(True)
            for part, shape in zip(torch.split(parameters, sizes), shapes, strict=True)
        ]
        loss = torch.func.functional_call(loss_of, dict(zip(names, leaves, strict=True)), batch)
        gradient = torch.cat([g.reshape(-1) for g in torch.autograd.grad(loss, leaves)])
        norm = torch.sqrt((gradient * gradient).sum())
        gradient = gradient * (settings.clip_norm / (norm + 1e-6)).clamp(max=1.0)
        first = first * settings.beta1 + gradient * (1 - settings.beta1)
        second = second * settings.beta2 + gradient * gradient * (1 - settings.beta2)
        first_hat = first / (1 - settings.beta1**number)
        second_hat = second / (1 - settings.beta2**number)
        matrices = parameters[:decayed] * (1 - learning_rate * settings.weight_decay)
        kept = torch.cat([matrices, parameters[decayed:]])
        parameters = kept - learning_rate * first_hat / (torch.sqrt(second_hat) + settings.epsilon)
        return loss, norm, parameters, first, second

    return step
