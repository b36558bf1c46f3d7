import numpy as np
import pandas as pd
import polars as pl
import pytest

from skcook.recommend._recommendations import container_for, frame_of, write_frames


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_a_taken_name_gets_an_underscore(container):
    frame = frame_of([("a", [1]), ("a", ["x"]), ("a", [2.0])], container)
    assert type(frame).__module__.startswith(container)
    assert list(frame.columns) == ["a", "a_", "a__"]


@pytest.mark.parametrize(
    ("values", "fitted", "expected"),
    [
        ([1], "pandas", "pandas"),
        ([1], "numpy", "pandas"),
        ([1], "polars", "polars"),
        (np.array([1]), "polars", "polars"),
        (pd.Series([1]), "polars", "pandas"),
        (pl.Series([1]), "pandas", "polars"),
    ],
)
def test_the_container_is_that_of_the_question_then_that_of_fit(values, fitted, expected):
    assert container_for(values, fitted) == expected


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_failure_leaves_no_file(tmp_path, suffix):
    def frames():
        yield pd.DataFrame({"a": [1]})
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        write_frames(frames(), tmp_path / f"out{suffix}")
    assert list(tmp_path.iterdir()) == []
