"""Writes a bundle's files around its graphs, as docs/model-bundle.md describes them."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch

from . import config
from .config import Architecture, TrainingStep
from .graphs import (
    FORECAST_INPUTS,
    FORECAST_OUTPUTS,
    WEIGHTS_FILE,
    example_batch,
    flat_parameters,
    parameter_offsets,
)
from .network import CALENDAR_COUNT, METRIC_COUNT, QUANTILE_COUNT, TARGET_COUNT, ArgusTft
from .training_step import ordered_parameters

GOLDEN_WINDOWS = 6
GOLDEN_SEED = 7
MINIMUM_ONNXRUNTIME = "1.22.0"
PATCHES = config.CONTEXT_PATCHES + config.HORIZON_PATCHES
OUTPUT_SHAPES = (
    (TARGET_COUNT, config.HORIZON_STEPS, QUANTILE_COUNT),
    (config.HORIZON_PATCHES, PATCHES),
    (config.CONTEXT_PATCHES, METRIC_COUNT),
)
INPUT_SHAPES = ((config.WINDOW_STEPS, METRIC_COUNT), (PATCHES, CALENDAR_COUNT), (), ())


def _unit(name: str) -> str:
    if config.is_percent(name):
        return "%"
    units = {"net_in_mb_s": "MB/s", "net_out_mb_s": "MB/s", "load_average": "load", "uptime_days": "days"}
    return units.get(name, "connections")


def manifest(model: ArgusTft, settings: TrainingStep, identity: str) -> dict:
    """manifest.json without its list of files."""
    arch = model.arch
    parameters = ordered_parameters(model)
    offsets = parameter_offsets(model)
    return {
        "format": 1,
        "id": f"argus-tft-{identity}",
        "created": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "architecture": {
            "name": "argus-tft",
            "hidden": arch.hidden,
            "heads": arch.heads,
            "lstm_layers": arch.lstm_layers,
            "patch_steps": config.PATCH_STEPS,
            "dropout": arch.dropout,
            "parameter_count": sum(p.numel() for _, p in parameters),
        },
        "window_steps": config.WINDOW_STEPS,
        "context_steps": config.CONTEXT_STEPS,
        "horizon_steps": config.HORIZON_STEPS,
        "step_seconds": config.STEP_SECONDS,
        "metrics": config.METRICS,
        "targets": config.TARGETS,
        "quantiles": config.QUANTILES,
        "profiles": config.PROFILES,
        "server_hash": {
            "algorithm": config.SERVER_HASH_ALGORITHM,
            "seed": config.SERVER_HASH_SEED,
            "buckets": config.SERVER_BUCKETS,
        },
        "calendar": config.CALENDAR,
        "inputs": [
            {"name": name, "type": "float32" if shape else "int64", "shape": ["batch", *shape]}
            for name, shape in zip(FORECAST_INPUTS, INPUT_SHAPES, strict=True)
        ],
        "outputs": [
            {"name": name, "type": "float32", "shape": ["batch", *shape]}
            for name, shape in zip(FORECAST_OUTPUTS, OUTPUT_SHAPES, strict=True)
        ],
        "minimum_onnxruntime": MINIMUM_ONNXRUNTIME,
        "parameters": [
            {"name": name, "shape": list(p.shape), "offset": offsets[name], "init": p.init_spec}
            for name, p in parameters
        ],
        "training": {
            "batch": settings.batch,
            "noise_columns": model.noise_columns(),
            "weight_decay": settings.weight_decay,
            "clip_norm": settings.clip_norm,
        },
        "golden": {"absolute_tolerance": 0.001, "relative_tolerance": 0.001},
        "scores": {},
    }


def golden(model: ArgusTft) -> bytes:
    """golden.bin: uint32 length of a JSON header, the header, then its arrays; one of the windows is short."""
    window, calendar, profile, server = example_batch(GOLDEN_WINDOWS, GOLDEN_SEED)
    window[1, :-48] = torch.nan
    window[2, :, 4:8] = torch.nan
    with torch.no_grad():
        quantiles = model.eval()(window, calendar, profile, server)[0]
    arrays = {
        "window": window.numpy(),
        "calendar": calendar.numpy(),
        "profile": profile.numpy().astype("<i4"),
        "server": server.numpy().astype("<i4"),
        "quantiles": quantiles.numpy(),
    }
    layout = [{"name": name, "type": str(array.dtype), "shape": list(array.shape)} for name, array in arrays.items()]
    header = json.dumps({"format": 1, "count": GOLDEN_WINDOWS, "arrays": layout}).encode()
    header = header.ljust(-(-len(header) // 4) * 4)
    return np.uint32(len(header)).tobytes() + header + b"".join(a.tobytes() for a in arrays.values())


def _settings(arch: Architecture) -> dict[str, dict]:
    """The descriptive JSON files by name."""
    return {
        "config.json": {
            "architecture": "argus-tft",
            **vars(arch),
            "patch_steps": config.PATCH_STEPS,
            "context_steps": config.CONTEXT_STEPS,
            "horizon_steps": config.HORIZON_STEPS,
            "quantiles": config.QUANTILES,
        },
        "server_mapping.json": {
            "algorithm": config.SERVER_HASH_ALGORITHM,
            "seed": config.SERVER_HASH_SEED,
            "buckets": config.SERVER_BUCKETS,
            "unknown_server": 0,
            "profiles": config.PROFILES,
        },
        "dataset_parameters.json": {
            "step_seconds": config.STEP_SECONDS,
            "window_steps": config.WINDOW_STEPS,
            "metrics": [{"name": m, "unit": _unit(m)} for m in config.METRICS],
            "targets": [
                {"name": t, "unit": _unit(t), "metric": config.METRICS[m]}
                for t, m in zip(config.TARGETS, config.TARGET_METRICS, strict=True)
            ],
            "calendar": config.CALENDAR,
            "missing": "NaN",
            "scaling": "per window, inside the graph: asinh((x - mean) / (1.2533 mean absolute deviation + floor))",
            "scale_floors": config.scale_floors(),
        },
    }


def write_files(folder: Path, model: ArgusTft, settings: TrainingStep) -> None:
    """Writes everything but the graphs, then the manifest with the checksums of all files in the folder."""
    weights = flat_parameters(model).numpy().astype("<f4").tobytes()
    (folder / WEIGHTS_FILE).write_bytes(weights)
    (folder / "optimizer.bin").write_bytes(bytes(2 * len(weights)))
    (folder / "golden.bin").write_bytes(golden(model))
    for name, content in _settings(model.arch).items():
        (folder / name).write_text(json.dumps(content, indent=2) + "\n")
    content = manifest(model, settings, hashlib.sha256(weights).hexdigest()[:12])
    names = sorted(p.name for p in folder.iterdir() if p.name not in ("manifest.json", "manifest.sha256"))
    content["files"] = {name: _digest(folder / name) for name in names}
    text = json.dumps(content, indent=2) + "\n"
    (folder / "manifest.json").write_text(text)
    checksum = hashlib.sha256(text.encode()).hexdigest()
    (folder / "manifest.sha256").write_text(f"{checksum}  manifest.json\n")


def _digest(path: Path) -> dict:
    data = path.read_bytes()
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
