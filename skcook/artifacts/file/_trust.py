"""What a model file may hold: the types that it names, each with the reason, and their settings.

Loading a file never runs code that is in it; the file only names types, and skops builds objects
of them. **To trust a type is to let any file build one with any state.** So the list of names
below is the security boundary. It adds to what skops trusts itself (scikit-learn's public
estimators, numpy's arrays and scalars, ufuncs, Python's plain containers). A list inside a file is
shown to people and never followed.

With a type every setting of it is trusted, and a few settings make a trusted type read from the
disk: scikit-learn's vectorizers take ``input="filename"`` and open what a row says, and the names
of languages and tokenizers become parts of paths of data. A model with one of these is refused,
wherever in it the setting is.

What trust does not buy: a crafted file may still hold trees whose nodes point outside their
arrays, which can end the process at the first prediction. Take files from people you trust, and
sign them where others can write.
"""

import gc
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from skcook.exceptions import ArtifactError

#: For each reason the modules, and the names in them.
_REASONS: dict[str, dict[str, str]] = {
    "describes or holds numbers, and nothing that runs": {
        "numpy": "dtype",
        "scipy.interpolate._bsplines": "BSpline _BSpline",
        "scipy.sparse._coo": "coo_array coo_matrix",
        "scipy.sparse._csc": "csc_array csc_matrix",
        "scipy.sparse._csr": "csr_array csr_matrix",
    },
    "a container without behaviour of its own": {
        "collections": "OrderedDict",  # what LightGBM keeps of its evaluation
        "sklearn.utils._bunch": "Bunch",
    },
    "a function of numbers to numbers": {
        "functools": "partial",  # of a function that is allowed itself
        "numpy": "clip mean nan_to_num reshape round",
        "scipy._lib.array_api_compat.numpy._aliases": "asarray",
        "sklearn.feature_selection._mutual_info": "mutual_info_classif mutual_info_regression",
        "sklearn.feature_selection._univariate_selection": (
            "chi2 f_classif f_regression r_regression"
        ),
        "sklearn.utils.validation": "check_array",
    },
    "the fitted nodes of trees: arrays of numbers": {
        "sklearn.ensemble._hist_gradient_boosting.predictor": "TreePredictor",
        "sklearn.tree._tree": "Tree",
    },
    "state that a scikit-learn estimator builds itself": {
        "sklearn._loss.loss": "HalfTweedieLoss HalfTweedieLossIdentity",
        "sklearn.calibration": "_CalibratedClassifier _SigmoidCalibration _TemperatureScaling",
        "sklearn.cluster._bisect_k_means": "_BisectingTree",
        "sklearn.cluster._kmeans": "_kmeans_single_elkan _kmeans_single_lloyd",
        "sklearn.compose._column_transformer": "make_column_selector",
        "sklearn.gaussian_process._gpc": "_BinaryGaussianProcessClassifierLaplace",
        "sklearn.gaussian_process.kernels": (
            "CompoundKernel ConstantKernel DotProduct ExpSineSquared Exponentiation Matern "
            "PairwiseKernel Product RBF RationalQuadratic Sum WhiteKernel"
        ),
        "sklearn.impute._iterative": "IterativeImputer _ImputerTriplet",
        "sklearn.metrics._dist_metrics": (
            "BrayCurtisDistance64 CanberraDistance64 ChebyshevDistance64 DiceDistance64 "
            "EuclideanDistance64 HammingDistance64 HaversineDistance64 JaccardDistance64 "
            "MahalanobisDistance64 ManhattanDistance64 MinkowskiDistance64 "
            "RogersTanimotoDistance64 RussellRaoDistance64 SEuclideanDistance64 "
            "SokalSneathDistance64"
        ),
        "sklearn.model_selection._search_successive_halving": (
            "HalvingGridSearchCV HalvingRandomSearchCV"
        ),
        "sklearn.multiclass": "_ConstantPredictor",
        "sklearn.neighbors._ball_tree": "BallTree",
        "sklearn.neighbors._kd_tree": "KDTree",
        "sklearn.neural_network._stochastic_optimizers": "AdamOptimizer SGDOptimizer",
        "sklearn.utils._metadata_requests": "MetadataRequest MethodMetadataRequest",
    },
    "a splitter or a scorer that a search keeps, unused in predictions": {
        "skcook.recommend": "ColdItemSplit LeaveLastN RankingScorer TimeSplit UserShuffleSplit",
        "sklearn.metrics._classification": (
            "accuracy_score balanced_accuracy_score brier_score_loss d2_brier_score "
            "d2_log_loss_score f1_score jaccard_score log_loss matthews_corrcoef precision_score "
            "recall_score"
        ),
        "sklearn.metrics._ranking": (
            "average_precision_score ndcg_score roc_auc_score top_k_accuracy_score"
        ),
        "sklearn.metrics._regression": (
            "d2_absolute_error_score explained_variance_score max_error mean_absolute_error "
            "mean_absolute_percentage_error mean_gamma_deviance mean_poisson_deviance "
            "mean_squared_error mean_squared_log_error median_absolute_error r2_score "
            "root_mean_squared_error root_mean_squared_log_error"
        ),
        "sklearn.metrics._scorer": (
            "_CurveScorer _MultimetricScorer _PassthroughScorer _Scorer "
            "negative_likelihood_ratio positive_likelihood_ratio"
        ),
        "sklearn.metrics.cluster._supervised": (
            "adjusted_mutual_info_score adjusted_rand_score completeness_score "
            "fowlkes_mallows_score homogeneity_score mutual_info_score "
            "normalized_mutual_info_score rand_score v_measure_score"
        ),
        "sklearn.model_selection._split": (
            "GroupKFold GroupShuffleSplit KFold LeaveOneGroupOut LeaveOneOut PredefinedSplit "
            "RepeatedKFold RepeatedStratifiedKFold ShuffleSplit StratifiedGroupKFold "
            "StratifiedKFold StratifiedShuffleSplit TimeSeriesSplit"
        ),
    },
    "a booster, whose state is the library's own model format": {
        "lightgbm.basic": "Booster",
        "lightgbm.sklearn": "LGBMClassifier LGBMRanker LGBMRegressor",
        "xgboost.core": "Booster",
        "xgboost.sklearn": ("XGBClassifier XGBRFClassifier XGBRFRegressor XGBRanker XGBRegressor"),
    },
    "a part of skcook": {
        "skcook.explain": (
            "ExplainedClassifier ExplainedRegressor ImageExplainer TabularExplainer TextExplainer"
        ),
        "skcook.models": (
            "AnyLabelsClassifier ColumnCleaner EarlyStoppingClassifier EarlyStoppingRegressor "
            "Leaderboard ModelColumns MonotonicClassifier MonotonicRegressor TextFeatures"
        ),
        "skcook.preprocessing": (
            "CategoricalImputer CountEncoder DateFeatures DropConstant DropCorrelated "
            "ForwardFillImputer LookupJoiner NumericImputer NumericScaler OneHotEncoder "
            "OrdinalEncoder OutlierClipper TargetEncoder"
        ),
        "skcook.recommend": (
            "ALSRecommender EASERecommender LightFMRecommender PopularityRecommender SideTable"
        ),
        "skcook.review": "Corrections ReviewedClassifier ReviewedRegressor",
        "skcook.text": (
            "PhraseJoiner TextCleaner TextStats TextVectorizer WordFrequencies WordNGrams"
        ),
    },
}

#: Every type that may be loaded, with the reason why.
ALLOWED_TYPES: Mapping[str, str] = {
    f"{module}.{name}": reason
    for reason, modules in _REASONS.items()
    for module, names in modules.items()
    for name in names.split()
}


def refused(types: Iterable[str], trusted: Iterable[str] = ()) -> list[str]:
    """List the types that are not allowed."""
    more = set(trusted)
    return sorted(name for name in set(types) if name not in ALLOWED_TYPES and name not in more)


#: What may not be in a name that becomes part of a path.
_PATH_PARTS = ("/", "\\", "..", ":", "\0")
_NAMED_DATA = ("language", "stop_words", "tokenizer")
_ATOMS = (str, bytes, int, float, complex, bool, type(None), type, types.ModuleType,
          types.FunctionType, types.BuiltinFunctionType, types.MethodType)  # fmt: skip


def refuse_file_settings(model: Any) -> None:
    """Raise if any part of a model is set to read files by name."""
    for part in _objects(model):
        settings = getattr(part, "__dict__", None)
        if not isinstance(settings, dict):
            continue
        source = _as_text(settings.get("input"))
        # Where it matters, whatever may act as another word is none.
        reads_texts = hasattr(type(part), "build_analyzer") and "input" in settings
        if source in ("filename", "file") or (reads_texts and source != "content"):
            raise ArtifactError(
                f"{type(part).__name__} has input={source!r}: it opens the files that rows "
                "name, so whoever sends rows could read this machine's files. Read the texts "
                "yourself, and use input='content'."
            )
        for name in _NAMED_DATA:
            value = _as_text(settings.get(name))
            if value is not None and any(piece in value for piece in _PATH_PARTS):
                raise ArtifactError(
                    f"{type(part).__name__} has {name}={value[:100]!r}, which is a path and "
                    "no name. It would read files of this machine."
                )


def _as_text(value: Any) -> str | None:
    """Return the text that a setting is, or is equal to: numpy compares an array of one text so."""
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    return str(value) if isinstance(value, str) else None


def _objects(model: Any) -> Iterator[Any]:
    """Go through all objects that a model refers to."""
    # Kept, so that no other object gets the id of one that was made for the occasion.
    seen: dict[int, Any] = {}
    stack = [model]
    while stack:
        item = stack.pop()
        if isinstance(item, _ATOMS) or id(item) in seen:
            continue
        seen[id(item)] = item
        yield item
        if isinstance(item, np.ndarray) and item.dtype.hasobject:
            # The garbage collector does not look into arrays.
            stack.extend(item.ravel().tolist())
        stack.extend(gc.get_referents(item))
