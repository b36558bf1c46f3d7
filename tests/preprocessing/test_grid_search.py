"""One search over all steps: imputer strategy, encoder and scaler, on a mixed frame with holes."""

import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from skcook.datasets import load_penguins
from skcook.preprocessing import (
    CategoricalImputer,
    NumericImputer,
    NumericScaler,
    OneHotEncoder,
    OrdinalEncoder,
    TargetEncoder,
)

PIPELINE = Pipeline(
    [
        ("numbers", NumericImputer()),
        ("categories", CategoricalImputer()),
        ("encode", OrdinalEncoder()),
        ("scale", NumericScaler()),
        ("model", LogisticRegression(max_iter=2000)),
    ]
)
UNKNOWN = {"handle_unknown": "use_encoded_value", "unknown_value": -1}
GRID = {
    "numbers__strategy": ["mean", "median"],
    "encode": [
        OrdinalEncoder(**UNKNOWN),
        OneHotEncoder(sparse_output=False, handle_unknown="ignore"),
        TargetEncoder(cv=2),
    ],
    "scale__method": ["standard", "minmax"],
}


@pytest.mark.parametrize("to", [lambda X: X, pl.from_pandas], ids=["pandas", "polars"])
def test_one_search_over_all_steps(to):
    X, y = load_penguins(return_X_y=True)
    keep = y != "Chinstrap"  # two classes, so that the target encoder gives one column per column
    X, y = to(X[keep]), (y[keep] == "Adelie").to_numpy()
    search = GridSearchCV(PIPELINE, GRID, cv=2, error_score="raise").fit(X, y)
    assert len(search.cv_results_["params"]) == 12
    assert search.best_score_ > 0.98
    rows = X[:3]
    assert search.predict(rows).tolist() == [True] * 3
