"""An exported model answers as its pipeline does, or is refused by name."""

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.decomposition import PCA, FactorAnalysis
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.linear_model import (
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    SGDClassifier,
    SGDRegressor,
)
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsRegressor, NearestCentroid
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    SplineTransformer,
    StandardScaler,
)
from sklearn.random_projection import SparseRandomProjection
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from xgboost import XGBClassifier, XGBRegressor

from skcook import export
from skcook import preprocessing as prep
from skcook.artifacts import Schema
from skcook.exceptions import ExportRefused
from skcook.export import _traced_columns
from skcook.models import AnyLabelsClassifier, EarlyStoppingClassifier, tabular_pipeline
from tests.export._sessions import assert_same, run


@pytest.fixture(scope="module")
def numbers():
    """Return three columns with holes, and targets: numbers above zero, two and three classes."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(150, 3)) * [1, 100, 1], columns=list("abc"))
    y = np.exp(X["a"] + X["b"] / 100) + 0.1
    two = np.where(X["a"] > X["c"], "yes", "no")
    three = np.digitize(y, [0.5, 1.5])
    return X, X.mask(rng.random(X.shape) < 0.1), y, two, three


RECIPES = [
    "logistic", "random_forest", "extra_trees", "decision_tree", "lightgbm", "knn", "svm",
]  # fmt: skip


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_are_exported_whole(name, penguins):
    X, y = penguins
    assert_same(tabular_pipeline(name).fit(X, y), X)


BOOSTERS = {
    "lightgbm": lambda: LGBMRegressor(verbose=-1, n_jobs=1, n_estimators=20),
    "poisson": lambda: LGBMRegressor(objective="poisson", verbose=-1, n_jobs=1, n_estimators=20),
    "bagged": lambda: LGBMRegressor(
        boosting_type="rf", subsample=0.5, subsample_freq=1, verbose=-1, n_jobs=1, n_estimators=9
    ),
    "xgboost": lambda: XGBRegressor(n_estimators=20),
    "gamma": lambda: XGBRegressor(n_estimators=20, objective="reg:gamma"),
    "dart": lambda: XGBRegressor(n_estimators=20, booster="dart", rate_drop=0.5),
    "parallel": lambda: XGBRegressor(n_estimators=4, num_parallel_tree=3, subsample=0.5),
    "histograms": lambda: HistGradientBoostingRegressor(max_iter=20, loss="gamma"),
}


@pytest.mark.parametrize("name", BOOSTERS)
def test_boosting_with_missing_numbers_is_exported(name, numbers):
    _, X, y, _, _ = numbers
    # XGBoost links in single precision.
    assert_same(BOOSTERS[name]().fit(X, y), X, near=1e-6)


@pytest.mark.filterwarnings("ignore:EarlyStoppingClassifier did not stop")
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("kind", ["lightgbm", "ova", "xgboost", "early", "gradient"])
def test_boosted_classes_are_exported(kind, n_classes, numbers):
    X, holes, _, two, three = numbers
    y = two if n_classes == 2 else three
    quiet = {"verbose": -1, "n_jobs": 1, "n_estimators": 10}
    model = {
        "lightgbm": lambda: LGBMClassifier(**quiet),
        "ova": lambda: LGBMClassifier(
            objective="multiclassova" if n_classes == 3 else "binary", **quiet
        ),
        "xgboost": lambda: AnyLabelsClassifier(XGBClassifier(n_estimators=10)),
        "early": lambda: EarlyStoppingClassifier(
            XGBClassifier(n_estimators=30, learning_rate=0.8), refit=False, random_state=0
        ),
        "gradient": lambda: GradientBoostingClassifier(n_estimators=10),
    }[kind]()
    X = X if kind == "gradient" else holes
    assert_same(model.fit(X, y), X, near=1e-6)


LOGISTIC = make_pipeline(StandardScaler(), LogisticRegression())
CLASSIFIERS = {
    "bayes": GaussianNB(),
    "bits": BernoulliNB(binarize=0.3),
    "counts": make_pipeline(MinMaxScaler(clip=True), MultinomialNB()),
    "complements": make_pipeline(MinMaxScaler(clip=True), ComplementNB(norm=True)),
    "rest": OneVsRestClassifier(LOGISTIC[-1]),
    "rest by trees": OneVsRestClassifier(DecisionTreeClassifier(max_depth=2, random_state=0)),
    "bag": BaggingClassifier(random_state=0),
    "bag of lines": make_pipeline(
        StandardScaler(), BaggingClassifier(LOGISTIC[-1], max_features=2, random_state=0)
    ),
    "network": MLPClassifier((4,), max_iter=20, random_state=0),
    "sgd": make_pipeline(StandardScaler(), SGDClassifier(loss="log_loss", random_state=0)),
    "margins": make_pipeline(StandardScaler(), LinearSVC()),
    "vectors": make_pipeline(StandardScaler(), SVC()),
    "pairs": SVC(kernel="sigmoid", decision_function_shape="ovo"),
    "isotonic": CalibratedClassifierCV(LOGISTIC, method="isotonic", cv=2),
    "sigmoid": CalibratedClassifierCV(RandomForestClassifier(4, random_state=0), cv=2),
    "soft": VotingClassifier([("a", LOGISTIC), ("b", GaussianNB())], voting="soft"),
    "hard": VotingClassifier([("a", LOGISTIC), ("b", GaussianNB())], weights=[2, 1]),
    "stack": StackingClassifier([("a", LOGISTIC), ("b", GaussianNB())], cv=2),
    "search": GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [2, 3]}, cv=2),
    "stump": RandomForestClassifier(3, max_depth=1, min_samples_leaf=70, random_state=0),
}


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifiers_and_wrappers_are_exported(name, n_classes, numbers):
    X, _, _, two, three = numbers
    assert_same(CLASSIFIERS[name].fit(X, two if n_classes == 2 else three), X)


@pytest.mark.parametrize("pos_label", ["yes", "no"])
@pytest.mark.parametrize("inner", [LOGISTIC, make_pipeline(StandardScaler(), LinearSVC())])
def test_thresholds_are_exported(inner, pos_label, numbers):
    X, _, _, two, _ = numbers
    model = FixedThresholdClassifier(inner, threshold=0.3, pos_label=pos_label)
    assert_same(model.fit(X, two), X)


STUMP = DecisionTreeRegressor(max_depth=1)
REGRESSORS = {
    "poisson": make_pipeline(StandardScaler(), PoissonRegressor()),
    "support": make_pipeline(StandardScaler(), LinearSVR(random_state=0)),
    "descent": make_pipeline(StandardScaler(), SGDRegressor(random_state=0)),
    "vectors": make_pipeline(StandardScaler(), SVR(kernel="poly")),
    "neighbours": KNeighborsRegressor(),
    "log": TransformedTargetRegressor(Ridge(), func=np.log, inverse_func=np.exp),
    "scaled": TransformedTargetRegressor(Ridge(), transformer=StandardScaler()),
    "vote": VotingRegressor([("a", Ridge()), ("b", STUMP)], weights=[1, 2]),
    "stack": StackingRegressor([("a", Ridge()), ("b", STUMP)], cv=2),
    "bag": BaggingRegressor(Ridge(), max_features=0.7, random_state=0),
    "projection": make_pipeline(SparseRandomProjection(2, random_state=0), Ridge()),
    "components": make_pipeline(PCA(2, whiten=True), Ridge()),
    "powers": make_pipeline(PowerTransformer(), PolynomialFeatures(3), Ridge()),
    "bins": make_pipeline(
        KBinsDiscretizer(4, encode="onehot-dense", quantile_method="linear"), Ridge()
    ),
    "lengths": make_pipeline(Normalizer("l1"), Ridge()),
    "shares": make_pipeline(QuantileTransformer(n_quantiles=40), Ridge()),
    "normal shares": make_pipeline(
        QuantileTransformer(n_quantiles=150, output_distribution="normal"), Ridge()
    ),
    "constant spline": make_pipeline(SplineTransformer(), Ridge()),
    "linear spline": make_pipeline(
        SplineTransformer(extrapolation="linear", knots="quantile", include_bias=False), Ridge()
    ),
    "continued spline": make_pipeline(SplineTransformer(extrapolation="continue"), Ridge()),
    "periodic spline": make_pipeline(
        SplineTransformer(3, degree=2, extrapolation="periodic"), Ridge()
    ),
    "squares": make_pipeline(FunctionTransformer(np.square), StandardScaler(), Ridge()),
}  # fmt: skip


@pytest.mark.parametrize("name", REGRESSORS)
def test_regressors_and_steps_that_compute_are_exported(name, numbers):
    X, _, y, _, _ = numbers
    # Rows between those of the fit, on them, and far outside.
    rows = pd.concat([X[::-1] * 0.7, X, X[:9] * 3])
    assert_same(REGRESSORS[name].fit(X, y), X, rows)


def test_quantiles_that_repeat_are_exported(numbers):
    X, _, y, _, _ = numbers
    X = X.assign(c=X["c"].round())
    model = make_pipeline(QuantileTransformer(n_quantiles=30), Ridge()).fit(X, y)
    assert_same(model, X, pd.concat([X, X + 0.25]))


FEATURES = [
    "year", "quarter", "month", "week", "day", "day_of_year", "day_of_week", "hour", "minute",
    "second", "is_weekend", "is_month_start", "is_month_end", "days_since_epoch",
]  # fmt: skip


@pytest.mark.parametrize("cyclical", [False, True])
def test_the_calendar_is_exported(cyclical):
    days = pd.date_range("1599-12-29", "2405-03-03", periods=1501).floor("s")
    ends = map(pd.Timestamp, ["1900-02-28T23:59:59", "2000-02-29", "2024-12-30", "2027-01-03"])
    days = [*days, *ends]
    X = pd.DataFrame({"day": days, "utc": pd.Series(days).dt.tz_localize("UTC")})
    X.loc[5, "day"] = pd.NaT
    dates = prep.DateFeatures(features=FEATURES, cyclical=cyclical)
    model = make_pipeline(dates, prep.NumericImputer(), prep.NumericScaler(), Ridge())
    # Each feature has a weight of its own: a difference in one of them shows.
    assert_same(model.fit(X, np.arange(len(X)) % 7), X, near=1e-6)


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_durations_are_exported(unit):
    waits = pd.to_timedelta(np.r_[np.arange(40) * 12_345_678_901, -5_000_000_001])
    X = pd.DataFrame({"wait": waits.astype(f"timedelta64[{unit}]")})
    X.loc[3, "wait"] = pd.NaT
    model = tabular_pipeline("linear", "regression").fit(X, np.arange(41.0))
    assert_same(model, X)


# Rows that the model itself would refuse.


def test_rows_that_the_model_refuses_are_told(numbers):
    X, _, _, two, _ = numbers
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, two)
    proto = export.to_onnx(model, Schema.capture(X), X)
    rows = pd.concat([X[:1], X[:1].assign(a=np.nan), X[:1].assign(b=-np.inf)])
    got = run(proto, rows)
    assert got["refused"].tolist() == [False, True, True]
    assert got["predict"].tolist() == [model.predict(X[:1])[0], "", ""]
    assert np.isnan(got["predict_proba"]).all(axis=1).tolist() == [False, True, True]


def test_categories_that_an_encoder_refuses_are_told():
    X = pd.DataFrame({"city": ["Ulm", "Bern"] * 10, "n": np.arange(20.0)})
    steps = make_column_transformer((OneHotEncoder(), ["city"]), remainder="passthrough")
    model = make_pipeline(steps, DecisionTreeClassifier(random_state=0)).fit(X, [0, 1] * 10)
    proto = export.to_onnx(model, Schema.capture(X, model), X)
    rows = pd.DataFrame({"city": ["Ulm", "Rome", "Bern"], "n": [1.0, 1.0, 1.0]})
    got = run(proto, rows)
    assert got["refused"].tolist() == [False, True, False]
    assert got["predict"][[0, 2]].tolist() == [0, 1]


# Columns that are easy to get wrong.


def test_names_of_columns_are_free():
    X = pd.DataFrame({"/c0": [1.0, 2.0, 5.0], "//v1": [3.0, 1.0, 2.0], "a b": [0.0, 1.0, 4.0]})
    assert_same(Ridge().fit(X, [1.0, 2.0, 9.0]), X)


def test_levels_of_whole_numbers_booleans_and_nullable_numbers():
    X = pd.DataFrame(
        {
            "level": pd.Categorical([3, 1, 3, 3] * 5, [1, 3, 7]),
            "flag": [True, True, False, True] * 5,
            "n": pd.array([1, 2, None, 4] * 5, dtype="Int64"),
        }
    )
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    steps = make_column_transformer((encoder, ["level"]), remainder="passthrough")
    tree = DecisionTreeClassifier(random_state=0)
    model = make_pipeline(prep.NumericImputer(), steps, tree).fit(X, [0, 1, 2, 3] * 5)
    assert_same(model, X)


@pytest.mark.parametrize(
    ("column", "why"),
    [
        (["", None, "a", "a"], "the empty text as a category"),
        ([2**53 + 1, 2**53 + 1, 2, 2], "no double holds exactly"),
    ],
    ids=["empty text", "large"],
)
def test_categories_that_onnx_cannot_tell_are_refused(column, why):
    X = pd.DataFrame({"c": column})
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    model = make_pipeline(encoder, DecisionTreeClassifier(random_state=0)).fit(X, [0, 1, 2, 2])
    with pytest.raises(ExportRefused, match=why):
        export.to_onnx(model, Schema.capture(X), X)


def test_many_categories_and_hostile_texts():
    texts = [f"{i} 'q' \n\0 ü {'x' * (i % 7)}" for i in range(400)] + ["</script>", "🐧" * 50]
    X = pd.DataFrame({"c": pd.Series(texts, dtype=object)})
    encoder = prep.CountEncoder()
    model = make_pipeline(encoder, Ridge()).fit(X, np.arange(len(X)) % 5)
    assert_same(model, X, X[::-3])


def test_a_text_that_is_no_unicode_is_refused():
    X = pd.DataFrame({"c": pd.Series(["\ud800", "b", "b", "c"] * 5, dtype=object)})
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    model = make_pipeline(encoder, Ridge()).fit(X, np.arange(20.0))
    with pytest.raises(ExportRefused, match="surrogates not allowed"):
        export.to_onnx(model, Schema.capture(X, model), X)


# The same answers or no export.


@pytest.mark.parametrize(
    ("final", "operation", "wrong", "message"),
    [
        (Ridge, "subtract", "__add__", r"predict: numbers differ by .* more than 1e-06"),
        (LinearSVC, "divide", "__sub__", r"predict: '\w+' instead of .* of \d+ rows"),
    ],
    ids=["numbers", "labels"],
)
def test_what_is_exported_wrong_is_refused(numbers, monkeypatch, final, operation, wrong, message):
    X, _, y, two, _ = numbers
    model = make_pipeline(StandardScaler(), final()).fit(X, y if final is Ridge else two)
    wrong = {**_traced_columns._ARITHMETIC, operation: getattr(_traced_columns.Value, wrong)}
    monkeypatch.setattr(_traced_columns, "_ARITHMETIC", wrong)
    with pytest.raises(ExportRefused, match=message):
        export.to_onnx(model, Schema.capture(X), X)


REFUSED = {
    "quantiles": (
        lambda: make_pipeline(FactorAnalysis(1), Ridge()),
        "FactorAnalysis cannot be exported; of the steps that compute, these can: Binarizer",
    ),
    "centroids": (NearestCentroid, "NearestCentroid cannot be exported"),
    "linear leaves": (
        lambda: LGBMRegressor(linear_tree=True, verbose=-1, n_jobs=1, n_estimators=3),
        "LightGBM's trees with linear leaves",
    ),
    "linear booster": (lambda: XGBRegressor(booster="gblinear"), "XGBoost's booster 'gblinear'"),
    "missing": (lambda: XGBRegressor(missing=-1, n_estimators=3), "XGBoost's missing=-1"),
    "weights": (lambda: KNeighborsRegressor(weights="distance"), "it has weights='distance'"),
    "no plan": (
        lambda: make_pipeline(FunctionTransformer(lambda X: X + 1), Ridge()),
        "A model without a plan cannot be exported: .*FunctionTransformer with a function",
    ),
    "function": (
        lambda: make_pipeline(FunctionTransformer(np.cbrt), Ridge()),
        r"FunctionTransformer\(cbrt\) cannot be exported",
    ),
    "strict spline": (
        lambda: make_pipeline(SplineTransformer(extrapolation="error"), Ridge()),
        r"SplineTransformer\(extrapolation='error'\) cannot be exported",
    ),
    "target": (
        lambda: TransformedTargetRegressor(Ridge(), transformer=PowerTransformer()),
        "A target that was transformed by PowerTransformer",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_operators_is_refused_by_name(name, numbers):
    X, _, y, two, _ = numbers
    make, why = REFUSED[name]
    model = make()
    model.fit(X, two if name == "centroids" else y)
    with pytest.raises(ExportRefused, match=why):
        export.to_onnx(model, Schema.capture(X), X)


@pytest.mark.parametrize(
    ("days", "why"),
    [
        (pd.Series(["2024-01-05", "2024-03-07"] * 5), "holds dates as text"),
        (pd.Series(pd.date_range("2024", periods=10, tz="Europe/Berlin")), "Europe/Berlin"),
    ],
    ids=["text", "zone"],
)
def test_dates_that_have_no_operators_are_refused(days, why):
    X = pd.DataFrame({"day": days})
    model = make_pipeline(prep.DateFeatures(), Ridge()).fit(X, np.arange(10.0))
    with pytest.raises(ExportRefused, match=why):
        export.to_onnx(model, Schema.capture(X), X)


def test_a_model_that_comes_alone_needs_its_schema():
    with pytest.raises(TypeError, match="with its `schema`"):
        export.to_onnx(Ridge().fit([[1.0], [2.0]], [1, 2]))


def test_a_column_with_the_name_of_an_output_is_refused():
    X = pd.DataFrame({"predict": [1.0, 2.0, 5.0]})
    with pytest.raises(ExportRefused, match="'predict' has the name of an output"):
        export.to_onnx(Ridge().fit(X, [1, 2, 3]), Schema.capture(X), X)
