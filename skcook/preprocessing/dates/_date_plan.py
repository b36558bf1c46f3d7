"""The features of dates that come as cells of rows, not as columns of a frame."""

from typing import Any

import numpy as np
import pandas as pd

from skcook.base._flow import DoubtError
from skcook.exceptions import ExportRefused
from skcook.preprocessing.dates._date_parsing import Times, parse, unread
from skcook.preprocessing.dates._traced_calendar import traced_features

_UNITS = {"D": 86_400 * 10**9, "s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


class DatesOfCells:
    """Computes what `DateFeatures` makes of one column.

    Cells are strings, or nanoseconds since 1970 in UTC where the column's dtype is one of times.
    """

    def __init__(self, step: Any, name: str, dtype: str) -> None:
        self.step, self.name, self.dtype = step, name, dtype

    def __call__(self, cells: list[Any]) -> np.ndarray:
        times = self._times(cells) if self.dtype.startswith("datetime64") else self._parsed(cells)
        return np.column_stack(self.step._features_of_times(times))

    def traced(self, seconds: Any) -> Any:
        """Return the same as arithmetic on seconds since 1970, for an export."""
        if not self.dtype.startswith("datetime64"):
            raise ExportRefused(
                f"Column {self.name!r} holds dates as text, and formats of text have no "
                "operators: turn it into times (pandas.to_datetime) before the model."
            )
        zone = self.dtype.partition("[")[2].rstrip("]").partition(", ")[2]
        if zone not in ("", "UTC"):
            raise ExportRefused(
                f"Column {self.name!r} holds times of {zone}, whose rules have no operators: bring "
                "it to UTC, or to local times without a zone, before the model."
            )
        return traced_features(seconds, self.step.features, cyclical=self.step.cyclical)

    def _parsed(self, cells: list[Any]) -> Times:
        texts = np.empty(len(cells), dtype=object)
        texts[:] = cells
        times = parse(texts, self.step.formats_[self.name], self.name)
        if self.step.errors == "raise" and len(unread(times, texts)):
            raise DoubtError
        return times

    def _times(self, cells: list[Any]) -> Times:
        unit, _, zone = self.dtype.partition("[")[2].rstrip("]").partition(", ")
        missing, step = np.iinfo(np.int64).min, _UNITS[unit]
        counts = [missing if cell is None else cell // step for cell in cells]
        instants = np.array(counts, dtype=np.int64).view(f"datetime64[{unit}]")
        wall = instants
        if zone:
            local = pd.DatetimeIndex(instants).tz_localize("UTC").tz_convert(zone)
            wall = local.tz_localize(None).to_numpy()
        return Times(wall.astype("datetime64[us]"), instants.astype("datetime64[us]"))
