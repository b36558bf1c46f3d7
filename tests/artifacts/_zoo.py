"""Models of every family, each with rows that it takes."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import (
    TransformedTargetRegressor,
    make_column_selector,
    make_column_transformer,
)
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    SGDClassifier,
)
from sklearn.model_selection import GridSearchCV, StratifiedKFold, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from skcook import preprocessing
from skcook.datasets import load_penguins
from skcook.models import EarlyStoppingClassifier, Leaderboard
from skcook.preprocessing import (
    CategoricalImputer,
    CountEncoder,
    DateFeatures,
    DropConstant,
    ForwardFillImputer,
    LookupJoiner,
    NumericImputer,
    NumericScaler,
)
from skcook.recommend import (
    LeaveLastN,
    LightFMRecommender,
    PopularityRecommender,
    SideTable,
    ranking_scorer,
)
from skcook.text import PhraseJoiner, TextCleaner, TextStats, TextVectorizer


def penguins() -> tuple[pd.DataFrame, pd.Series]:
    """Return 120 penguins, missing values and all, of each species."""
    X, y = load_penguins(return_X_y=True)
    return X.iloc[::3].reset_index(drop=True), y.iloc[::3].reset_index(drop=True)


def prepared() -> Any:
    """Return the usual preprocessing in front of a model."""
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    words = make_pipeline(
        SimpleImputer(strategy="most_frequent"),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    )
    return make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (words, make_column_selector(dtype_exclude="number")),
    )


def _logistic() -> Any:
    return LogisticRegression(max_iter=300)


def _pair() -> list[tuple[str, Any]]:
    return [("a", _logistic()), ("b", GaussianNB())]


CLASSIFIERS: dict[str, Callable[[], Any]] = {
    "logistic": _logistic,
    "sgd": lambda: SGDClassifier(random_state=0),
    "tree": lambda: DecisionTreeClassifier(random_state=0),
    "forest": lambda: RandomForestClassifier(5, random_state=0),
    "extra trees": lambda: ExtraTreesClassifier(5, random_state=0),
    "gradient boosting": lambda: GradientBoostingClassifier(n_estimators=3),
    "hist gradient boosting": lambda: HistGradientBoostingClassifier(max_iter=3),
    "ada boost": lambda: AdaBoostClassifier(n_estimators=3),
    "bagging": lambda: BaggingClassifier(n_estimators=3, random_state=0),
    "svc": SVC,
    "linear svc": LinearSVC,
    "knn": KNeighborsClassifier,
    "knn, ball tree": lambda: KNeighborsClassifier(algorithm="ball_tree", metric="manhattan"),
    "naive bayes": GaussianNB,
    "lda": LinearDiscriminantAnalysis,
    "perceptron": lambda: MLPClassifier((3,), solver="lbfgs", max_iter=200, random_state=0),
    "gaussian process": lambda: GaussianProcessClassifier(),
    "calibrated, sigmoid": lambda: CalibratedClassifierCV(_logistic(), cv=2),
    "calibrated, isotonic": lambda: CalibratedClassifierCV(_logistic(), cv=2, method="isotonic"),
    "voting": lambda: VotingClassifier(_pair()),
    "stacking": lambda: StackingClassifier(_pair(), cv=2),
    "one vs rest": lambda: OneVsRestClassifier(_logistic()),
    "grid search": lambda: GridSearchCV(_logistic(), {"C": [0.1, 1]}, cv=2),
    "grid search, scorer and splitter": lambda: GridSearchCV(
        _logistic(), {"C": [0.1, 1]}, cv=StratifiedKFold(2), scoring="f1_macro"
    ),
    "k best": lambda: make_pipeline(SelectKBest(f_classif, k=3), _logistic()),
    "power": lambda: make_pipeline(PowerTransformer(), _logistic()),
    "spline": lambda: make_pipeline(SplineTransformer(4), _logistic()),
    "function": lambda: make_pipeline(FunctionTransformer(np.arctan), _logistic()),
    "k means": lambda: KMeans(3, n_init=1, random_state=0),
    "isolation forest": lambda: IsolationForest(n_estimators=3, random_state=0),
}

REGRESSORS: dict[str, Callable[[], Any]] = {
    "linear": LinearRegression,
    "poisson": lambda: PoissonRegressor(max_iter=300),
    "forest": lambda: RandomForestRegressor(3, random_state=0),
    "hist gradient boosting": lambda: HistGradientBoostingRegressor(max_iter=3),
    "transformed target": lambda: TransformedTargetRegressor(
        LinearRegression(), func=np.log1p, inverse_func=np.expm1
    ),
}


def _lightgbm() -> Any:
    from lightgbm import LGBMClassifier

    return LGBMClassifier(n_estimators=3, verbose=-1, n_jobs=1, min_child_samples=2)


def _xgboost(**settings: Any) -> Any:
    from xgboost import XGBClassifier

    return XGBClassifier(n_estimators=3, n_jobs=1, **settings)


def _table() -> dict[str, Callable[[], tuple[Any, Any, Any]]]:
    """Return, for each name, a function that gives the model, X and y."""
    table: dict[str, Callable[[], tuple[Any, Any, Any]]] = {}

    def add(name: str, model: Callable[[], Any], data: Callable[[], tuple[Any, Any]]) -> None:
        table[name] = lambda: (model(), *data())

    for name, make in CLASSIFIERS.items():
        add(name, lambda make=make: make_pipeline(prepared(), make()), penguins)
    for name, make in REGRESSORS.items():
        add(f"{name}, regression", lambda make=make: make_pipeline(prepared(), make()), masses)
    add("lightgbm", lambda: make_pipeline(prepared(), _lightgbm()), penguins)
    add("lightgbm, categories", _lightgbm, with_categories)
    add("xgboost", lambda: make_pipeline(prepared(), _xgboost()), coded)
    add("xgboost, categories", lambda: _xgboost(enable_categorical=True), coded_categories)
    add(
        "hist gradient boosting, categories",
        lambda: HistGradientBoostingClassifier(max_iter=3, categorical_features="from_dtype"),
        with_categories,
    )
    add("set_output", lambda: make_pipeline(
        prepared().set_output(transform="pandas"), _logistic()), penguins)  # fmt: skip
    add("frozen", lambda: make_pipeline(
        FrozenEstimator(prepared().fit(penguins()[0])), _logistic()), penguins)  # fmt: skip
    add("knn imputer", lambda: make_pipeline(KNNImputer(), _logistic()), numbers)
    add("threshold", lambda: make_pipeline(
        prepared(), TunedThresholdClassifierCV(_logistic(), cv=2)), binary)  # fmt: skip
    add("ordinal", lambda: make_pipeline(OrdinalEncoder(), _logistic()), words)
    add("target encoder", lambda: make_pipeline(TargetEncoder(), _logistic()), words)
    add("tfidf", lambda: make_pipeline(TfidfVectorizer(), _logistic()), texts)
    add("hashing", lambda: make_pipeline(HashingVectorizer(n_features=32), _logistic()), texts)
    add("union of vectorizers", lambda: make_pipeline(
        make_union(TfidfVectorizer(), CountVectorizer(analyzer="char")), _logistic()),
        texts)  # fmt: skip
    add("text column", lambda: make_pipeline(
        make_column_transformer((TfidfVectorizer(), "island")), _logistic()), penguins)  # fmt: skip
    add("scaler", StandardScaler, numbers)
    add("array", lambda: make_pipeline(SimpleImputer(), _logistic()), array)
    for name, steps in SKCOOK.items():
        add(f"skcook: {name}", lambda steps=steps: make_pipeline(*steps(), _logistic()), dated)
    add("skcook: texts", lambda: make_pipeline(TextVectorizer(), _logistic()), texts)
    add("skcook: phrases and statistics", lambda: make_pipeline(
        TextCleaner(), PhraseJoiner(), make_union(TextVectorizer(), TextStats()), _logistic()),
        texts)  # fmt: skip
    add("skcook: popularity", PopularityRecommender, interactions)
    add("skcook: lightfm", lambda: LightFMRecommender(
        4, epochs=2, item_features=item_table(), random_state=0), interactions)  # fmt: skip
    add("skcook: recommender search", lambda: GridSearchCV(
        PopularityRecommender(), {"positive_threshold": [None]}, cv=LeaveLastN(2),
        scoring=ranking_scorer("ndcg", k=5)), interactions)  # fmt: skip
    add("skcook: early stopping", lambda: EarlyStoppingClassifier(
        make_pipeline(prepared(), _lightgbm()), n_iter_no_change=2, random_state=0),
        penguins)  # fmt: skip
    add("skcook: leaderboard", lambda: Leaderboard(
        models=["logistic", "lightgbm"], cv=2, verbose=0), penguins)  # fmt: skip
    add("two outputs", lambda: make_pipeline(
        prepared(), MultiOutputClassifier(_logistic())), two_outputs)  # fmt: skip
    return table


SKCOOK: dict[str, Callable[[], list[Any]]] = {
    "ordinal": lambda: [NumericImputer(), CategoricalImputer(), DateFeatures(),
                        preprocessing.OrdinalEncoder()],
    "one-hot": lambda: [
        NumericImputer(add_indicator=True), CategoricalImputer(strategy="constant"), DateFeatures(),
        preprocessing.OneHotEncoder(handle_unknown="ignore", sparse_output=False), NumericScaler(),
    ],
    "target": lambda: [NumericImputer(), CategoricalImputer(), DateFeatures(cyclical=True),
                       preprocessing.TargetEncoder(), DropConstant()],
    "count": lambda: [ForwardFillImputer(), NumericImputer(), DateFeatures(), CountEncoder()],
    "lookup": lambda: [
        LookupJoiner(pd.DataFrame({"island": ["Biscoe", "Dream"], "km2": [3.0, 4.5]}), on="island"),
        DateFeatures(), NumericImputer(), CategoricalImputer(), preprocessing.OrdinalEncoder(),
    ],
}  # fmt: skip


def dated() -> tuple[pd.DataFrame, pd.Series]:
    """Return penguins with a date."""
    X, y = penguins()
    return X.assign(seen=pd.date_range("2007-11-01", periods=len(X), freq="7h").floor("s")), y


def interactions() -> tuple[pd.DataFrame, None]:
    """Return users and the items that they took."""
    random = np.random.default_rng(0)
    users, items = random.integers(0, 20, 300), random.integers(0, 30, 300)
    return pd.DataFrame({"user": users, "item": [f"item {i}" for i in items]}), None


def item_table() -> SideTable:
    """Return what is known of the items of `interactions`."""
    frame = pd.DataFrame(
        {"item": [f"item {i}" for i in range(30)], "genre": ["a|b", "b", "c"] * 10}
    )
    return SideTable(frame, id="item")


def masses() -> tuple[pd.DataFrame, pd.Series]:
    """Return penguins with their mass as the target."""
    X, _ = penguins()
    return X.drop(columns="body_mass_g"), X["body_mass_g"].fillna(4000)


def coded() -> tuple[pd.DataFrame, np.ndarray]:
    """Return penguins with the species as a number."""
    X, y = penguins()
    return X, pd.factorize(y)[0]


def binary() -> tuple[pd.DataFrame, np.ndarray]:
    """Return penguins with two classes."""
    X, y = penguins()
    return X, (y == "Adelie").to_numpy()


def with_categories() -> tuple[pd.DataFrame, pd.Series]:
    """Return penguins with the dtype category."""
    X, y = penguins()
    return X.astype({"island": "category", "sex": "category"}), y


def coded_categories() -> tuple[pd.DataFrame, np.ndarray]:
    """Return penguins with the dtype category and the species as a number."""
    return with_categories()[0], coded()[1]


def numbers() -> tuple[pd.DataFrame, pd.Series]:
    """Return the penguins' measures."""
    X, y = penguins()
    return X.select_dtypes("number"), y


def array() -> tuple[np.ndarray, pd.Series]:
    """Return the penguins' measures as an array."""
    X, y = numbers()
    return X.to_numpy(), y


def words() -> tuple[pd.DataFrame, pd.Series]:
    """Return the penguins' islands and sexes, none of them missing."""
    X, y = penguins()
    known = X["sex"].notna()
    return X.loc[known, ["island", "sex"]], y[known]


def texts() -> tuple[list[str], pd.Series]:
    """Return a sentence about each penguin."""
    X, y = penguins()
    return [f"a {species} penguin of {island}" for species, island in zip(y, X["island"])], y


def two_outputs() -> tuple[pd.DataFrame, np.ndarray]:
    """Return penguins with two targets."""
    X, y = coded()
    return X, np.c_[y == 0, y == 1].astype(int)


ZOO = _table()


def rewritten(path, target, *, rehash=True, **changes):
    """Copy a file with members changed by functions of their bytes; None drops one."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name, change in changes.items():
        key = name.replace("_", ".")
        members[key] = change(members.get(key, b""))
    manifest = json.loads(members["manifest.json"])
    if rehash:
        manifest["sha256"] = {
            name: hashlib.sha256(data).hexdigest()
            for name, data in members.items()
            if name not in ("manifest.json", "signature.json") and data is not None
        }
        members["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in members.items():
            if data is not None:
                out.writestr(name, data)
    return target
