"""A plan answers as its pipeline does, or is refused, or leaves the row to the pipeline."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skcook import artifacts, plan
from skcook import preprocessing as prep
from skcook.artifacts import Schema
from skcook.base import BaseColumnTransformer
from skcook.datasets import load_penguins
from skcook.exceptions import ColumnValuesError, PlanRefused, SchemaError
from skcook.explain import ExplainedClassifier, TabularExplainer
from skcook.models import AnyLabelsClassifier, EarlyStoppingClassifier, tabular_pipeline
from skcook.utils._columns import new_series, numeric_values

NAMES = ["logistic", "random_forest", "extra_trees", "decision_tree", "knn", "svm", "lightgbm"]


@pytest.fixture(scope="module")
def logistic(penguins):
    X, y = penguins
    model = tabular_pipeline("logistic").fit(X, y)
    return model, Schema.capture(X, model)


@pytest.fixture(scope="module")
def quick(logistic, penguins):
    return plan.compile(*logistic, penguins[0])


def assert_same(quick, model, schema, X, exact=False):
    records = schema.to_records(X)
    for method in quick.methods:
        expected = getattr(model, method)(X)
        for got in (
            getattr(quick, method)(records),
            np.concatenate([getattr(quick, method)([record]) for record in records]),
        ):
            if exact or expected.dtype.kind != "f":
                np.testing.assert_array_equal(got, expected)
            else:
                np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_recipes_have_plans(name, penguins):
    X, y = penguins
    model = tabular_pipeline(name).fit(X, y)
    schema = Schema.capture(X, model)
    is_tree = name in ("random_forest", "extra_trees", "decision_tree", "lightgbm")
    assert_same(plan.compile(model, schema, X), model, schema, X[::7], exact=is_tree)


def _wrapped(name):
    inner = tabular_pipeline(DecisionTreeClassifier(max_depth=4, random_state=0))
    boosting = tabular_pipeline(HistGradientBoostingClassifier(max_iter=20, random_state=0))
    return {
        "any_labels": lambda: AnyLabelsClassifier(tabular_pipeline("xgboost")),
        "early": lambda: EarlyStoppingClassifier(boosting, random_state=0, max_iter=20),
        "explained": lambda: ExplainedClassifier(inner, explainer=TabularExplainer(n_samples=64)),
        "search": lambda: GridSearchCV(inner, {"model__max_depth": [2, 3]}, cv=2),
    }[name]()


@pytest.mark.filterwarnings("ignore:EarlyStoppingClassifier did not stop")
@pytest.mark.parametrize("name", ["any_labels", "early", "explained", "search"])
def test_wrappers_of_pipelines_have_plans(name, penguins):
    X, y = penguins
    model = _wrapped(name).fit(X, y)
    schema = Schema.capture(X, model)
    assert_same(plan.compile(model, schema, X), model, schema, X[::9], exact=True)


@pytest.mark.parametrize("target", [False, True], ids=["plain", "transformed"])
def test_regressors_have_plans(target, penguins):
    X = penguins[0].dropna()
    y = X.pop("body_mass_g")
    model = tabular_pipeline("linear", "regression")
    if target:
        model = TransformedTargetRegressor(model, func=np.log, inverse_func=np.exp)
    model.fit(X, y)
    schema = Schema.capture(X, model)
    quick = plan.compile(model, schema, X)
    assert quick.methods == ("predict",)
    assert not hasattr(quick, "predict_proba")
    assert_same(quick, model, schema, X[::9])


def test_rows_come_as_records_or_columns(quick, logistic, penguins):
    X = penguins[0][:3]
    expected = logistic[0].predict_proba(X)
    columns = {name: values.tolist() for name, values in X.items()}
    columns = {n: [None if pd.isna(v) else v for v in values] for n, values in columns.items()}
    got = quick.predict_proba(columns)
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    assert quick.predict_proba(tuple(logistic[1].to_records(X))).shape == expected.shape


@pytest.mark.parametrize(
    "rows",
    [[], [{}], [{"island": 3}], "island", {}, 3, [3], None],
    ids=["none", "empty", "wrong", "text", "dict", "int", "ints", "nothing"],
)
def test_rows_that_do_not_fit_are_refused_by_the_schema(quick, rows):
    with pytest.raises((SchemaError, TypeError)):
        quick.predict(rows)


@pytest.mark.parametrize("value", [10**400, float("inf"), "many", True, [1.0]])
def test_cells_that_do_not_fit_are_refused_by_the_schema(quick, logistic, penguins, value):
    row = {**logistic[1].to_records(penguins[0][:1])[0], "body_mass_g": value}
    with pytest.raises(SchemaError, match="body_mass_g"):
        quick.predict([row])


def test_a_plan_without_a_schema_says_what_is_missing_or_takes_that_of_a_file(logistic, tmp_path):
    model, _ = logistic
    with pytest.raises(PlanRefused, match=r"compile\(model, Schema.capture\(X, model\), X\)"):
        plan.compile(model)
    X = load_penguins(return_X_y=True)[0]
    artifact = artifacts.read(artifacts.save(model, tmp_path / "m.skcook", X_example=X))
    assert_same(plan.compile(artifact), model, artifact.schema, X[::20])
    assert artifact.manifest["plan"] == {"used": True, "why": None}
    assert "plan: yes" in repr(artifact)


def test_a_file_says_why_its_model_has_no_plan(tmp_path):
    X = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]})
    model = make_pipeline(SimpleImputer(missing_values=-1), Ridge()).fit(X, [1.0, 2.0, 3.0, 5.0])
    facts = artifacts.inspect(artifacts.save(model, tmp_path / "m.skcook", X_example=X))
    assert facts["plan"]["used"] is False
    assert "SimpleImputer(missing_values=-1)" in facts["plan"]["why"]


def test_a_plan_pickles_and_asks_its_pipeline_when_in_doubt(quick, logistic, penguins):
    again = pickle.loads(pickle.dumps(quick))
    assert isinstance(again, plan.Plan)
    X = penguins[0]
    assert_same(again, *logistic, X[::20])
    with pytest.raises(SchemaError):
        again.predict([{}])


# On any doubt the pipeline answers.


def test_an_unknown_category_gets_the_error_of_the_encoder():
    X = pd.DataFrame({"city": ["Ulm", "Bern"] * 10, "n": range(20)})
    model = make_pipeline(prep.OneHotEncoder(sparse_output=False), LogisticRegression())
    model.fit(X, [0, 1] * 10)
    quick = plan.compile(model, Schema.capture(X), X)
    assert quick.predict([{"city": "Bern", "n": 3}]).tolist() == [1]
    with pytest.raises(ColumnValuesError, match="Found unknown categories in column 'city'"):
        quick.predict([{"city": "Rome", "n": 3}])


def test_an_unknown_category_gets_the_warning_of_the_encoder():
    X = pd.DataFrame({"city": ["Ulm", "Bern"] * 10})
    encoder = OneHotEncoder(handle_unknown="warn")
    model = make_pipeline(encoder, LogisticRegression()).fit(X, [0, 1] * 10)
    quick = plan.compile(model, Schema.capture(X), X)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quick.predict([{"city": "Ulm"}])
    with pytest.warns(UserWarning, match="Found unknown categories"):
        quick.predict([{"city": "Rome"}])


def test_the_log_says_when_the_model_has_to_answer_itself(quick, logistic, penguins, caplog):
    caplog.set_level("DEBUG", logger="skcook.plan")
    rows = logistic[1].to_records(penguins[0][:1])
    quick.predict(rows)
    assert not caplog.records
    broken = pickle.loads(pickle.dumps(quick))
    broken._answers.methods["predict"] = lambda cells: cells["not a list"]
    assert broken.predict(rows).tolist() == quick.predict(rows).tolist()
    assert "TypeError" in caplog.text


def test_a_missing_number_that_nothing_fills_gets_the_error_of_the_model():
    X = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [1.0, 0.0, 1.0, 0.0]})
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, [0, 1, 1, 0])
    schema = Schema.capture(pd.concat([X, X.assign(a=np.nan)]))
    quick = plan.compile(model, schema, X)
    with pytest.raises(ValueError, match="contains NaN"):
        quick.predict([{"a": None, "b": 1.0}])


# The same numbers or no plan.


class _Doubled(BaseColumnTransformer):
    """Doubles numbers, and says of itself what a test wants."""

    _default_kinds = frozenset({"numeric"})

    def __init__(self, said=2.0):
        self.said = said

    def _fit_columns(self, frame, y):
        pass

    def _transform_columns(self, frame):
        return {
            name: [new_series(name, numeric_values(frame[name]) * 2.0, frame)]
            for name in frame.columns
        }

    def _plan_column(self, column, i):
        return [column.then("multiply", self.said)]


@pytest.mark.parametrize("said", [2.0, 2.0 + 1e-9])
def test_a_step_that_says_another_thing_than_it_does_has_no_plan(said):
    X = pd.DataFrame({"a": [1.5, 2.0, 3.0, 4.0]})
    model = make_pipeline(_Doubled(said), Ridge()).fit(X, [1.0, 2.0, 3.0, 5.0])
    if said == 2.0:
        plan.compile(model, Schema.capture(X), X)
        return
    with pytest.raises(PlanRefused, match=r"predict of many rows: .* instead of"):
        plan.compile(model, Schema.capture(X), X)


class _MyScaler(StandardScaler):
    pass


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (_MyScaler(), "_MyScaler has no plan"),
        (FunctionTransformer(lambda X: X * 2), "FunctionTransformer with a function"),
        (SimpleImputer(missing_values=-1), r"SimpleImputer\(missing_values=-1\)"),
    ],
    ids=["subclass", "function", "other missing"],
)
def test_an_unknown_step_has_no_plan_and_the_reason_names_it(step, why):
    X = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]})
    model = make_pipeline(step, Ridge()).fit(X, [1.0, 2.0, 3.0, 5.0])
    with pytest.raises(PlanRefused, match=why):
        plan.compile(model, Schema.capture(X), X)


def test_columns_of_an_unknown_dtype_have_no_plan():
    X = pd.DataFrame({"a": pd.to_timedelta([1, 2, 3], unit="D")})
    model = DecisionTreeClassifier().fit([[1], [2], [3]], [0, 1, 0])
    with pytest.raises(PlanRefused, match=r"column 'a' holds duration \(timedelta64"):
        plan.compile(model, Schema.capture(X), X)


def test_images_and_objects_that_are_no_models_have_no_plan():
    with pytest.raises(PlanRefused, match="StandardScaler has none of predict"):
        plan.compile(StandardScaler(), Schema.capture(pd.DataFrame({"a": [1.0]})))
    with pytest.raises(PlanRefused, match="takes images"):
        plan.compile(Ridge(), Schema.capture(np.zeros((3, 4, 4))))


def test_rows_that_do_not_fit_the_schema_leave_nothing_to_compare_with(logistic, penguins):
    with pytest.raises(PlanRefused, match="could not be read or compared"):
        plan.compile(*logistic, penguins[0].drop(columns="island"))


# Kinds of columns that are easy to get wrong.


def test_a_value_that_is_no_level_of_a_category_is_missing():
    levels = pd.CategoricalDtype(["a", "b"])
    X = pd.DataFrame({"c": pd.Series(["a", "b", None, "a"] * 5, dtype=levels)})
    model = make_pipeline(
        prep.OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=7, encoded_missing_value=9
        ),
        DecisionTreeClassifier(random_state=0),
    ).fit(X, ["a", "b", "none", "a"] * 5)
    quick = plan.compile(model, Schema.capture(X), X)
    assert quick.predict([{"c": "z"}, {"c": None}, {"c": "a"}]).tolist() == ["none", "none", "a"]


def test_single_precision_stays_single():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(200, 3)).astype("float32"), columns=list("abc")) * 1e4
    model = make_pipeline(StandardScaler(), DecisionTreeClassifier(random_state=0))
    model.fit(X, X["a"] * X["b"] > X["c"])
    schema = Schema.capture(X)
    assert_same(plan.compile(model, schema, X), model, schema, X, exact=True)


def test_whole_numbers_are_filled_with_whole_numbers():
    X = pd.DataFrame({"n": pd.array([1, 2, None, 4, 4], dtype="Int64")})
    y = [0, 1, 1, 0, 0]
    model = make_pipeline(prep.NumericImputer("mean"), DecisionTreeClassifier()).fit(X, y)
    # With the model, the schema takes floats for it: the imputer reads them anyway.
    for schema in (Schema.capture(X), Schema.capture(X, model)):
        assert_same(plan.compile(model, schema, X), model, schema, X, exact=True)


def test_indicators_and_columns_by_position_name_slice_and_mask():
    X = pd.DataFrame({"a": [1.0, None, 3.0, 4.0], "b": [1.0, 2.0, None, 4.0], "c": [1.0] * 4})
    steps = ColumnTransformer(
        [
            ("position", SimpleImputer(add_indicator=True), [0]),
            ("slice", SimpleImputer(), slice("a", "b")),
            ("mask", MissingIndicator(error_on_new=False), [True, True, False]),
            ("gone", "drop", ["c"]),
        ],
        remainder="passthrough",
    )
    model = make_pipeline(steps, DecisionTreeClassifier(random_state=0)).fit(X, [0, 1, 2, 3])
    schema = Schema.capture(X)
    assert_same(plan.compile(model, schema, X), model, schema, X, exact=True)


def test_an_array_has_a_plan():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 4))
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, X[:, 0] > 0)
    schema = Schema.capture(X)
    assert_same(plan.compile(model, schema, X), model, schema, X[:5])


def test_dates_have_a_plan():
    days = pd.date_range("2024-02-20", periods=60, freq="7h", tz="Europe/Berlin")
    X = pd.DataFrame({"zone": days, "day": days.tz_localize(None), "text": days.strftime("%F")})
    X.loc[3, "zone"] = pd.NaT
    dates = prep.DateFeatures(features=("hour", "week", "days_since_epoch"), cyclical=True)
    model = make_pipeline(dates, HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=3))
    model.fit(X, np.arange(60) % 2)
    schema = Schema.capture(X)
    assert_same(plan.compile(model, schema, X), model, schema, X, exact=True)


def test_lightgbm_is_called_in_public_where_its_library_has_moved(penguins, monkeypatch):
    X, y = penguins
    model = tabular_pipeline("lightgbm").set_params(model__n_estimators=5).fit(X, y)
    schema = Schema.capture(X)
    monkeypatch.setattr("skcook.plan._trees._compiled_call", lambda: None)
    quick = plan.compile(model, schema, X)
    assert_same(quick, model, schema, X[:3], exact=True)


def test_a_sparse_transformer_has_the_plan_of_a_dense_one(penguins):
    X, y = penguins
    steps = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["island", "sex"]), sparse_threshold=1.0
    )
    model = make_pipeline(steps, LogisticRegression()).fit(X, y)
    schema = Schema.capture(X, model)
    assert_same(plan.compile(model, schema, X), model, schema, X[:5])
