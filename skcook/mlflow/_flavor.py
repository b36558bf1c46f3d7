"""An MLflow flavor: a model folder that holds one ``.skcook`` file.

MLflow finds the loader by the name of this package, which is written into the folder, and calls
its `_load_pyfunc`.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

import skcook
from skcook import artifacts
from skcook.artifacts._answers import methods_of
from skcook.explain._self_explaining import explainer_of
from skcook.utils import import_optional

FLAVOR = "skcook"
FILE = "model.skcook"


def _mlflow() -> Any:
    """Import MLflow, or say how to install it."""
    return import_optional("mlflow", feature="skcook.mlflow", extra="mlflow")


def save_model(
    skcook_model: Any,
    path: str | Path,
    *,
    X_example: Any = None,
    y: Any = None,
    metadata: dict[str, Any] | None = None,
    signature: Any = None,
    pip_requirements: Sequence[str] | None = None,
    trusted: Sequence[str] = (),
    mlflow_model: Any = None,
    **options: Any,
) -> None:
    """Write a fitted model as an MLflow model folder.

    Parameters
    ----------
    skcook_model : estimator, str or Path
        The fitted model, or a ``.skcook`` file, which is copied as it is.
    path : str or Path
        The folder to make. It must not exist, or be empty.
    X_example, y
        Rows and target, as `skcook.artifacts.save` takes them: they make the schema.
    metadata : dict, default=None
        Kept in MLflow's description of the model.
    signature : mlflow.models.ModelSignature, default=None
        Without one, it is made from the file's schema.
    pip_requirements : sequence of str, default=None
        What the model needs. Without it, the versions that are installed now.
    trusted : sequence of str, default=()
        Types beyond the allow-list that a ``.skcook`` file may name; see `skcook.artifacts.load`.
        Those of a model given as an object are trusted here, not where the folder is loaded.
    mlflow_model : mlflow.models.Model, default=None
        The description to fill in; `log_model` passes one.
    **options
        Further arguments of `skcook.artifacts.save`.

    Raises
    ------
    MissingDependencyError
        If MLflow is not installed.
    FileExistsError
        If the folder exists and is not empty.
    ArtifactError
        If the model cannot be saved.

    Examples
    --------
    >>> from skcook.mlflow import save_model
    >>> save_model(model, "penguins", X_example=X)  # doctest: +SKIP
    """
    mlflow = _mlflow()
    folder = Path(path)
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} exists and is not empty; give a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / FILE
    if isinstance(skcook_model, str | Path):
        file.write_bytes(Path(skcook_model).read_bytes())
    else:
        artifacts.save(skcook_model, file, X_example=X_example, y=y, **options)
        trusted = artifacts.trusted_types(skcook_model)
    artifact = artifacts.read(file, trusted=trusted)

    model = mlflow_model if mlflow_model is not None else mlflow.models.Model()
    model.signature = signature if signature is not None else signature_of(artifact)
    if metadata is not None:
        model.metadata = metadata
    requirements = list(pip_requirements or _requirements(artifact))
    environment = {
        "name": "mlflow-env",
        "dependencies": ["python", "pip", {"pip": requirements}],
    }
    mlflow.pyfunc.add_to_model(
        model,
        loader_module="skcook.mlflow",
        data=FILE,
        conda_env="conda.yaml",
        # MLflow lets who loads a model override only what stands here; the folder trusts nothing.
        model_config={"trusted": []},
    )
    model.add_flavor(FLAVOR, skcook_version=skcook.__version__, data=FILE)
    yaml = import_optional("yaml", feature="skcook.mlflow", extra="mlflow")
    (folder / "conda.yaml").write_text(yaml.safe_dump(environment, sort_keys=False))
    (folder / "requirements.txt").write_text("\n".join(requirements) + "\n")
    model.save(str(folder / "MLmodel"))


def log_model(
    skcook_model: Any,
    name: str,
    *,
    registered_model_name: str | None = None,
    **options: Any,
) -> Any:
    """Log a fitted model to the current run of MLflow's tracking server.

    Parameters
    ----------
    skcook_model : estimator, str or Path
        As for `save_model`.
    name : str
        The model's name in the run.
    registered_model_name : str, default=None
        Also register it, under this name.
    **options
        Further arguments of `save_model`, ``X_example`` among them.

    Returns
    -------
    info : mlflow.models.model.ModelInfo
        MLflow's description of what was logged, its ``model_uri`` among it.

    Raises
    ------
    MissingDependencyError
        If MLflow is not installed.

    Examples
    --------
    >>> from skcook.mlflow import log_model
    >>> log_model(model, "penguins", X_example=X).model_uri  # doctest: +SKIP
    """
    import skcook.mlflow

    return _mlflow().models.Model.log(
        artifact_path=None,
        name=name,
        flavor=skcook.mlflow,
        registered_model_name=registered_model_name,
        skcook_model=skcook_model,
        **options,
    )


def load_model(model_uri: str, *, trusted: Sequence[str] = ()) -> Any:
    """Load a model that `save_model` or `log_model` wrote.

    Parameters
    ----------
    model_uri : str
        A folder, or any address that MLflow knows, such as "models:/penguins/1".
    trusted : sequence of str, default=()
        Types beyond the allow-list that the file may name; see `skcook.artifacts.load`.

    Returns
    -------
    model : estimator
        The fitted model.

    Raises
    ------
    MissingDependencyError
        If MLflow is not installed.
    ArtifactError
        If the file is damaged or names types that are not allowed.

    Examples
    --------
    >>> from skcook.mlflow import load_model
    >>> load_model("models:/penguins/1")  # doctest: +SKIP
    """
    folder = _mlflow().artifacts.download_artifacts(model_uri)
    return artifacts.load(Path(folder) / FILE, trusted=trusted)


def _requirements(artifact: Any) -> list[str]:
    """List the versions that made the file, as pip takes them."""
    versions = dict(artifact.manifest.get("versions", {}))
    versions.pop("python", None)
    pinned = [f"{name}=={version}" for name, version in sorted(versions.items()) if version]
    return ["mlflow", *pinned]


def _load_pyfunc(path: str, model_config: dict[str, Any] | None = None) -> "_SkcookPyfunc":
    """Load what ``mlflow.pyfunc`` predicts with; MLflow calls this by its name."""
    return _SkcookPyfunc(artifacts.read(path, trusted=(model_config or {}).get("trusted", ())))


class _SkcookPyfunc:
    """A ``.skcook`` file behind MLflow's ``predict(data, params)``."""

    def __init__(self, artifact: Any) -> None:
        self.artifact = artifact

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """Answer with predictions, or with what ``params={"method": ...}`` names."""
        method = (params or {}).get("method", "predict")
        if method == "explain":
            if self._explainer is None:
                raise ValueError(
                    f"The model {self.artifact.name!r} cannot be explained: it is no classifier or "
                    "regressor, or was saved without a background (background=0)."
                )
            return self._explainer.explain(self._frame(data)).to_frame()
        methods = methods_of(self.artifact.model)  # whatever the manifest says of them
        if method not in methods:
            raise ValueError(
                f"The model {self.artifact.name!r} has no {method!r}; it has {', '.join(methods)}."
            )
        return getattr(self.artifact.model, method)(self._frame(data))

    @cached_property
    def _explainer(self) -> Any:
        """What explains the model: itself, or an explainer over its background; None if neither."""
        return explainer_of(self.artifact)

    def _frame(self, data: Any) -> Any:
        """Give the rows the container, columns and dtypes that the model was saved with."""
        schema = self.artifact.schema
        if not hasattr(data, "columns"):
            return data
        if schema.input == "frame":
            # A column that the signature calls optional may be absent: all its values are missing.
            data = data.reindex(columns=schema.names)
        elif schema.input == "texts":
            data = data.iloc[:, 0]
        else:
            data = data.set_axis(schema.names, axis=1)
        return schema.parse_rows(schema.to_records(data)).frame


#: MLflow's names of the schema's types; what is not here goes as a string.
_TYPES = {"number": "double", "integer": "long", "boolean": "boolean", "datetime": "datetime"}


def signature_of(artifact: Any) -> Any:
    """Return MLflow's signature: the columns with their types, and the methods as a parameter.

    A column that may be missing is optional. Only a frame's columns have names: a model of texts
    or of an array takes its columns by their places, and one of images a tensor.
    """
    models = import_optional("mlflow.models", feature="skcook.mlflow", extra="mlflow")
    types = import_optional("mlflow.types", feature="skcook.mlflow", extra="mlflow")
    any_type = import_optional("mlflow.types.schema", feature="skcook.mlflow", extra="mlflow")
    schema = artifact.schema
    if schema.input == "images":
        shape = (-1, *schema.columns[0].shape)
        inputs = [types.TensorSpec(np.dtype(schema.dtype or "float64"), shape)]
    else:
        named = schema.input == "frame"
        inputs = [
            types.ColSpec(
                any_type.AnyType() if _comes_in_many_dtypes(column) else _type(column),
                name=column.name if named else None,
                required=not (named and column.nullable),
            )
            for column in schema.columns
        ]
    params = types.ParamSchema([types.ParamSpec("method", "string", "predict")])
    return models.ModelSignature(inputs=types.Schema(inputs), params=params)


def _type(column: Any) -> str:
    """Return MLflow's type of one column."""
    return _TYPES.get(column.type, "string")


def _comes_in_many_dtypes(column: Any) -> bool:
    """Whether one type of MLflow would refuse values of a column that the schema takes.

    MLflow refuses int64 where it expects a double, missing values among whole numbers and booleans,
    categories, and times with a zone. The schema reads all of them, so MLflow need not.
    """
    if column.type in ("integer", "boolean"):
        return column.nullable
    if column.type == "number":
        ends = (column.minimum, column.maximum)
        return all(end is None or float(end).is_integer() for end in ends)
    if column.type == "datetime":
        return "," in (column.dtype or "")  # as in datetime64[ns, UTC]
    return column.type != "string" or column.dtype == "category"
