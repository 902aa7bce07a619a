"""Turns the public traces that may be used for shipping (asd, smd, datacentre) into the product's long-form Parquet.

python models/public_data.py --data DIR --out DIR [--seed N]

Their values are scaled to [0, 1] and mostly unnamed, so they keep their shapes and get plausible units: what the
network learns from them is how real series move, not how large they are. Licences are in docs/model-card.md.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

STEP = pd.Timedelta(minutes=5)
# The traces carry no dates; a Monday at midnight UTC stands in, so that their daily cycle stays whole.
START = pd.Timestamp("2026-01-05", tz="UTC")
SMD_MINUTES = 5
PERCENT = 100.0
# Largest values a network interface, a connection table and a run queue are scaled to.
NET_MB_S = (0.5, 60.0)
CONNECTIONS = (5.0, 400.0)
LOAD = (1.0, 24.0)
# Position of a column in the Server Machine Dataset, as published with it.
SMD_COLUMNS = {"cpu": 0, "load": 1, "mem": 5, "net_in": 18, "net_out": 19, "waiting": 22, "connections": 25}
# Each unnamed server is read as several, with other columns in other roles.
ASD_VIEWS = 3

Series = dict[str, np.ndarray]


def _frame(server: str, series: Series) -> pd.DataFrame:
    steps = len(next(iter(series.values())))
    index = pd.date_range(START, periods=steps, freq=STEP)
    columns = {name: np.asarray(values, dtype=np.float32) for name, values in series.items()}
    return pd.DataFrame({"timestamp": index, "server_name": server, "profile": "generic", **columns})


def _between(random: np.random.Generator, bounds: tuple[float, float]) -> float:
    """A scale drawn log-uniformly."""
    return float(np.exp(random.uniform(*np.log(bounds))))


def _with_cpu(series: Series, used_share: np.ndarray, system_share: float) -> Series:
    """Adds the CPU columns to a share of CPU in use."""
    used = PERCENT * np.clip(used_share, 0, 1)
    system = used * system_share
    return series | {"cpu_user_pct": used - system, "cpu_sys_pct": system, "cpu_idle_pct": PERCENT - used}


def _asd_view(values: np.ndarray, random: np.random.Generator) -> Series:
    """One reading of an unnamed server: columns drawn at random take the parts of named metrics."""
    columns = iter(random.permutation(values.shape[1]))

    def column(low: float, high: float) -> np.ndarray:
        return low + (high - low) * np.clip(values[:, next(columns)], 0, 1)

    level = random.uniform(0.1, 0.6)
    series = {
        "mem_used_pct": PERCENT * column(level, level + random.uniform(0.05, 0.35)),
        "net_in_mb_s": column(0, _between(random, NET_MB_S)),
        "net_out_mb_s": column(0, _between(random, NET_MB_S)),
        "load_average": column(0, _between(random, LOAD)),
        "front_close_wait": column(0, _between(random, CONNECTIONS)),
    }
    base = random.uniform(0, 0.2)
    return _with_cpu(series, column(base, base + random.uniform(0.1, 0.75)), random.uniform(0.05, 0.4))


def asd(folder: Path, random: np.random.Generator) -> list[pd.DataFrame]:
    """Application Server Dataset: 12 servers, 5-minute steps, 45 days."""
    frames = []
    for path in sorted(folder.glob("omi-*.npz")):
        with np.load(path) as parts:
            values = np.concatenate([parts["train"], parts["test"]])
        for view in range(ASD_VIEWS):
            frames.append(_frame(f"asd-{path.stem}-{view}", _asd_view(values, random)))
    return frames


def smd(folder: Path, random: np.random.Generator) -> list[pd.DataFrame]:
    """Server Machine Dataset: 4 machines, minutes averaged to 5-minute steps."""
    frames = []
    for path in sorted(folder.glob("machine-*.npz")):
        with np.load(path) as parts:
            minutes = np.concatenate([parts["train"], parts["test"]])
        steps = len(minutes) // SMD_MINUTES
        means = minutes[: steps * SMD_MINUTES].reshape(steps, SMD_MINUTES, -1).mean(1)
        column = {name: means[:, position] for name, position in SMD_COLUMNS.items()}
        series = {
            "mem_used_pct": PERCENT * np.clip(column["mem"], 0, 1),
            "net_in_mb_s": column["net_in"] * _between(random, NET_MB_S),
            "net_out_mb_s": column["net_out"] * _between(random, NET_MB_S),
            "load_average": column["load"] * _between(random, LOAD),
            "front_close_wait": column["waiting"] * _between(random, CONNECTIONS),
            "back_close_wait": column["connections"] * _between(random, CONNECTIONS),
        }
        frames.append(_frame(f"smd-{path.stem}", _with_cpu(series, column["cpu"], random.uniform(0.1, 0.3))))
    return frames


def datacentre(folder: Path, random: np.random.Generator) -> list[pd.DataFrame]:
    """Averages of whole data centres: Alibaba 2018, Azure v2, Google 2019."""
    alibaba = pd.read_csv(folder / "alibaba2018.csv")
    azure = pd.read_csv(folder / "azure_v2.csv")
    google = pd.read_csv(folder / "google2019.csv")
    network = _between(random, NET_MB_S) / PERCENT
    busiest, fullest = random.uniform(0.5, 0.9, size=2)
    readings = {
        "datacentre-alibaba": (
            alibaba["cpu_util_percent"] / PERCENT,
            {
                "mem_used_pct": alibaba["mem_util_percent"],
                "net_in_mb_s": alibaba["net_in"] * network,
                "net_out_mb_s": alibaba["net_out"] * network,
            },
        ),
        "datacentre-azure": (
            azure["cpu_usage"] / azure["cpu_usage"].max() * busiest,
            {"mem_used_pct": azure["assigned_mem"] / azure["assigned_mem"].max() * fullest * PERCENT},
        ),
        "datacentre-google": (google["avg_cpu"], {"mem_used_pct": google["avg_mem"] * PERCENT}),
    }
    return [
        _frame(name, _with_cpu({k: v.to_numpy() for k, v in series.items()}, cpu.to_numpy(), 0.2))
        for name, (cpu, series) in readings.items()
    ]


def convert(data: Path, out: Path, seed: int) -> list[Path]:
    """Writes asd.parquet, smd.parquet and datacentre.parquet; a metric a trace lacks has no value there."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for position, read in enumerate((asd, smd, datacentre)):
        # A stream for each trace: more of one does not change the others.
        random = np.random.default_rng([seed, position])
        frames = read(data / read.__name__, random)
        if not frames:
            raise FileNotFoundError(f"{data / read.__name__} holds none of the trace's files")
        path = out / f"{read.__name__}.parquet"
        pd.concat(frames, ignore_index=True).to_parquet(path, index=False)
        written.append(path)
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with asd, smd and datacentre")
    parser.add_argument("--out", type=Path, required=True, help="folder of the Parquet files")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for path in convert(options.data, options.out, options.seed):
        print(path)


if __name__ == "__main__":
    main()
