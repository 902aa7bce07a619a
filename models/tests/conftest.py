"""Graphs are tested as they are shipped: exporting them again takes minutes and is one test of its own."""

import sys
from pathlib import Path

import onnxruntime
import pytest
import torch

MODELS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(MODELS))

from argus_tft.bundle import write_files  # noqa: E402
from argus_tft.config import TrainingStep  # noqa: E402
from argus_tft.export import load_weights  # noqa: E402
from argus_tft.network import ArgusTft  # noqa: E402


@pytest.fixture(scope="session")
def shipped() -> tuple[Path, ArgusTft]:
    """The shipped bundle's folder, and the network of this source with the bundle's weights."""
    folder = MODELS / "bundles" / "default"
    model = ArgusTft().eval()
    load_weights(model, folder / "weights.bin")
    return folder, model


@pytest.fixture(scope="session")
def fresh(tmp_path_factory) -> tuple[Path, ArgusTft]:
    """The files beside the graphs, written for fresh weights, and the network they are of."""
    folder = tmp_path_factory.mktemp("bundle")
    torch.manual_seed(3)
    model = ArgusTft().eval()
    write_files(folder, model, TrainingStep())
    return folder, model


@pytest.fixture(scope="session")
def open_graph():
    """Opens a graph as the product does."""

    def open_file(path: Path) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.add_session_config_entry("optimization.disable_specified_optimizers", "SkipLayerNormFusion")
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    return open_file


@pytest.fixture
def model() -> ArgusTft:
    """A network with fresh weights, moved off the symmetric start of norms, biases and small heads."""
    torch.manual_seed(1)
    model = ArgusTft().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return model
