"""An exported model, run as those who get the file run it."""

import numpy as np
import onnxruntime
import pandas as pd

from skcook import export
from skcook.artifacts import Schema


def run(proto, frame):
    """Return the answers of an ONNX model to a frame, by name."""
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    given = {}
    for field in session.get_inputs():
        column = frame[field.name]
        if field.type == "tensor(string)":
            cells = [["" if pd.isna(cell) else cell] for cell in column]
            given[field.name] = np.array(cells, dtype=object).reshape(-1, 1)
        elif column.dtype.kind == "m":
            given[field.name] = column.dt.total_seconds().to_numpy(np.float64)[:, None]
        elif column.dtype.kind == "M":
            times = column.dt.tz_localize(None) if column.dt.tz is not None else column
            seconds = (times - pd.Timestamp("1970-01-01")) / pd.Timedelta(seconds=1)
            given[field.name] = seconds.to_numpy(np.float64)[:, None]
        else:
            cells = [np.nan if pd.isna(cell) else float(cell) for cell in column]
            given[field.name] = np.array(cells)[:, None]
    names = [field.name for field in session.get_outputs()]
    return dict(zip(names, session.run(names, given), strict=True))


def assert_same(model, X, rows=None, *, near=1e-9):
    """Export a model, and compare what it answers to rows that no check has seen."""
    proto = export.to_onnx(model, Schema.capture(X, model), X)
    rows = X if rows is None else rows
    got = run(proto, rows)
    kept = ~got["refused"]
    assert kept.any()
    for method in [name for name in got if name != "refused"]:
        expected = getattr(model, method)(rows[kept])
        assert expected.shape == got[method][kept].shape
        if expected.dtype.kind == "f":
            np.testing.assert_allclose(got[method][kept], expected, rtol=near, atol=near)
        else:
            assert got[method][kept].tolist() == expected.tolist()
    return got
