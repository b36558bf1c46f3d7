"""What fitted models prove of their input: never a guess."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
    TargetEncoder,
)

from skcook import preprocessing
from skcook.artifacts import Schema

RANDOM = np.random.default_rng(0)
X = pd.DataFrame(
    {
        "age": RANDOM.integers(18, 90, 80).astype(float),
        "gain": RANDOM.normal(size=80),
        "work": RANDOM.choice(["office", "field"], 80),
        "edu": RANDOM.choice(["school", "college", "none"], 80),
    }
)
Y = RANDOM.integers(0, 2, 80)
LOGISTIC = LogisticRegression(max_iter=1000)


def two_columns(frame):
    return frame[["age"]] * 2


def mixed():
    words = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
    )
    return make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), ["age"]),
        (MinMaxScaler(), [1]),
        (words, ["work"]),
        (OneHotEncoder(), ["edu"]),
    )


ALL = {
    "age": ("number", True, None, "warn"),
    "gain": ("number", False, None, "warn"),
    "work": ("string", True, ("field", "office"), "warn"),
    "edu": ("string", False, ("college", "none", "school"), "error"),
}


def facts(schema):
    return {c.name: (c.type, c.nullable, c.categories, c.unknown) for c in schema.columns}


@pytest.mark.parametrize(
    "wrap",
    [
        lambda m: m,
        lambda m: GridSearchCV(m, {"logisticregression__C": [1.0]}, cv=2),
        lambda m: VotingClassifier([("a", m)]),
        lambda m: FrozenEstimator(m.fit(X, Y)),
    ],
    ids=["pipeline", "search", "voting", "frozen"],
)
def test_a_walk_through_encoders_imputers_and_scalers(wrap):
    model = wrap(make_pipeline(mixed(), LOGISTIC)).fit(X, Y)
    schema = Schema.infer(model)
    assert facts(schema) == ALL
    assert {c.source for c in schema.columns} == {"inferred"}
    assert (schema["gain"].minimum, schema["gain"].maximum) == (X["gain"].min(), X["gain"].max())
    rows = schema.parse_rows([{"age": None, "gain": 0.5, "work": "moon", "edu": "none"}])
    assert model.predict(rows.frame).shape == (1,)


NUMBERS = X[["age", "gain"]]
SHAPES = {
    "selectors": (
        make_pipeline(
            make_column_transformer(
                (StandardScaler(), make_column_selector(dtype_include="number")),
                (OneHotEncoder(), make_column_selector(dtype_exclude="number")),
            ),
            LOGISTIC,
        ),
        X,
        {"age": ("number", False, None, "warn"), "edu": ("string", False, ALL["edu"][2], "error")},
    ),
    "scaler": (
        make_pipeline(StandardScaler(), LOGISTIC),
        NUMBERS,
        {"age": ("number", False, None, "warn")},
    ),
    "array": (
        make_pipeline(StandardScaler(), LOGISTIC),
        NUMBERS.to_numpy(),
        {"x0": ("number", False, None, "warn"), "x1": ("number", False, None, "warn")},
    ),
    "forest": (RandomForestClassifier(2), NUMBERS, {"age": ("number", True, None, "warn")}),
    "hist gradient boosting": (
        HistGradientBoostingClassifier(max_iter=2, categorical_features="from_dtype"),
        X.astype({"work": "category", "edu": "category"}),
        {"age": ("unknown", True, None, "warn"), "work": ("unknown", True, None, "warn")},
    ),
    "function": (
        make_pipeline(FunctionTransformer(two_columns), LOGISTIC),
        X,
        {"age": ("unknown", True, None, "warn"), "work": ("unknown", True, None, "warn")},
    ),
    "target encoder and passthrough": (
        make_pipeline(
            ColumnTransformer([("t", TargetEncoder(), ["work"])], remainder="passthrough"), LOGISTIC
        ),
        X[["work", "age"]],
        {"work": ("string", True, ("field", "office"), "warn"),
         "age": ("number", False, None, "warn")},
    ),
    "another value than NaN is imputed": (
        make_pipeline(SimpleImputer(missing_values=-1), LOGISTIC),
        NUMBERS,
        {"age": ("number", False, None, "warn")},
    ),
    "a column in two branches": (
        make_pipeline(
            make_column_transformer(
                (OneHotEncoder(handle_unknown="ignore"), ["edu"]), (OrdinalEncoder(), ["edu"])
            ),
            LOGISTIC,
        ),
        X[["edu"]],
        {"edu": ALL["edu"]},
    ),
    "skcook": (
        make_pipeline(
            preprocessing.NumericImputer(),
            preprocessing.CategoricalImputer(columns=["work"]),
            preprocessing.DropConstant(),
            preprocessing.OrdinalEncoder(),
            preprocessing.NumericScaler(),
            LOGISTIC,
        ),
        X,
        {**ALL, "gain": ("number", True, None, "warn"),
         "work": ("string", True, ("field", "office"), "error")},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("model", "data", "expected"), SHAPES.values(), ids=SHAPES)
def test_shapes_of_pipelines(model, data, expected):
    found = facts(Schema.infer(model.fit(data, Y)))
    assert expected.items() <= found.items()


def test_a_slice_and_a_mask_choose_columns():
    for chosen in (slice(0, 2), slice("age", "gain"), [True, True, False, False]):
        model = ColumnTransformer([("s", StandardScaler(), chosen)]).fit(X)
        types = [c.type for c in Schema.infer(model).columns]
        assert types == ["number", "number", "unknown", "unknown"]


def test_texts():
    texts = ["a day", "a night"] * 40
    for first in (TfidfVectorizer(), make_union(TfidfVectorizer(), TfidfVectorizer())):
        schema = Schema.infer(make_pipeline(first, LOGISTIC).fit(texts, Y))
        assert (schema.input, schema.names) == ("texts", ["text"])
        assert schema.parse_rows([{"text": "a"}]).frame == ["a"]


class Recommends(BaseEstimator):
    def fit(self, X, y=None):
        self.done_ = True
        return self

    def recommend(self, users):
        return users


class Silent(BaseEstimator):
    pass


def test_recommenders_take_a_user_and_an_item():
    assert Schema.infer(Recommends().fit(None)).names == ["user", "item"]


def test_a_model_that_tells_nothing_is_refused():
    with pytest.raises(ValueError, match=r"Silent tells nothing of its input\. Give X_example"):
        Schema.infer(Silent())


# What the walk adds to what was seen.


def test_capture_knows_the_encoders_categories_and_the_imputers():
    model = make_pipeline(mixed(), LOGISTIC).fit(X, Y)
    few = X[X["edu"] == "none"].head(3)
    schema = Schema.capture(few, model)
    assert facts(schema) == ALL
    assert schema.source == "captured"
    assert dict(schema.parse_rows(schema.to_records(few)).frame.dtypes) == dict(few.dtypes)


def test_integers_that_the_model_reads_as_numbers_may_be_fractions():
    data = X.assign(age=X["age"].astype(int), zip=RANDOM.choice([10, 20], 80))
    steps = make_column_transformer((StandardScaler(), ["age"]), (OneHotEncoder(), ["zip"]))
    schema = Schema.capture(data[["age", "zip"]], steps.fit(data[["age", "zip"]]))
    assert (schema["age"].type, schema["age"].dtype) == ("number", "float64")
    assert (schema["zip"].type, schema["zip"].categories) == ("integer", (10, 20))
    alone = Schema.capture(data[["age"]])
    assert alone["age"].type == "integer"


def test_large_identifiers_stay_integers():
    data = pd.DataFrame({"a": [2**60, 1, 2]})
    assert Schema.capture(data, StandardScaler().fit(data))["a"].type == "integer"
