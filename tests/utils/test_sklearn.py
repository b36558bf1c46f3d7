"""The names taken from inside scikit-learn are still there, and are taken in one place."""

import re
from pathlib import Path

import pandas as pd
import pytest
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skcook.utils import _sklearn

ROOT = Path(__file__).parent.parent.parent / "skcook"


def test_every_exported_name_exists():
    assert all(hasattr(_sklearn, name) for name in _sklearn.__all__)


def test_no_other_module_imports_private_names_of_scikit_learn():
    private = re.compile(
        r"from sklearn[\w.]*\._|from sklearn[\w.]* import (\w+, )*_\w|import sklearn\.\w*\._"
    )
    offenders = [
        f"{path.relative_to(ROOT)}: {line}"
        for path in ROOT.rglob("*.py")
        if path.name != "_sklearn.py"
        for line in path.read_text().splitlines()
        if private.search(line)
    ]
    assert not offenders


def test_output_container_follows_the_estimator_and_the_global_setting():
    assert _sklearn.output_container(StandardScaler()) == "default"
    assert _sklearn.output_container(StandardScaler().set_output(transform="polars")) == "polars"
    with sklearn.config_context(transform_output="pandas"):
        assert _sklearn.output_container(StandardScaler()) == "pandas"


@pytest.mark.parametrize(
    ("columns", "places"),
    [
        (["b", "a"], [1, 0]), (slice("b", "c"), [1, 2]), (slice(1, None), [1, 2]), ([-1], [2]),
        ([True, False, True], [0, 2]), (lambda X: ["c"], [2]), ("b", [1]), ([], []),
    ],
)  # fmt: skip
def test_branches_of_a_column_transformer_have_places(columns, places):
    X = pd.DataFrame({"a": ["x", "y"], "b": ["x", "y"], "c": ["x", "y"]})
    part = CountVectorizer(token_pattern=r"\w") if columns == "b" else OneHotEncoder()
    fitted = ColumnTransformer([("own", part, columns)], remainder="passthrough").fit(X)
    found = {name: place for name, _, _, place in _sklearn.branches_of(fitted)}
    assert found["own"] == places
    assert found.get("remainder", []) == [i for i in range(3) if i not in places]
