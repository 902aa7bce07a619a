"""The catalog the network is built for, and the architecture's sizes.

The tables repeat backend/src/catalog; tests/test_catalog.py fails when the two disagree.
"""

from dataclasses import dataclass

WINDOW_STEPS = 288
CONTEXT_STEPS = 96
HORIZON_STEPS = 96
STEP_SECONDS = 300
PATCH_STEPS = 8
CONTEXT_PATCHES = CONTEXT_STEPS // PATCH_STEPS
HORIZON_PATCHES = HORIZON_STEPS // PATCH_STEPS

METRICS = (
    "cpu_user_pct",
    "cpu_sys_pct",
    "cpu_iowait_pct",
    "cpu_idle_pct",
    "java_cpu_pct",
    "mem_used_pct",
    "swap_used_pct",
    "disk_usage_pct",
    "net_in_mb_s",
    "net_out_mb_s",
    "back_close_wait",
    "front_close_wait",
    "load_average",
    "uptime_days",
)
# Inside the network idle CPU is turned into used CPU, so that every target equals one channel.
COMPLEMENTED_METRIC = METRICS.index("cpu_idle_pct")

TARGETS = (
    "cpu_used_pct",
    "mem_used_pct",
    "swap_used_pct",
    "disk_usage_pct",
    "net_in_mb_s",
    "net_out_mb_s",
    "back_close_wait",
    "front_close_wait",
    "load_average",
)
TARGET_METRICS = (3, 5, 6, 7, 8, 9, 10, 11, 12)
PERCENT_MAX = 100.0

QUANTILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
MEDIAN = QUANTILES.index(0.5)

PROFILES = (
    "database",
    "ml_compute",
    "web_api",
    "conductor",
    "etl",
    "risk_analytics",
    "generic",
)

CALENDAR = (
    "sin_day",
    "cos_day",
    "sin_half_day",
    "cos_half_day",
    "sin_week",
    "cos_week",
    "weekend",
    "holiday",
)

SERVER_HASH_ALGORITHM = "fnv1a32"
SERVER_HASH_SEED = 0
SERVER_BUCKETS = 256

# A change smaller than this is noise in the metric's unit; it keeps the scale of a flat series away from zero.
SCALE_FLOOR = {
    "percent": 0.1,
    "net_in_mb_s": 0.002,
    "net_out_mb_s": 0.002,
    "back_close_wait": 0.5,
    "front_close_wait": 0.5,
    "load_average": 0.02,
    "uptime_days": 0.01,
}


def is_percent(metric: str) -> bool:
    """Whether a metric or target is bounded by 0 and 100."""
    return metric.endswith("_pct")


def scale_floors() -> list[float]:
    """Smallest scale of each metric, in its own unit, in catalog order."""
    return [SCALE_FLOOR["percent" if is_percent(m) else m] for m in METRICS]


def target_maxima() -> list[float]:
    """Upper bound of each target; float32's near-maximum where there is none."""
    return [PERCENT_MAX if is_percent(t) else 3e38 for t in TARGETS]


@dataclass(frozen=True)
class Architecture:
    """Sizes of the network. Changing one makes a new, incompatible weights.bin."""

    hidden: int = 64
    heads: int = 4
    lstm_layers: int = 2
    variable_hidden: int = 32
    local_hidden: int = 128
    server_embedding: int = 8
    dropout: float = 0.1


@dataclass(frozen=True)
class TrainingStep:
    """Constants of the exported training step."""

    batch: int = 64
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    beta1: float = 0.9
    beta2: float = 0.999
    # The exporter drops an epsilon of 1e-8.
    epsilon: float = 1e-7
