"""One export for all tests: it takes about a minute."""

import sys
from pathlib import Path

import onnxruntime
import pytest
import torch

MODELS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(MODELS))

from argus_tft.config import TrainingStep  # noqa: E402
from argus_tft.export import export_bundle  # noqa: E402
from argus_tft.network import ArgusTft  # noqa: E402


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """A folder with a fresh bundle, and the network it was made from."""
    folder = tmp_path_factory.mktemp("bundle")
    return folder, export_bundle(folder, seed=3)


@pytest.fixture(scope="session")
def session(exported):
    """Opens a graph of the exported bundle as the product does."""
    folder, _ = exported

    def open_graph(name: str) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.add_session_config_entry("optimization.disable_specified_optimizers", "SkipLayerNormFusion")
        return onnxruntime.InferenceSession(str(folder / name), options, providers=["CPUExecutionProvider"])

    return open_graph


@pytest.fixture
def model() -> ArgusTft:
    """A network with fresh weights, moved off the symmetric start of norms, biases and small heads."""
    torch.manual_seed(1)
    model = ArgusTft().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return model


@pytest.fixture
def settings() -> TrainingStep:
    return TrainingStep()
