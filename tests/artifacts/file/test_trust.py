"""The allow-list names what exists, each with a reason, and every estimator of skcook."""

import contextlib
import importlib
import itertools

import numpy as np
import pytest
import scipy

from skcook.artifacts.file._trust import ALLOWED_TYPES, refused
from skcook.utils import all_estimators
from tests.artifacts._zoo import ZOO

OPTIONAL = ("lightgbm.", "xgboost.")


# What a spline is made of changed in this version of scipy; a file may come from either side.
SPLINES_CHANGED = (1, 18)
NAMES_OF_SOME_VERSIONS = {
    "scipy._lib.array_api_compat.numpy._aliases.asarray": lambda v: v < SPLINES_CHANGED,
    "scipy.interpolate._bsplines._BSpline": lambda v: v >= SPLINES_CHANGED,
}


def exists(name):
    module, _, attribute = name.rpartition(".")
    try:
        return hasattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize("name", [n for n in ALLOWED_TYPES if not n.startswith(OPTIONAL)])
def test_every_name_exists(name):
    expected = NAMES_OF_SOME_VERSIONS.get(name, lambda v: True)
    version = tuple(map(int, scipy.__version__.split(".")[:2]))
    assert exists(name) == expected(version)


def test_every_name_has_its_reason():
    assert all(len(reason) > 10 for reason in ALLOWED_TYPES.values())


def test_every_estimator_of_skcook_is_on_the_list():
    missing = [
        f"{cls.__module__}.{name}"
        for name, cls in all_estimators()
        if f"{cls.__module__}.{name}" not in ALLOWED_TYPES
    ]
    assert not missing, f"add to skcook/artifacts/file/_trust.py: {missing}"


@pytest.mark.parametrize(
    "name",
    ["builtins.eval", "builtins.exec", "builtins.getattr", "builtins.open", "posix.system",
     "os.system", "subprocess.Popen", "operator.methodcaller", "operator.attrgetter",
     "importlib.import_module", "pickle.loads", "joblib.numpy_pickle.load", "numpy.load",
     "numpy.fromfile", "sklearn.datasets._base.load_files",
     "skcook.utils._optional.import_optional",
     "skcook.artifacts.file._artifact.load"],
)  # fmt: skip
def test_nothing_that_opens_runs_or_imports_is_on_it(name):
    assert name not in ALLOWED_TYPES


def test_what_is_refused():
    assert refused(["numpy.dtype", "b.B", "a.A", "a.A"]) == ["a.A", "b.B"]
    assert refused(["b.B", "a.A"], ["a.A"]) == ["b.B"]


def test_the_parts_of_skcook_are_named_by_where_users_import_them_from():
    ours = [name for name in ALLOWED_TYPES if name.startswith("skcook.")]
    assert ours
    private = [name for name in ours if "._" in name or name.count(".") != 2]
    assert not private


#: Names that a file needs which no default of an estimator makes: another setting, another kind of
#: answer, a model of a library, or what scikit-learn shows only to those who ask for experiments.
BY_SETTING = (
    "collections.OrderedDict", "functools.partial", "lightgbm.", "xgboost.",
    "skcook.", "numpy.", "scipy.sparse.",
    "scipy.interpolate._bsplines.", "sklearn._loss.", "sklearn.calibration._TemperatureScaling",
    "sklearn.cluster._kmeans._kmeans_single_elkan", "sklearn.feature_selection.",
    "sklearn.impute._iterative.", "sklearn.metrics._dist_metrics.",
    "sklearn.metrics._ranking.ndcg_score", "sklearn.metrics._scorer._MultimetricScorer",
    "sklearn.model_selection._search_successive_halving.", "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.utils.validation.check_array", "scipy._lib.array_api_compat.",
)  # fmt: skip


def census():
    """Yield estimators of scikit-learn as its own checks fit them, its scorers and splitters."""
    from sklearn import model_selection
    from sklearn.gaussian_process import kernels
    from sklearn.metrics import get_scorer, get_scorer_names
    from sklearn.utils import all_estimators as all_of_sklearn
    from sklearn.utils._test_common.instance_generator import _construct_instances
    from sklearn.utils.estimator_checks import (
        _enforce_estimator_tags_X,
        _enforce_estimator_tags_y,
    )

    X, y = np.random.RandomState(0).rand(40, 4), np.tile([0, 1], 20)
    for _, cls in all_of_sklearn():
        with contextlib.suppress(Exception):  # some need settings; their checks are others'
            for model in _construct_instances(cls):
                yield model.fit(
                    _enforce_estimator_tags_X(model, X.copy()),
                    _enforce_estimator_tags_y(model, y.copy()),
                )
    yield from map(get_scorer, get_scorer_names())
    inner = kernels.RBF()
    makers = [
        *(getattr(model_selection, name) for name in model_selection.__all__),
        *(getattr(kernels, name) for name in dir(kernels)),
    ]
    settings = [(), (2,), ([0, 1, 0],), (inner,), (inner, inner), (inner, 2.0), ([inner],)]
    for cls in makers:
        if hasattr(cls, "split") or hasattr(cls, "is_stationary"):
            for given in settings:
                with contextlib.suppress(Exception):
                    yield cls(*given)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_every_name_is_needed_by_a_file_and_every_estimator_of_scikit_learn_is_allowed():
    import skops.io

    used = set()
    for model in itertools.chain((make()[0] for make in ZOO.values()), census()):
        with contextlib.suppress(skops.io.exceptions.UnsupportedTypeException):
            used.update(skops.io.get_untrusted_types(data=skops.io.dumps(model)))
    dead = {name for name in ALLOWED_TYPES if name not in used and not name.startswith(BY_SETTING)}
    assert not dead
    abstract = {"BaseShuffleSplit", "LeavePGroupsOut", "LeavePOut", "StationaryKernelMixin"}
    assert {n for n in refused(used) if n.rpartition(".")[2] not in abstract} == set()
