"""Makes a bundle with fresh weights: python -m argus_tft.export --out DIR [--weights weights.bin] [--seed N]."""

import argparse
import logging
from pathlib import Path

import numpy as np
import onnx
import torch

from .bundle import write_files
from .config import TrainingStep
from .graphs import forecast_graph, grad_graph, train_graph
from .network import ArgusTft
from .training_step import ordered_parameters


def load_weights(model: ArgusTft, path: Path) -> None:
    """Fills the parameters from a weights.bin.

    Raises ValueError when the file's length is not that of the parameters.
    """
    values = torch.from_numpy(np.fromfile(path, dtype="<f4").copy())
    named = ordered_parameters(model)
    expected = sum(p.numel() for _, p in named)
    if values.numel() != expected:
        raise ValueError(f"{path.name} holds {values.numel()} weights, the network has {expected}")
    parts = values.split([p.numel() for _, p in named])
    with torch.no_grad():
        for (_, parameter), part in zip(named, parts, strict=True):
            parameter.copy_(part.reshape(parameter.shape))


def export_bundle(out: Path, seed: int = 0, weights: Path | None = None) -> ArgusTft:
    """Writes a whole bundle into a folder, replacing the files that are there; returns the network it holds."""
    torch.manual_seed(seed)
    model = ArgusTft().eval()
    if weights is not None:
        load_weights(model, weights)
    settings = TrainingStep()
    out.mkdir(parents=True, exist_ok=True)
    graphs = {
        "forecast.onnx": forecast_graph(model),
        "grad.onnx": grad_graph(model),
        "train.onnx": train_graph(model, settings),
    }
    for name, graph in graphs.items():
        (out / name).write_bytes(graph.SerializeToString())
    write_files(out, model, settings)
    for name in graphs:
        onnx.checker.check_model(str(out / name))
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    parser.add_argument("--weights", type=Path, help="take the weights from this weights.bin")
    parser.add_argument("--seed", type=int, default=0, help="seed of fresh weights")
    options = parser.parse_args()
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    export_bundle(options.out, options.seed, options.weights)
    size = sum(p.stat().st_size for p in options.out.iterdir())
    print(f"{options.out}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
