"""A plan knows the dtypes of columns by what they hold, whichever library keeps them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from skcook import plan
from skcook import preprocessing as prep
from skcook.artifacts import Schema
from skcook.models import tabular_pipeline


def people(n=60, *, holes=False):
    random = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "children": pd.Series(random.integers(0, 9, n), dtype="Int64"),
            "income": random.normal(size=n),
            "owns": pd.Series(random.random(n) > 0.5, dtype="boolean"),
            "town": random.choice(list("abc"), n),
            "since": pd.to_datetime("2024-01-01")
            + pd.to_timedelta(random.integers(0, 400, n), "D"),
        }
    )
    if holes:
        for j in range(X.shape[1]):
            X.iloc[3 * j, j] = None
    return X, random.integers(0, 2, n)


def same_answers(model, X):
    schema = Schema.capture(X, model)
    quick = plan.compile(model, schema, X)
    found = quick.predict_proba(schema.to_records(X))
    np.testing.assert_allclose(found, model.predict_proba(X), rtol=1e-12)


@pytest.mark.parametrize("holes", [False, True], ids=["full", "holes"])
@pytest.mark.parametrize("backend", ["pyarrow", "numpy_nullable"])
def test_frames_of_arrow_have_a_plan(backend, holes):
    X, y = people(holes=holes)
    X = X.convert_dtypes(dtype_backend=backend)
    encoder, tree = prep.OneHotEncoder(sparse_output=False), DecisionTreeClassifier(max_depth=5)
    fills = prep.NumericImputer(), prep.CategoricalImputer(), prep.DateFeatures()
    model = make_pipeline(*fills, encoder, prep.NumericImputer(), tree)
    same_answers(model.fit(X, y), X)


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([3, 1, None, 2] * 10, dtype="category"),
        pd.Series([0.5, 1.5, None, 2.5] * 10, dtype="category"),
        pd.Series(pd.Categorical([True, False] * 20)),
        pd.Series([True, False, None, True] * 10, dtype=object),
        pd.Series(["a", "b", None, "a"] * 10, dtype="large_string[pyarrow]"),
        pd.Series(pd.to_datetime(["2024-01-31", None] * 20)).astype("date32[pyarrow]"),
        pd.Series(pd.to_datetime(["2024-01-31", None] * 20)).astype(
            "timestamp[ns, tz=Europe/Berlin][pyarrow]"
        ),
    ],
    ids=["integers", "floats", "booleans", "objects", "large strings", "dates", "times in a zone"],
)
def test_categories_of_any_type_have_a_plan(values):
    X = pd.DataFrame({"a": values, "b": np.arange(40.0)})
    same_answers(tabular_pipeline("logistic").fit(X, [0, 1, 1, 0] * 10), X)
