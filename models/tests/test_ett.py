"""The benchmark adapter's split, scaling and windows, and that it never looks ahead."""

import numpy as np
import pandas as pd
import pytest
import torch

import ett

MONTHS = sum(ett.MONTHS.values())


def write(folder, name: str, step: str) -> np.ndarray:
    day = pd.Timedelta(days=1) // pd.Timedelta(step)
    # The published files go on for some months after the test part.
    rows = (MONTHS + 1) * ett.MONTH_DAYS * day
    random = np.random.default_rng(1)
    phase = np.arange(rows)[:, None] / day * 2 * np.pi
    values = np.sin(phase) * np.arange(1, 8) + random.normal(size=(rows, 7)) + np.arange(rows)[:, None] / rows
    frame = pd.DataFrame(values, columns=list("abcdefg"))
    frame.insert(0, "date", pd.date_range("2016-07-01", periods=rows, freq=step))
    frame.to_csv(folder / f"{name}.csv", index=False)
    return values


@pytest.fixture(scope="module")
def hourly(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ett")
    values = write(folder, "ETTh1", "1h")
    return ett.load(folder / "ETTh1.csv"), values


@pytest.fixture(scope="module")
def network(hourly):
    torch.manual_seed(0)
    model = ett.EttNetwork(ett.ARCHITECTURE, hourly[0].day_steps)
    with torch.no_grad():
        model.cycle.normal_()
    return model.eval()


def test_hourly_windows_are_those_of_the_published_split(hourly):
    data, _ = hourly
    assert (data.name, data.day_steps) == ("ETTh1", 24)
    assert [len(data.part(p)) for p in ("train", "validation", "test")] == [8449, 2785, 2785]
    # The first validation window forecasts the first step after the training part, and looks back into it.
    assert data.part("train")[0] == ett.LOOKBACK
    assert data.part("train")[-1] + ett.HORIZON == 8640
    assert data.part("validation")[0] == 8640
    assert data.part("validation")[-1] + ett.HORIZON == data.part("test")[0] == 8640 + 2880
    assert data.part("test")[-1] + ett.HORIZON == 8640 + 5760


def test_quarter_hourly_windows_are_those_of_the_published_split(tmp_path):
    write(tmp_path, "ETTm1", "15min")
    data = ett.load(tmp_path / "ETTm1.csv")
    assert data.day_steps == 96
    assert [len(data.part(p)) for p in ("train", "validation", "test")] == [34369, 11425, 11425]


def test_values_are_scaled_by_the_training_part_alone(hourly):
    data, values = hourly
    trained = data.values[:8640].double()
    assert trained.mean(0).abs().max() < 1e-5
    assert (trained.std(0, correction=0) - 1).abs().max() < 1e-4
    expected = (values - values[:8640].mean(0)) / values[:8640].std(0)
    np.testing.assert_allclose(data.values.numpy(), expected, atol=1e-5)


def test_windows_lie_around_their_origin(hourly):
    data, _ = hourly
    values, calendar, phase = data.windows(torch.tensor([500]))
    torch.testing.assert_close(values[0], data.values[404:596].T)
    assert calendar.shape == (1, ett.PATCHES, 8) and phase[0, ett.LOOKBACK] == 500 % 24
    torch.testing.assert_close(calendar[0, 12], data.calendar[500])


def test_the_calendar_is_that_of_the_clock(hourly):
    data, _ = hourly
    # 1 July 2016 was a Friday: 24 hours later it is Saturday noon at step 36.
    sin_day, cos_day, *_, weekend, holiday = data.calendar[36].tolist()
    assert (round(sin_day, 6), cos_day, weekend, holiday) == (0, -1, 1, 0)
    assert data.calendar[12, 6] == 0


@pytest.mark.parametrize("origin", [96, 8640, 12000])
def test_what_comes_after_an_origin_changes_no_forecast(hourly, network, origin):
    data, _ = hourly
    values = data.values.clone()
    values[origin:] = 1e3
    changed = ett.Dataset(data.name, data.day_steps, values, data.calendar, data.phase)
    with torch.no_grad():
        forecast = ett.quantiles_at(network, data, torch.tensor([origin]))
        assert torch.equal(forecast, ett.quantiles_at(network, changed, torch.tensor([origin])))
        values[origin - 1] += 1
        assert not torch.equal(forecast, ett.quantiles_at(network, changed, torch.tensor([origin])))
    assert forecast.shape == (1, 7, 96, 9)
    assert (forecast.diff(dim=-1) >= 0).all()


def test_only_the_96_newest_steps_are_seen(hourly, network):
    data, _ = hourly
    values = data.values.clone()
    values[: 1000 - ett.LOOKBACK] = 1e3
    changed = ett.Dataset(data.name, data.day_steps, values, data.calendar, data.phase)
    with torch.no_grad():
        origins = torch.tensor([1000])
        assert torch.equal(ett.quantiles_at(network, data, origins), ett.quantiles_at(network, changed, origins))


def test_a_members_noise_covers_every_dropout(network):
    assert network.noise_columns() == count_columns(network)


def count_columns(network) -> int:
    used = []
    original = ett.NoiseDropout.__call__

    def counted(self, x):
        used.append(x.shape[-1])
        return original(self, x)

    ett.NoiseDropout.__call__ = counted
    try:
        with torch.no_grad():
            network(torch.zeros(1, 7, 96), torch.zeros(1, 24, 8), torch.zeros(1, 192, dtype=torch.int64))
    finally:
        ett.NoiseDropout.__call__ = original
    return sum(used)


@pytest.fixture
def one_thread():
    """As the command trains: several threads add up in another order each time."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_training_is_repeatable_and_beats_the_last_value(hourly, one_thread):
    data, _ = hourly
    recipe = ett.Recipe(epochs=2, windows_per_epoch=640, validation_stride=50)
    members = [ett.train_member(data, recipe, seed=3) for _ in range(2)]
    for a, b in zip(members[0].parameters(), members[1].parameters(), strict=True):
        assert torch.equal(a, b)
    origins = torch.tensor(data.part("validation"))
    values = data.windows(origins)[0]
    last = (values[..., ett.LOOKBACK :] - values[..., ett.LOOKBACK - 1, None]).abs().mean()
    assert ett.score(members[:1], data, "validation")["mae"] < last


def test_scores_average_the_members_quantiles(hourly):
    data, _ = hourly

    class Constant(torch.nn.Module):
        def __init__(self, value: float):
            super().__init__()
            self.value = value

        def forward(self, past, calendar, phase, noise=None):
            return torch.full((*past.shape[:2], ett.HORIZON, 9), self.value)

    origins = torch.tensor(data.part("test"))
    actual = data.windows(origins)[0][..., ett.LOOKBACK :].double()
    found = ett.score([Constant(1.0), Constant(2.0)], data, "test")
    assert found["mse"] == pytest.approx(((actual - 1.5) ** 2).mean().item(), rel=1e-4)
    assert found["mae"] == pytest.approx((actual - 1.5).abs().mean().item(), rel=1e-4)
