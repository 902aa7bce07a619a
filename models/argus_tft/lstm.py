"""A time-major LSTM layer that exports as one fused ONNX node and still has a gradient made of plain operators."""

import torch
from torch import Tensor, nn

from .layers import uniform_parameter


def _onnx_to_torch_gates(weight: Tensor) -> Tensor:
    """Reorders gate blocks i, o, f, c (ONNX) to i, f, c, o (PyTorch)."""
    i, o, f, c = weight.chunk(4, 0)
    return torch.cat([i, f, c, o])


@torch.library.custom_op("argus::lstm", mutates_args=())
def lstm(x: Tensor, h0: Tensor, c0: Tensor, w: Tensor, r: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """One LSTM layer.

    x [steps, batch, inputs], h0 and c0 [batch, hidden], w [4·hidden, inputs], r [4·hidden, hidden], b [4·hidden];
    gates in ONNX order. Returns all outputs [steps, batch, hidden] and the last hidden and cell states.
    """
    weights = [_onnx_to_torch_gates(t) for t in (w, r, b)]
    y, h, c = torch.lstm(x, (h0[None], c0[None]), (*weights, torch.zeros_like(b)), True, 1, 0.0, False, False, False)
    return y, h[0].clone(), c[0].clone()


@lstm.register_fake
def _(x, h0, c0, w, r, b):
    return x.new_empty(x.shape[0], x.shape[1], h0.shape[1]), torch.empty_like(h0), torch.empty_like(c0)


def _save_for_gradient(ctx, inputs, output):
    x, h0, c0, w, r, b = inputs
    ctx.save_for_backward(x, output[0], h0, c0, w, r, b)


def _gradient(ctx, dy, dh, dc):
    """Back-propagation through time; gates are recomputed for all steps at once from the saved outputs."""
    x, y, h0, c0, w, r, b = ctx.saved_tensors
    steps = x.shape[0]
    dh = torch.zeros_like(h0) if dh is None else dh
    dc = torch.zeros_like(c0) if dc is None else dc
    previous_h = torch.cat([h0[None], y[:-1]])
    i, o, f, g = (x @ w.t() + previous_h @ r.t() + b).chunk(4, -1)
    i, o, f, g = i.sigmoid(), o.sigmoid(), f.sigmoid(), g.tanh()
    cells = [c0]
    for t in range(steps):
        cells.append(f[t] * cells[-1] + i[t] * g[t])
    previous_c, tanh_c = torch.stack(cells[:-1]), torch.stack(cells[1:]).tanh()
    local = torch.cat([g * i * (1 - i), tanh_c * o * (1 - o), previous_c * f * (1 - f), i * (1 - g * g)], -1)
    cell_gain = o * (1 - tanh_c * tanh_c)
    gates = [dh] * steps
    for t in reversed(range(steps)):
        dh = dh if dy is None else dh + dy[t]
        dc = dc + dh * cell_gain[t]
        gates[t] = torch.cat([dc, dh, dc, dc], -1) * local[t]
        dh, dc = gates[t] @ r, dc * f[t]
    dgates = torch.stack(gates)
    flat = dgates.flatten(0, 1)
    dw = flat.t() @ x.flatten(0, 1)
    dr = flat.t() @ previous_h.flatten(0, 1)
    return dgates @ w, dh, dc, dw, dr, flat.sum(0)


lstm.register_autograd(_gradient, setup_context=_save_for_gradient)


class LstmStack(nn.Module):
    """Stacked LSTM layers with given initial states for each layer."""

    def __init__(self, hidden: int, layers: int):
        super().__init__()
        self.layers = layers
        for layer in range(layers):
            for name, shape in (("w", (4 * hidden, hidden)), ("r", (4 * hidden, hidden)), ("b", (4 * hidden,))):
                self.register_parameter(f"{name}{layer}", uniform_parameter(shape, hidden))

    def forward(self, x: Tensor, states: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
        """x [steps, batch, hidden] and one (h, c) a layer to outputs of the same shape and the final states."""
        final = []
        for layer, (h0, c0) in enumerate(states):
            weights = [getattr(self, f"{name}{layer}") for name in "wrb"]
            x, h, c = torch.ops.argus.lstm(x, h0, c0, *weights)
            final.append((h, c))
        return x, final
