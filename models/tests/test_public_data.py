"""The converter of public traces, on small made-up ones."""

import numpy as np
import pandas as pd
import pytest

from argus_tft import config
from public_data import convert

COLUMNS = {"timestamp", "server_name", "profile"}


@pytest.fixture
def traces(tmp_path):
    random = np.random.default_rng(0)
    for folder in ("asd", "smd", "datacentre"):
        (tmp_path / folder).mkdir()
    np.savez(tmp_path / "asd" / "omi-1.npz", train=random.random((50, 19)), test=random.random((20, 19)))
    np.savez(tmp_path / "smd" / "machine-1-1.npz", train=random.random((52, 38)), test=random.random((51, 38)))
    share = pd.DataFrame(random.random((30, 5)))
    for name, header in {
        "alibaba2018": "cpu_util_percent mem_util_percent net_in net_out disk_io_percent",
        "azure_v2": "timestamp cpu_usage assigned_mem",
        "google2019": "avg_cpu avg_mem avg_assigned_mem avg_cycles_per_instruction",
    }.items():
        names = header.split()
        share.iloc[:, : len(names)].set_axis(names, axis=1).to_csv(tmp_path / "datacentre" / f"{name}.csv", index=False)
    return tmp_path


def test_traces_become_five_minute_rows_of_known_metrics_inside_their_range(traces, tmp_path):
    for path in convert(traces, tmp_path / "out", seed=1):
        frame = pd.read_parquet(path)
        metrics = [c for c in frame.columns if c not in COLUMNS]
        assert set(frame.columns) >= COLUMNS and set(metrics) <= set(config.METRICS)
        assert set(frame["profile"]) == {"generic"}
        for _, server in frame.groupby("server_name"):
            assert (server["timestamp"].diff().dropna() == pd.Timedelta(minutes=5)).all()
        for metric in metrics:
            values = frame[metric].dropna()
            assert (values >= 0).all() and (not config.is_percent(metric) or (values <= 100).all())


def test_the_same_seed_gives_the_same_data_and_another_seed_other_data(traces, tmp_path):
    first, again, other = (
        pd.read_parquet(convert(traces, tmp_path / str(i), seed)[0]) for i, seed in enumerate((1, 1, 2))
    )
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_minutes_are_averaged_to_steps(traces, tmp_path):
    frame = pd.read_parquet(convert(traces, tmp_path / "out", seed=1)[1])
    with np.load(traces / "smd" / "machine-1-1.npz") as parts:
        minutes = np.concatenate([parts["train"], parts["test"]])
    assert len(frame) == len(minutes) // 5
    assert frame["mem_used_pct"].iloc[0] == pytest.approx(100 * minutes[:5, 5].mean(), rel=1e-4)


def test_a_folder_without_a_trace_is_refused(traces, tmp_path):
    (traces / "smd" / "machine-1-1.npz").unlink()
    with pytest.raises(FileNotFoundError, match="smd"):
        convert(traces, tmp_path / "out", seed=1)
