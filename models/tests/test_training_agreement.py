"""train.onnx against training as anybody writes it in PyTorch: a module, torch.optim.AdamW, clip_grad_norm_."""

import numpy as np
import pytest
import torch

from argus_tft.config import TrainingStep
from argus_tft.graphs import TRAIN_INPUTS, train_inputs
from argus_tft.network import ArgusTft
from argus_tft.training_step import is_decayed, ordered_parameters, training_loss

STEPS = 200
# The top of the one-cycle schedule of a run in earnest, held throughout.
LEARNING_RATE = 2e-3
# Relative difference of the losses at any step. Both run in float32 and round differently; 5.5e-6 was measured.
TOLERANCE = 5e-5
# Where the batch and its noise stand in the graph's inputs.
BATCH = slice(5, None)


class PytorchTraining:
    def __init__(self, model: ArgusTft, settings: TrainingStep):
        self.model = model
        self.clip_norm = settings.clip_norm
        named = ordered_parameters(model)
        self.optimizer = torch.optim.AdamW(
            [
                {"params": [p for n, p in named if is_decayed(n)], "weight_decay": settings.weight_decay},
                {"params": [p for n, p in named if not is_decayed(n)], "weight_decay": 0.0},
            ],
            lr=LEARNING_RATE,
            betas=(settings.beta1, settings.beta2),
            eps=settings.epsilon,
        )

    def step(self, batch: tuple[torch.Tensor, ...]) -> float:
        self.optimizer.zero_grad()
        loss = training_loss(self.model, *batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip_norm)
        self.optimizer.step()
        return loss.item()


class GraphTraining:
    def __init__(self, graph, model: ArgusTft, settings: TrainingStep):
        self.graph = graph
        given = dict(zip(TRAIN_INPUTS, train_inputs(model, settings), strict=True))
        self.inputs = {name: value.numpy().copy() for name, value in given.items()}
        self.inputs["learning_rate"] = np.array(LEARNING_RATE, np.float32)

    def step(self, number: int, batch: tuple[torch.Tensor, ...]) -> float:
        self.inputs |= {n: v.numpy() for n, v in zip(TRAIN_INPUTS[BATCH], batch, strict=True)}
        self.inputs["step"] = np.array(number, np.float32)
        loss, _, *moved = self.graph.run(None, self.inputs)
        self.inputs |= dict(zip(TRAIN_INPUTS[:3], moved, strict=True))
        return float(loss)


@pytest.mark.slow
def test_losses_agree_with_pytorch_for_200_steps_from_fresh_weights(shipped, open_graph):
    folder, _ = shipped
    settings = TrainingStep()
    torch.manual_seed(7)
    model = ArgusTft().eval()
    graph = GraphTraining(open_graph(folder / "train.onnx"), model, settings)
    pytorch = PytorchTraining(model, settings)
    losses, differences = [], []
    for number in range(1, STEPS + 1):
        batch = train_inputs(model, settings, seed=number)[BATCH]
        expected = pytorch.step(batch)
        losses.append(graph.step(number, batch))
        differences.append(abs(losses[-1] - expected) / expected)
    print(f"largest relative difference of the loss in {STEPS} steps: {max(differences):.2e}")
    assert max(differences) < TOLERANCE
    assert losses[-1] < 0.5 * losses[0], "it has learned something meanwhile"
