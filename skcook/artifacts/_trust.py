"""The types that a model file may name, each with the reason.

Loading a file never runs code that is in it; the file only names types, and skops builds objects
of them. **To trust a type is to let any file build one with any state.** So the list of names
below is the security boundary. It adds to what skops trusts itself (scikit-learn's public
estimators, numpy's arrays and scalars, ufuncs, Python's plain containers). A list inside a file is
shown to people and never followed.

What trust does not buy: a crafted file may still hold trees whose nodes point outside their
arrays, which can end the process at the first prediction. Take files from people you trust, and
sign them where others can write.
"""

from collections.abc import Iterable, Mapping

_REASONS: dict[str, tuple[str, ...]] = {
    "describes an array, and holds nothing that runs": (
        "numpy.dtype",
        "numpy.dtypes.StringDType",
        "scipy.sparse._csr.csr_array",
        "scipy.sparse._csr.csr_matrix",
        "scipy.sparse._csc.csc_array",
        "scipy.sparse._csc.csc_matrix",
        "scipy.sparse._coo.coo_array",
        "scipy.sparse._coo.coo_matrix",
    ),
    "a container of Python or scikit-learn, without behaviour of its own": (
        "builtins.range",
        "builtins.slice",
        "collections.OrderedDict",
        "collections.defaultdict",
        "sklearn.utils._bunch.Bunch",
    ),
    "a type given as a setting, which is looked up by name and holds no state": (
        "builtins.bool",
        "builtins.float",
        "builtins.int",
        "builtins.list",
        "builtins.object",
        "builtins.str",
        "numpy.float32",
        "numpy.float64",
        "numpy.int32",
        "numpy.int64",
    ),
    "fitted nodes of trees: arrays of numbers": (
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.tree._tree.Tree",
    ),
    "the state of a fitted scikit-learn estimator, which it builds itself": (
        "sklearn._loss._loss.CyHalfBinomialLoss",
        "sklearn._loss._loss.CyHalfMultinomialLoss",
        "sklearn._loss._loss.CyHalfSquaredError",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._IsotonicCalibration",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.calibration._TemperatureScaling",
        "sklearn.compose._column_transformer._RemainderColsList",
        "sklearn.compose._column_transformer.make_column_selector",
        "sklearn.ensemble._bagging._EstimatorParams",
        "sklearn.feature_selection._univariate_selection.f_classif",
        "sklearn.frozen._frozen.FrozenEstimator",
        "sklearn.multiclass._ConstantPredictor",
        "sklearn.neighbors._ball_tree.BallTree",
        "sklearn.neighbors._ball_tree.BallTree64",
        "sklearn.neighbors._ball_tree.newObj",
        "sklearn.neighbors._kd_tree.KDTree",
        "sklearn.neighbors._kd_tree.KDTree64",
        "sklearn.neighbors._kd_tree.newObj",
        "sklearn.metrics._dist_metrics.EuclideanDistance64",
        "sklearn.metrics._dist_metrics.newObj",
    ),
    "a splitter or a scorer kept by a search, unused in predictions": (
        "sklearn.metrics._scorer._MultimetricScorer",
        "sklearn.metrics._scorer._PassthroughScorer",
        "sklearn.metrics._scorer._Scorer",
        "sklearn.model_selection._split.GroupKFold",
        "sklearn.model_selection._split.GroupShuffleSplit",
        "sklearn.model_selection._split.KFold",
        "sklearn.model_selection._split.LeaveOneGroupOut",
        "sklearn.model_selection._split.LeaveOneOut",
        "sklearn.model_selection._split.PredefinedSplit",
        "sklearn.model_selection._split.RepeatedKFold",
        "sklearn.model_selection._split.RepeatedStratifiedKFold",
        "sklearn.model_selection._split.ShuffleSplit",
        "sklearn.model_selection._split.StratifiedGroupKFold",
        "sklearn.model_selection._split.StratifiedKFold",
        "sklearn.model_selection._split.StratifiedShuffleSplit",
        "sklearn.model_selection._split.TimeSeriesSplit",
    ),
    "a booster of XGBoost or LightGBM: its state is the library's own model format": (
        "lightgbm.basic.Booster",
        "lightgbm.sklearn.LGBMClassifier",
        "lightgbm.sklearn.LGBMRanker",
        "lightgbm.sklearn.LGBMRegressor",
        "xgboost.core.Booster",
        "xgboost.sklearn.XGBClassifier",
        "xgboost.sklearn.XGBRanker",
        "xgboost.sklearn.XGBRegressor",
        "xgboost.sklearn.XGBRFClassifier",
        "xgboost.sklearn.XGBRFRegressor",
    ),
    "a factorization model: arrays of numbers": ("lightfm.lightfm.LightFM",),
    "a part of skcook": (),
}

#: Every type that may be loaded, with the reason why.
ALLOWED_TYPES: Mapping[str, str] = {
    name: reason for reason, names in _REASONS.items() for name in names
}


def refused(types: Iterable[str], trusted: Iterable[str] = ()) -> list[str]:
    """List the types that are not allowed.

    Parameters
    ----------
    types : iterable of str
        The full names of the types that a file names.
    trusted : iterable of str
        Names that the user allows beyond the list.

    Returns
    -------
    names : list of str
        The others, sorted.
    """
    more = set(trusted)
    return sorted(name for name in set(types) if name not in ALLOWED_TYPES and name not in more)
