"""One column of documents in every container."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

TEXTS = ["One", "two TWO", ""]


def objects(values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "array of objects": objects,
    "array of str": np.array,
    "pandas str": lambda v: pd.Series(v, index=[3, 1, 3], name="t", dtype="str"),
    "pandas object": lambda v: pd.Series(v, index=[3, 1, 3], name="t", dtype=object),
    "pandas string": lambda v: pd.Series(v, index=[3, 1, 3], name="t", dtype="string"),
    "pandas string[python]": lambda v: pd.Series(v, dtype=pd.StringDtype("python")),
    "pandas category": lambda v: pd.Series(v, dtype="category"),
    "pandas arrow": lambda v: pd.Series(
        v, dtype=pd.ArrowDtype(pytest.importorskip("pyarrow").string())
    ),
    "polars": lambda v: pl.Series("t", v, dtype=pl.String),
    "polars categorical": lambda v: pl.Series("t", v, dtype=pl.Categorical),
}
