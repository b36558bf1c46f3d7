"""The calendar's features are those of pandas."""

import numpy as np
import pandas as pd

from skcook.preprocessing.dates._calendar import PERIODS, calendar_features


def test_every_feature_is_that_of_pandas():
    days = pd.date_range("1895-12-20", "2105-01-10", freq="19h")
    wall = days.to_numpy().astype("datetime64[us]")
    out = calendar_features(wall, wall, PERIODS)
    expected = {name: getattr(days, name, None) for name in PERIODS}
    expected["week"] = days.isocalendar()["week"].to_numpy()
    expected["is_weekend"] = days.day_of_week >= 5
    expected["days_since_epoch"] = (days - pd.Timestamp(0)) / pd.Timedelta("1D")
    for name, values in out.items():
        np.testing.assert_array_equal(values, np.asarray(expected[name], dtype=float), name)
        assert values.dtype == (np.float64 if name == "days_since_epoch" else np.float32)


def test_missing_times_have_no_features():
    wall = np.array(["NaT", "2024-02-29"], dtype="datetime64[us]")
    for values in calendar_features(wall, wall, PERIODS).values():
        assert np.isnan(values[0])
        assert not np.isnan(values[1])
