"""Frames, steps and models from which the plan's tests build pipelines."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
)
from sklearn.preprocessing import OneHotEncoder as SklearnOneHotEncoder
from sklearn.preprocessing import OrdinalEncoder as SklearnOrdinalEncoder
from sklearn.preprocessing import TargetEncoder as SklearnTargetEncoder
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skcook import preprocessing as prep
from skcook.models import ColumnCleaner
from skcook.review import ReviewedClassifier
from skcook.text import TextVectorizer

#: How a column of each dtype is made of numbers from 0 to 3.
DTYPES: dict[str, Any] = {
    "float64": lambda v: v * 1.37 - 1,
    "float32": lambda v: (v * 1.37 - 1).astype("float32"),
    "int64": lambda v: np.round(v * 10).astype("int64"),
    "int8": lambda v: np.round(v * 10).astype("int8"),
    "Int64": lambda v: pd.array(np.round(v * 10).astype(int), dtype="Int64"),
    "Float64": lambda v: pd.array(v, dtype="Float64"),
    "bool": lambda v: v > 1.5,
    "boolean": lambda v: pd.array(v > 1.5, dtype="boolean"),
    "str": lambda v: pd.array([f"v{int(x)}" for x in v], dtype="str"),
    "string": lambda v: pd.array([f"v{int(x)}" for x in v], dtype="string"),
    "object": lambda v: np.array([f"v{int(x)}" for x in v], dtype=object),
    "category": lambda v: pd.Categorical([f"v{int(x)}" for x in v], ["v0", "v1", "v2", "v9"]),
    "datetime64[us]": lambda v: pd.to_datetime("2024-02-27") + pd.to_timedelta(v, unit="D"),
}
#: Dtypes that few frames have, for the widest test alone.
RARE_DTYPES: dict[str, Any] = {
    "uint8": lambda v: np.round(v * 10).astype("uint8"),
    "int16": lambda v: np.round(v * 10).astype("int16"),
    "Float32": lambda v: pd.array(v.astype("float32"), dtype="Float32"),
    "UInt16": lambda v: pd.array(np.round(v * 10).astype(int), dtype="UInt16"),
    "ordered": lambda v: pd.Categorical(
        [f"v{int(x)}" for x in v], ["v2", "v1", "v0"], ordered=True
    ),
    "codes": lambda v: pd.Categorical([int(x) for x in v], [0, 1, 2, 9]),
    "words": lambda v: pd.array([f"red v{int(x)} {int(x * 7)} fish" for x in v], dtype="str"),
    "zoned": lambda v: (
        pd.to_datetime("2024-03-30", utc=True) + pd.to_timedelta(v, unit="D")
    ).tz_convert("Europe/Berlin"),
    "timedelta64[ns]": lambda v: pd.to_timedelta(np.round(v * 1000), unit="s"),
}
ALL_DTYPES = DTYPES | RARE_DTYPES
NULLABLE = frozenset(ALL_DTYPES) - {"int64", "int8", "bool", "uint8", "int16"}
NUMBERS = (
    "float64", "float32", "int64", "int8", "Int64", "Float64", "uint8", "int16", "Float32",
    "UInt16",
)  # fmt: skip
TEXTS = ("str", "string", "object", "category", "ordered", "words", "codes")


def make_frame(dtypes: list[str], holes: bool, seed: int, n: int = 60) -> pd.DataFrame:
    """Return a frame of one column per dtype, a tenth of it missing where that is possible."""
    rng = np.random.default_rng(seed)
    columns = {}
    for i, dtype in enumerate(dtypes):
        made = ALL_DTYPES[dtype](rng.uniform(0, 3, n))
        column = pd.Series(made, dtype=object if dtype == "object" else None)
        if dtype == "datetime64[us]":
            column = column.dt.floor("s").astype(dtype)
        assert str(column.dtype) == dtype or dtype in RARE_DTYPES
        if holes and dtype in NULLABLE:
            column = column.mask(rng.random(n) < 0.1)
        columns[f"c{i}"] = column
    return pd.DataFrame(columns)


NUMBER_STEPS: dict[str, Any] = {
    "standard": StandardScaler,
    "no_mean": lambda: StandardScaler(with_mean=False),
    "minmax": MinMaxScaler,
    "clipped": lambda: MinMaxScaler(clip=True),
    "robust": RobustScaler,
    "maxabs": MaxAbsScaler,
    "mean": SimpleImputer,
    "indicated": lambda: SimpleImputer(strategy="median", add_indicator=True),
    "power": PowerTransformer,
    "quantile": lambda: QuantileTransformer(n_quantiles=20),
    "bins": lambda: KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf"),
    "poly": lambda: PolynomialFeatures(2),
    "spline": lambda: SplineTransformer(n_knots=3),
    "pca": lambda: PCA(1, random_state=0),
    "variance": VarianceThreshold,
    "best": lambda: SelectKBest(k=1),
    "union": lambda: FeatureUnion([("a", StandardScaler()), ("b", MinMaxScaler())]),
}
TEXT_STEPS: dict[str, Any] = {
    "one_hot": lambda: SklearnOneHotEncoder(handle_unknown="ignore"),
    "strict": lambda: SklearnOneHotEncoder(),
    "first": lambda: SklearnOneHotEncoder(drop="first", handle_unknown="ignore"),
    "rare": lambda: SklearnOneHotEncoder(
        min_frequency=0.3, handle_unknown="infrequent_if_exist", sparse_output=False
    ),
    "ordinal": lambda: SklearnOrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    "target": lambda: SklearnTargetEncoder(cv=2, random_state=0),
    "filled": lambda: make_pipeline(
        SimpleImputer(strategy="most_frequent"), SklearnOneHotEncoder(handle_unknown="ignore")
    ),
    "characters": lambda: TextVectorizer(analyzer="char"),
    "scaled": lambda: make_pipeline(
        SklearnOneHotEncoder(handle_unknown="ignore", sparse_output=False), StandardScaler()
    ),
}
OWN_STEPS: dict[str, Any] = {
    "dates": prep.DateFeatures,
    "cyclical": lambda: prep.DateFeatures(cyclical=True),
    "constant": prep.DropConstant,
    "numeric_imputer": lambda: prep.NumericImputer(add_indicator=True),
    "rounded": lambda: prep.NumericImputer("mean"),
    "categorical_imputer": prep.CategoricalImputer,
    "filled": lambda: prep.CategoricalImputer("constant", fill_value="v1"),
    "forward": prep.ForwardFillImputer,
    "scaler": prep.NumericScaler,
    "minmax": lambda: prep.NumericScaler("minmax"),
    "cleaned": ColumnCleaner,
}
OWN_ENCODERS: dict[str, Any] = {
    "one_hot": lambda: prep.OneHotEncoder(sparse_output=False, handle_unknown="ignore"),
    "strict": lambda: prep.OneHotEncoder(sparse_output=False),
    "rare": lambda: prep.OneHotEncoder(
        sparse_output=False, handle_unknown="infrequent_if_exist", max_categories=2
    ),
    "dropped": lambda: prep.OneHotEncoder(
        sparse_output=False, handle_unknown="ignore", drop="first"
    ),
    "ordinal": lambda: prep.OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
    ),
    "target": lambda: prep.TargetEncoder(cv=2, random_state=0),
    "count": prep.CountEncoder,
    "shares": lambda: prep.CountEncoder(normalize=True),
}
MODELS: dict[str, Any] = {
    "logistic": lambda: LogisticRegression(max_iter=200),
    "ridge": RidgeClassifier,
    "sgd": lambda: SGDClassifier(random_state=0),
    "tree": lambda: DecisionTreeClassifier(max_depth=4, random_state=0),
    "forest": lambda: RandomForestClassifier(4, random_state=0),
    "extra": lambda: ExtraTreesClassifier(4, random_state=0),
    "boosting": lambda: HistGradientBoostingClassifier(max_iter=4, min_samples_leaf=5),
    "neighbours": KNeighborsClassifier,
    "svm": SVC,
    "bayes": GaussianNB,
    "network": lambda: MLPClassifier((3,), max_iter=5, random_state=0),
}
WRAPPERS: dict[str, Any] = {
    "none": lambda pipeline: pipeline,
    "calibrated": lambda pipeline: CalibratedClassifierCV(pipeline, cv=2),
    "threshold": lambda pipeline: FixedThresholdClassifier(pipeline, threshold=0.4),
    "vote": lambda pipeline: VotingClassifier([("a", pipeline), ("b", pipeline)]),
    "stack": lambda pipeline: StackingClassifier([("a", pipeline)], cv=2),
    "reviewed": lambda pipeline: ReviewedClassifier(
        pipeline, corrections=[{"kind": "drop", "feature": "c0"}]
    ),
}


def sklearn_pipeline(numbers: str, texts: str, model: Any, dtypes: list[str]) -> Pipeline:
    """Return a pipeline of a ColumnTransformer, as scikit-learn's users write it."""
    names = [f"c{i}" for i in range(len(dtypes))]
    of_numbers = [n for n, d in zip(names, dtypes, strict=True) if d in NUMBERS]
    fill = [SimpleImputer()] if numbers not in ("mean", "indicated") else []
    parts = [("n", make_pipeline(*fill, NUMBER_STEPS[numbers]()), of_numbers)]
    of_texts = [n for n, d in zip(names, dtypes, strict=True) if d in (*TEXTS, "bool", "boolean")]
    parts.append(("t", TEXT_STEPS[texts](), of_texts))
    return make_pipeline(ColumnTransformer([p for p in parts if p[2]]), model)


def own_pipeline(steps: list[str], encoder: str, model: Any) -> Pipeline:
    """Return a pipeline of skcook's transformers."""
    made = [prep.DateFeatures(), *(OWN_STEPS[step]() for step in steps), prep.NumericImputer()]
    return make_pipeline(*made, OWN_ENCODERS[encoder](), model)


@dataclass
class Case:
    """A pipeline, and the frames that it is fitted to and asked about."""

    pipeline: Any
    dtypes: list[str]
    holes: bool
    seed: int
    target: str = "text"
    container: str = "pandas"

    def frame(self, seed: int, n: int = 60) -> Any:
        """Return rows."""
        made = make_frame(self.dtypes, self.holes, seed, n)
        if self.container == "polars":
            import polars as pl

            return pl.from_pandas(made)
        return made.to_numpy(dtype=np.float64) if self.container == "numpy" else made

    def y(self, n: int = 60) -> np.ndarray:
        """Return the target: labels, truth values or positive numbers."""
        rng = np.random.default_rng(self.seed)
        if self.target == "number":
            return rng.gamma(2.0, size=n)
        labels = rng.integers(0, 3, n)
        return np.array(["a", "b", "c"])[labels] if self.target == "text" else labels > 1
