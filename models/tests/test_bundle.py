"""The bundle's files around its graphs, and the catalog they share with the backend."""

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from argus_tft import config
from argus_tft.export import load_weights
from argus_tft.network import ArgusTft
from argus_tft.scaling import to_targets
from argus_tft.training_step import is_decayed, ordered_parameters

CATALOG = Path(__file__).resolve().parents[2] / "backend" / "src" / "catalog"


def manifest(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text())


def catalog_names(file: str, table: str) -> tuple[str, ...]:
    """Names in one of the backend's tables, read from its source."""
    text = (CATALOG / file).read_text()
    body = text[text.index(f"const {table} = [") :]
    body = body[: body.index("] as const")]
    return tuple(re.findall(r"(?:name: |percent\(|atLeastZero\()'(\w+)'", body))


def test_catalog_equals_that_of_the_backend():
    assert catalog_names("metrics.ts", "METRICS") == config.METRICS
    assert catalog_names("targets.ts", "TARGETS") == config.TARGETS
    assert catalog_names("profiles.ts", "PROFILES") == config.PROFILES


def test_every_target_is_the_metric_of_its_name_but_used_cpu():
    metrics = [config.METRICS[m] for m in config.TARGET_METRICS]
    assert metrics == ["cpu_idle_pct", *config.TARGETS[1:]]
    position = torch.arange(len(config.METRICS)).expand(1, -1)
    assert to_targets(position).tolist() == [list(config.TARGET_METRICS)]


def test_manifest_lists_every_file_with_its_checksum(fresh):
    folder, _ = fresh
    files = manifest(folder)["files"]
    assert set(files) == {p.name for p in folder.iterdir()} - {"manifest.json", "manifest.sha256"}
    for name, entry in files.items():
        data = (folder / name).read_bytes()
        assert entry == {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def test_parameters_lie_end_to_end_and_start_as_the_manifest_says(fresh):
    folder, _ = fresh
    weights = np.fromfile(folder / "weights.bin", "<f4")
    position = 0
    for entry in manifest(folder)["parameters"]:
        size = int(np.prod(entry["shape"]))
        assert entry["offset"] == 4 * position
        values = weights[position : position + size]
        position += size
        init = entry["init"]
        if init["kind"] == "uniform":
            assert np.abs(values).max() <= init["bound"] * 1.0001
            assert values.std() == pytest.approx(init["bound"] / 3**0.5, rel=0.3)
        elif init["kind"] == "normal":
            assert values.std() == pytest.approx(init["std"], rel=0.3)
        else:
            assert (values == {"zeros": 0, "ones": 1}[init["kind"]]).all()
    assert position == len(weights)


def test_golden_forecasts_are_those_of_the_graph(shipped, open_graph):
    folder, _ = shipped
    data = (folder / "golden.bin").read_bytes()
    length = int(np.frombuffer(data[:4], "<u4")[0])
    header = json.loads(data[4 : 4 + length])
    arrays, at = {}, 4 + length
    for entry in header["arrays"]:
        size = 4 * int(np.prod(entry["shape"]))
        arrays[entry["name"]] = np.frombuffer(data[at : at + size], entry["type"]).reshape(entry["shape"])
        at += size
    assert at == len(data)
    expected = arrays.pop("quantiles")
    arrays |= {name: arrays[name].astype(np.int64) for name in ("profile", "server")}
    (found,) = open_graph(folder / "forecast.onnx").run(["quantiles"], arrays)
    tolerance = manifest(folder)["golden"]
    np.testing.assert_allclose(
        found, expected, atol=tolerance["absolute_tolerance"], rtol=tolerance["relative_tolerance"]
    )


def test_weights_are_loaded_where_they_were_written(fresh):
    folder, model = fresh
    other = ArgusTft()
    load_weights(other, folder / "weights.bin")
    for (_, a), (_, b) in zip(ordered_parameters(model), ordered_parameters(other), strict=True):
        assert torch.equal(a, b)


def test_weights_of_another_size_are_refused(tmp_path):
    path = tmp_path / "weights.bin"
    np.zeros(10, "<f4").tofile(path)
    with pytest.raises(ValueError, match="holds 10 weights"):
        load_weights(ArgusTft(), path)


def test_only_matrices_decay():
    for name, parameter in ordered_parameters(ArgusTft()):
        if is_decayed(name):
            assert parameter.dim() >= 2
        assert is_decayed(name) == name.endswith((".weight", ".w0", ".w1", ".r0", ".r1"))
