"""Models in MLflow: saved, logged, registered, loaded, asked; runs in `make test-neighbours`."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skcook import artifacts
from skcook.datasets import load_penguins
from skcook.exceptions import UntrustedTypeError
from skcook.explain import ExplainedClassifier, TabularExplainer
from skcook.preprocessing import (
    CategoricalImputer,
    DateFeatures,
    NumericImputer,
    OrdinalEncoder,
)
from skcook.text import TextVectorizer

mlflow = pytest.importorskip("mlflow", reason="runs in the environment of `make test-neighbours`")

from skcook.mlflow import load_model, log_model, save_model  # noqa: E402


@pytest.fixture(scope="module")
def data():
    return load_penguins(return_X_y=True)


@pytest.fixture(scope="module")
def model(data):
    pipe = make_pipeline(
        NumericImputer(),
        CategoricalImputer(),
        OrdinalEncoder(),
        HistGradientBoostingClassifier(max_iter=10),
    )
    return ExplainedClassifier(pipe, explainer=TabularExplainer(n_samples=256)).fit(*data)


@pytest.fixture(scope="module")
def folder(model, data, tmp_path_factory):
    path = tmp_path_factory.mktemp("mlflow") / "penguins"
    save_model(model, path, X_example=data[0], metadata={"owner": "birds"})
    return path


@pytest.fixture
def tracking(tmp_path):
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    mlflow.set_experiment(
        experiment_id=mlflow.create_experiment("birds", artifact_location=tmp_path.as_uri())
    )


def test_the_signature_is_the_schema(folder, data):
    description = mlflow.models.Model.load(folder)
    assert description.metadata == {"owner": "birds"}
    inputs = description.signature.inputs
    assert inputs.input_names() == list(data[0].columns)
    assert [str(kind) for kind in inputs.input_types()[:2]] == [
        "DataType.string",
        "DataType.double",
    ]
    # The imputers fill every column, so none must be there.
    assert inputs.required_input_names() == []
    assert inputs.optional_input_names() == list(data[0].columns)


def test_pyfunc_predicts_gives_probabilities_and_explains(folder, model, data):
    X = data[0].head(5)
    loaded = mlflow.pyfunc.load_model(str(folder))
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    np.testing.assert_array_equal(
        loaded.predict(X, params={"method": "predict_proba"}), model.predict_proba(X)
    )
    why = loaded.predict(X, params={"method": "explain"})
    pd.testing.assert_frame_equal(why, model.explain(X).to_frame())


def test_the_order_of_columns_does_not_matter(folder, model, data):
    X = data[0].head(5)
    loaded = mlflow.pyfunc.load_model(str(folder))
    np.testing.assert_array_equal(loaded.predict(X[X.columns[::-1]]), model.predict(X))


def test_a_plain_pipeline_is_explained_over_the_background_of_its_file(model, data, tmp_path):
    X, y = data
    save_model(model.estimator_, tmp_path / "plain", X_example=X, y=y)
    why = mlflow.pyfunc.load_model(str(tmp_path / "plain")).predict(
        X.head(2), params={"method": "explain"}
    )
    assert set(why["feature"]) <= set(X.columns)
    assert why["row"].unique().tolist() == [0, 1]
    save_model(model.estimator_, tmp_path / "bare", X_example=X, background=0)
    bare = mlflow.pyfunc.load_model(str(tmp_path / "bare"))
    with pytest.raises(ValueError, match="saved without a background"):
        bare.predict(X.head(1), params={"method": "explain"})


def as_pyfunc(model, X, path, **options):
    """Save a model and load it as MLflow's own server does."""
    save_model(model, path, X_example=X)
    return mlflow.pyfunc.load_model(str(path), **options)


TIMES = pd.date_range("2024-01-01", periods=400, freq="h")


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(range(0, 4000, 10), id="int64"),
        pytest.param(pd.array([1, None] * 200, dtype="Int64"), id="Int64"),
        pytest.param(pd.array([1.5, None] * 200, dtype="Float64"), id="Float64"),
        pytest.param(pd.array([True, None] * 200, dtype="boolean"), id="boolean"),
        pytest.param([True, False] * 200, id="bool"),
        pytest.param(pd.Categorical(["a", "b"] * 200), id="category"),
        pytest.param(pd.array(["a", None] * 200, dtype="string"), id="string"),
        pytest.param(TIMES, id="times"),
        pytest.param(TIMES.tz_localize("UTC"), id="times-with-a-zone"),
        pytest.param(TIMES.date, id="dates"),
    ],
)
def test_rows_of_the_training_frame_are_taken_whatever_its_dtypes(data, values, tmp_path):
    X, y = data
    X = X.assign(more=pd.Series(values)[: len(X)])
    model = make_pipeline(
        DateFeatures(),
        NumericImputer(),
        CategoricalImputer(),
        OrdinalEncoder(),
        HistGradientBoostingClassifier(max_iter=3),
    ).fit(X, y)
    loaded = as_pyfunc(model, X, tmp_path / "m")
    np.testing.assert_array_equal(loaded.predict(X[150:160]), model.predict(X[150:160]))


def test_an_optional_column_that_is_absent_is_missing(folder, model, data):
    X = data[0].head(5)
    loaded = mlflow.pyfunc.load_model(str(folder))
    np.testing.assert_array_equal(
        loaded.predict(X.drop(columns="sex")), model.predict(X.assign(sex=None))
    )


TEXTS = ["a good film", "a bad film", "a fine day", "an awful day"] * 5


@pytest.mark.parametrize("container", [list, pd.Series, lambda X: pd.DataFrame({"text": X})])
def test_a_model_of_texts_takes_a_list_a_series_and_a_column(container, tmp_path):
    model = make_pipeline(TextVectorizer(), LogisticRegression()).fit(TEXTS, [1, 0, 1, 0] * 5)
    loaded = as_pyfunc(model, TEXTS, tmp_path / "m")
    np.testing.assert_array_equal(loaded.predict(container(TEXTS[:3])), [1, 0, 1])
    why = loaded.predict(container(TEXTS[:1]), params={"method": "explain"})
    assert {"good", "film"} <= {word.strip("'") for word in why["feature"]}


@pytest.mark.parametrize("container", [np.asarray, pd.DataFrame])
def test_a_model_of_an_array_takes_its_columns_by_their_places(container, tmp_path):
    X, y = load_digits(n_class=3, return_X_y=True)
    model = LogisticRegression(max_iter=50).fit(X, y)
    loaded = as_pyfunc(model, X, tmp_path / "m")
    np.testing.assert_array_equal(loaded.predict(container(X[:5])), model.predict(X[:5]))


def test_a_model_of_images_takes_an_array_of_them(tmp_path):
    digits = load_digits(n_class=3)
    flat = FunctionTransformer(np.reshape, kw_args={"shape": (-1, 64)}, check_inverse=False)
    model = make_pipeline(flat, LogisticRegression(max_iter=50)).fit(digits.images, digits.target)
    loaded = as_pyfunc(
        model, digits.images, tmp_path / "m", model_config={"trusted": ["numpy.reshape"]}
    )
    np.testing.assert_array_equal(loaded.predict(digits.images[:5]), digits.target[:5])


def test_types_off_the_list_are_trusted_by_who_loads_the_folder(data, tmp_path):
    encoders = pytest.importorskip("category_encoders", reason="is in the group neighbours")
    X, y = data
    model = make_pipeline(
        CategoricalImputer(), encoders.CountEncoder(), NumericImputer(), LogisticRegression()
    ).fit(X, y)
    trusted = artifacts.trusted_types(model)
    with pytest.raises(UntrustedTypeError, match="category_encoders"):
        as_pyfunc(model, X, tmp_path / "m")
    loaded = mlflow.pyfunc.load_model(str(tmp_path / "m"), model_config={"trusted": trusted})
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    path = artifacts.save(model, tmp_path / "m.skcook", X_example=X)
    save_model(path, tmp_path / "of_file", trusted=trusted)
    np.testing.assert_array_equal(
        load_model(str(tmp_path / "of_file"), trusted=trusted).predict(X), model.predict(X)
    )


def test_a_method_that_the_model_lacks_is_refused_by_name(folder, data):
    loaded = mlflow.pyfunc.load_model(str(folder))
    with pytest.raises(ValueError, match="has no 'transform'; it has predict"):
        loaded.predict(data[0].head(1), params={"method": "transform"})


@pytest.mark.usefixtures("tracking")
def test_it_is_logged_registered_and_loaded(model, data):
    with mlflow.start_run():
        info = log_model(model, "birds", X_example=data[0], registered_model_name="birds")
    for uri in (info.model_uri, "models:/birds/1"):
        np.testing.assert_array_equal(load_model(uri).predict(data[0]), model.predict(data[0]))


def test_a_file_is_taken_as_it_is(model, data, tmp_path):
    path = artifacts.save(model, tmp_path / "birds.skcook", X_example=data[0])
    save_model(path, tmp_path / "folder")
    assert (tmp_path / "folder" / "model.skcook").read_bytes() == path.read_bytes()


def test_a_folder_with_something_in_it_is_left_alone(model, data, tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(FileExistsError, match="not empty"):
        save_model(model, tmp_path, X_example=data[0])
    assert (tmp_path / "mine.txt").read_text() == "keep"
