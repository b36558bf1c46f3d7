"""Every transformer and estimator that takes mixed frames, drawn into random pipelines."""

import warnings
from contextlib import suppress
from typing import Any

import numpy as np
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    Normalizer,
    PowerTransformer,
    QuantileTransformer,
    SplineTransformer,
)
from sklearn.tree import DecisionTreeRegressor
from sklearn.utils import all_estimators

from skcook import models
from skcook import preprocessing as prep
from skcook.explain import ExplainedClassifier
from skcook.models import AnyLabelsClassifier, ModelColumns, TextFeatures, tabular_pipeline
from skcook.review import ReviewedRegressor
from skcook.text import TextVectorizer
from tests.plan import _pipelines as p

#: Settings that keep any estimator small and repeatable, where it has them.
SMALL = {
    "n_estimators": 3, "max_iter": 30, "random_state": 0, "max_leaf_nodes": 5, "max_depth": 3,
    "hidden_layer_sizes": (3,), "n_components": 1, "n_clusters": 2, "n_init": 1,
    "n_nearest_features": 2, "min_child_samples": 3, "verbosity": -1, "cv": 2,
}  # fmt: skip


def small(kind: type) -> Any:
    """Return an estimator of a class with small settings; None if it cannot be made alone."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            made = kind()
    except (TypeError, FutureWarning):  # a meta-estimator, or a class that is about to go
        return None
    known = made.get_params()
    return made.set_params(**{k: v for k, v in SMALL.items() if k in known})


def _all(kind: str, without: tuple[str, ...] = ()) -> dict[str, Any]:
    found = {name: small(cls) for name, cls in all_estimators(type_filter=kind)}
    return {n: made for n, made in found.items() if made is not None and n not in without}


def _is_plain_step(name: str, kind: Any) -> bool:
    """Tell whether this is a transformer of one row per row that needs no arguments."""
    return name in prep.__all__ and "Encoder" not in name and small(kind) is not None


#: Those that cannot take a mixed frame's numbers (one column, sets of labels, images), or that
#: take seconds to fit.
TRANSFORMERS = _all(
    "transformer",
    ("DictVectorizer", "FeatureHasher", "LabelBinarizer", "LabelEncoder", "MultiLabelBinarizer",
     "PatchExtractor", "TSNE", "IsotonicRegression", "HashingVectorizer", "CountVectorizer",
     "TfidfVectorizer", "DictionaryLearning", "MiniBatchDictionaryLearning",
     "LatentDirichletAllocation"),
)  # fmt: skip
TRANSFORMERS |= {
    "from_model": SelectFromModel(DecisionTreeRegressor(random_state=0)),
    "rfe": RFE(DecisionTreeRegressor(random_state=0), n_features_to_select=1),
    "indicator": MissingIndicator(features="all"),
    "log1p": FunctionTransformer(np.log1p),
    "square": FunctionTransformer(np.square, feature_names_out="one-to-one"),
    "same": FunctionTransformer(),
    "normal": QuantileTransformer(n_quantiles=15, output_distribution="normal"),
    "periodic": SplineTransformer(extrapolation="periodic", degree=2),
    "linear_spline": SplineTransformer(extrapolation="linear", knots="quantile"),
    "strict_spline": SplineTransformer(extrapolation="error", include_bias=False),
    "continued": SplineTransformer(extrapolation="continue"),
    "ordinal_bins": KBinsDiscretizer(
        4, encode="ordinal", strategy="uniform", quantile_method="linear"
    ),
    "l1": Normalizer("l1"),
    "raw_power": PowerTransformer(standardize=False),
    "three": FeatureUnion([("a", SimpleImputer()), ("b", MissingIndicator())]),
}
TEXT_STEPS: dict[str, Any] = {
    **p.TEXT_STEPS,
    "tfidf": lambda: make_pipeline(FunctionTransformer(), TextVectorizer(ngram_range=(1, 2))),
    "binary": lambda: TextVectorizer(weighting="binary", min_df=2),
    "features": lambda: TextFeatures(),
}
#: Vectorizers of scikit-learn, which take one column.
ONE_TEXT: dict[str, Any] = {
    "tfidf": TfidfVectorizer,
    "sublinear": lambda: TfidfVectorizer(sublinear_tf=True, norm="l1", token_pattern=r"\w"),
    "count": lambda: CountVectorizer(analyzer="char_wb", ngram_range=(1, 2)),
    "hashed": lambda: HashingVectorizer(n_features=32, alternate_sign=True),
}
OWN_STEPS: dict[str, Any] = {
    **p.OWN_STEPS,
    **{name: kind for name, kind in vars(prep).items() if _is_plain_step(name, kind)},
    "named": lambda: ModelColumns(strings=True),
    "texts": TextFeatures,
    "robust": lambda: prep.NumericScaler("robust"),
}
_HARD = ("GaussianProcessClassifier", "GaussianProcessRegressor")
CLASSIFIERS = _all("classifier", ("SelfTrainingClassifier", *_HARD))
REGRESSORS = _all("regressor", ("IsotonicRegression", *_HARD))
for _task, _found in (("classification", CLASSIFIERS), ("regression", REGRESSORS)):
    for _name in ("lightgbm", "xgboost"):
        _found[_name] = small(type(models.make_model(_name, _task)))
        _found[_name].set_params(n_jobs=1, verbosity=0 if _name == "xgboost" else -1)
CLASSIFIERS |= {
    "rest": OneVsRestClassifier(LogisticRegression()),
    "pairs": OneVsOneClassifier(LogisticRegression()),
    "bagged": BaggingClassifier(n_estimators=2, random_state=0),
    "soft": VotingClassifier(
        [("a", LogisticRegression()), ("b", CLASSIFIERS["RandomForestClassifier"])], voting="soft"
    ),
}
REGRESSORS |= {
    "bagged": BaggingRegressor(n_estimators=2, random_state=0),
    "votes": VotingRegressor([("a", Ridge()), ("b", REGRESSORS["RandomForestRegressor"])]),
    "stack": StackingRegressor([("a", Ridge()), ("b", REGRESSORS["DecisionTreeRegressor"])], cv=2),
}
OF_CLASSIFIERS: dict[str, Any] = {
    **p.WRAPPERS,
    "tuned": lambda pipeline: TunedThresholdClassifierCV(pipeline, cv=2),
    "search": lambda pipeline: GridSearchCV(pipeline, {}, cv=2),
    "explained": lambda pipeline: ExplainedClassifier(pipeline),
    "labels": AnyLabelsClassifier,
    "isotonic": lambda pipeline: p.CalibratedClassifierCV(pipeline, cv=2, method="isotonic"),
}
OF_REGRESSORS: dict[str, Any] = {
    "none": lambda pipeline: pipeline,
    "log": lambda pipeline: TransformedTargetRegressor(
        pipeline, func=np.log1p, inverse_func=np.expm1
    ),
    "scaled": lambda pipeline: TransformedTargetRegressor(
        pipeline, transformer=QuantileTransformer(n_quantiles=9)
    ),
    "search": lambda pipeline: GridSearchCV(pipeline, {}, cv=2),
    "vote": lambda pipeline: VotingRegressor([("a", pipeline), ("b", pipeline)]),
    "reviewed": lambda pipeline: ReviewedRegressor(
        pipeline, corrections=[{"kind": "drop", "feature": "c0"}]
    ),
}


_some = st.sampled_from


def _draw_columns(draw: Any, dtypes: list[str]) -> Any:
    """Return a ColumnTransformer over columns of some dtypes."""
    names = [f"c{i}" for i in range(len(dtypes))]
    numbers = [n for n, d in zip(names, dtypes, strict=True) if d in p.NUMBERS]
    texts = [n for n, d in zip(names, dtypes, strict=True) if d in (*p.TEXTS, "bool", "boolean")]
    steps = [clone(TRANSFORMERS[draw(_some(sorted(TRANSFORMERS)))]) for _ in range(2)]
    fill = [SimpleImputer()] if draw(_some([True, True, True, False])) else []
    parts = [("n", make_pipeline(*fill, *steps[: draw(st.integers(1, 2))]), numbers)]
    if len(texts) > 1 and draw(st.booleans()):
        parts.append(("d", ONE_TEXT[draw(_some(sorted(ONE_TEXT)))](), texts.pop()))
    parts.append(("t", TEXT_STEPS[draw(_some(sorted(TEXT_STEPS)))](), texts))
    rest = draw(_some(["drop", "passthrough"]))
    made = ColumnTransformer([part for part in parts if part[2]], remainder=rest)
    # The container that steps pass on has effects of its own.
    if draw(st.booleans()):
        with suppress(ValueError):  # vectorizers and their weights have no choice
            made.set_output(transform="pandas")
    return made


@st.composite
def wide_cases(draw):
    """Draw a case of any kind."""
    dtypes = draw(st.lists(_some(sorted(p.ALL_DTYPES)), min_size=1, max_size=5))
    target = draw(_some(["text", "bool", "number"]))
    container = draw(_some(["pandas", "pandas", "pandas", "polars", "numpy"]))
    if container == "numpy":
        dtypes = [dtype if dtype in p.NUMBERS else "float64" for dtype in dtypes]
    known = REGRESSORS if target == "number" else CLASSIFIERS
    model = clone(known[draw(_some(sorted(known)))])
    kind = draw(_some(["sklearn", "own", "table", "skrub"]))
    if kind == "sklearn" and container != "numpy":
        pipeline = make_pipeline(_draw_columns(draw, dtypes), model)
    elif kind == "own":
        steps = draw(st.lists(_some(sorted(OWN_STEPS)), max_size=3, unique=True))
        pipeline = p.own_pipeline([], draw(_some(sorted(p.OWN_ENCODERS))), model)
        for step in steps:
            pipeline.steps.insert(1, (step, OWN_STEPS[step]()))
    elif kind == "table" or container == "numpy":
        task = "regression" if target == "number" else "classification"
        pipeline = tabular_pipeline(model, task)
    else:
        from skrub import TableVectorizer

        pipeline = make_pipeline(TableVectorizer(), SimpleImputer(), model)
    wrappers = OF_REGRESSORS if target == "number" else OF_CLASSIFIERS
    wrapped = draw(_some(["none", *sorted(wrappers)]))
    return p.Case(
        wrappers[wrapped](pipeline), dtypes, draw(st.booleans()), draw(st.integers(0, 99)),
        target, container,
    )  # fmt: skip
