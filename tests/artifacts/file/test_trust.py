"""What a model file may hold: types, and settings that read files."""

import contextlib
import importlib
import itertools

import numpy as np
import pytest
import scipy
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline, make_union

from skcook import artifacts
from skcook.artifacts.file import _skops
from skcook.artifacts.file._trust import ALLOWED_TYPES, refused
from skcook.exceptions import ArtifactError
from skcook.text import TextCleaner, TextVectorizer
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


@pytest.fixture
def names(tmp_path):
    """Return the names of files of text."""
    paths = []
    for number, text in enumerate(["a fine day", "a grey day", "a fine night", "no day"]):
        (tmp_path / f"{number}.txt").write_text(text)
        paths.append(str(tmp_path / f"{number}.txt"))
    return paths


def reader(**settings):
    return CountVectorizer(input="filename", **settings)


MODELS = {
    "a vectorizer": lambda: reader(),
    "open files": lambda: CountVectorizer(input="file"),
    "tfidf": lambda: TfidfVectorizer(input="filename"),
    "hashing": lambda: HashingVectorizer(input="filename"),
    "in a pipeline": lambda: make_pipeline(reader(), LogisticRegression()),
    "in a union": lambda: make_union(reader(), reader(ngram_range=(2, 2))),
    "in a search": lambda: GridSearchCV(
        make_pipeline(reader(), LogisticRegression()), {"logisticregression__C": [1.0]}, cv=2
    ),
    "in a column transformer": lambda: make_column_transformer((reader(), 0)),
}


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS.keys())
def test_a_model_that_reads_files_is_neither_saved_nor_loaded_nor_wrapped(
    make, names, tmp_path, monkeypatch
):
    model = make()
    X = np.array(names, dtype=object)
    if getattr(model, "input", None) == "file":
        model.set_params(input="filename").fit(X)
        model.set_params(input="file")
    else:
        model.fit(X[:, None] if hasattr(model, "transformers") else X, [0, 1, 0, 1])
    with pytest.raises(ArtifactError, match="it opens the files that rows name"):
        artifacts.save(model, tmp_path / "m.skcook")
    with pytest.raises(ArtifactError, match="it opens the files that rows name"):
        artifacts.wrap(model)
    with monkeypatch.context() as patched:
        patched.setattr(_skops, "refuse_file_settings", lambda model: None)
        path = artifacts.save(model, tmp_path / "m.skcook")
    with pytest.raises(ArtifactError, match="it opens the files that rows name"):
        artifacts.load(path)


def test_names_of_data_are_no_paths():
    model = TextVectorizer().fit(["a fine day", "a grey day"])
    model.language = "../../../../etc/passwd"
    with pytest.raises(ArtifactError, match="which is a path and no name"):
        artifacts.wrap(model)
    for language in ("english", "german"):
        artifacts.wrap(TextCleaner(language=language).fit(["a day"]), ["a day"])


HIDDEN = {
    "a word of numpy": lambda model: setattr(model, "input", np.str_("filename")),
    "an array that is equal to the word": lambda model: setattr(
        model, "input", np.array("filename")
    ),
    "a list that is equal to nothing": lambda model: setattr(model, "input", ["filename"]),
    "an array of one word": lambda model: setattr(model, "input", np.array(["file"])),
}


@pytest.mark.parametrize("hide", HIDDEN.values(), ids=HIDDEN.keys())
def test_the_setting_is_seen_whatever_it_is_written_as(hide):
    model = CountVectorizer().fit(["a fine day", "a grey day"])
    hide(model)
    with pytest.raises(ArtifactError, match="it opens the files that rows name"):
        artifacts.wrap(model, ["a day"])


def test_the_setting_is_seen_within_an_array():
    inner = CountVectorizer().fit(["a fine day", "a grey day"])
    inner.input = "filename"
    outer = CountVectorizer().fit(["a fine day", "a grey day"])
    outer.steps_ = np.array([None, [inner]], dtype=object)
    with pytest.raises(ArtifactError, match="it opens the files that rows name"):
        artifacts.wrap(outer, ["a day"])


def test_a_path_is_seen_whatever_it_is_written_as():
    model = TextVectorizer().fit(["a fine day", "a grey day"])
    model.language = np.array("../secret")
    with pytest.raises(ArtifactError, match="which is a path and no name"):
        artifacts.wrap(model, ["a day"])
