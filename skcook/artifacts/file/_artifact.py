"""Read a model file whole, or tell what it is without loading its model."""

import hashlib
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from skcook.artifacts._answers import methods_of
from skcook.artifacts._displays import artifact_html, artifact_text
from skcook.artifacts.file._manifest import (
    FORMAT_VERSION,
    check_fitted,
    task_of,
    version_differences,
    warn_of_versions,
)
from skcook.artifacts.file._members import (
    DAMAGED,
    Key,
    check_members,
    is_zip,
    name_of,
    not_ours,
    open_place,
    place_of,
    read_json,
    read_schema,
    read_signature,
    unpack,
)
from skcook.artifacts.file._skops import dump_model, load_model, model_types
from skcook.artifacts.file._trust import refused
from skcook.artifacts.schema._schema import Schema
from skcook.artifacts.schema._schema_column import Column
from skcook.exceptions import ArtifactFormatError, SkcookWarning
from skcook.plan import Plan, compile  # noqa: A004 - the field's word


@dataclass(frozen=True, repr=False)
class Artifact:
    """A model file that was read.

    Parameters
    ----------
    model : estimator
        The model.
    schema : Schema
        What it takes.
    manifest : dict
        What it is: ``task``, ``methods``, ``output`` (with the ``classes``), ``versions``,
        ``metadata``, ``card``, ``created``, ``n_rows``, ...
    example : dict or None
        A typical row, as `Schema.parse_rows` takes it.
    background : DataFrame, ndarray, list or None
        Rows of the training data, for explanations.
    path : Path or None
        The file; None if there is none.
    name : str
        The name it was saved with, or else the stem of the file's name.
    version : str
        The version it was saved with, or else twelve digits of the model's hash.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from skcook import artifacts
    >>> from skcook.datasets import load_penguins
    >>> X = load_penguins().data[["bill_length_mm", "flipper_length_mm"]].dropna()
    >>> model = DecisionTreeRegressor(max_depth=2).fit(X, X["flipper_length_mm"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = artifacts.save(model, Path(folder) / "penguins.skcook", X)
    ...     artifact = artifacts.read(path)
    >>> artifact.name, artifact.manifest["task"], artifact.schema.names
    ('penguins', 'regressor', ['bill_length_mm', 'flipper_length_mm'])
    >>> rows = artifact.schema.parse_rows([{"bill_length_mm": 40, "flipper_length_mm": 181}])
    >>> artifact.model.predict(rows.frame).round(1)
    array([186.2])
    """

    model: Any
    schema: Schema
    manifest: dict[str, Any]
    example: dict[str, Any] | None
    background: Any
    path: Path | None
    name: str
    version: str

    @property
    def card(self) -> dict[str, Any]:
        """What it is for, as `save` was told; an empty dict if it was told nothing."""
        return self.manifest.get("card") or {}

    def __repr__(self) -> str:
        return artifact_text(self)

    def _repr_html_(self) -> str:
        return artifact_html(self)

    def plan(self) -> Plan:
        """Compile the model, for rows that are answered without a frame.

        Returns
        -------
        plan : Plan
            The plan, compared with the model over the rows that the file has; see
            `skcook.plan.compile`.

        Raises
        ------
        PlanRefused
            If the model has none; the message says why.
        """
        return compile(self.model, self.schema, self.background)


def load(
    path: str | Path,
    *,
    trusted: Sequence[str] = (),
    allow_pickle: bool = False,
    verify_key: Key | None = None,
) -> Any:
    """Load the model of a file.

    Parameters
    ----------
    path : str or Path
        A file that `save` wrote, or its address in an object store that fsspec knows, such as
        ``s3://bucket/model.skcook``.
    trusted : sequence of str, default=()
        Full names of types to allow beyond skcook's list. To trust a type is to let the file
        build one with any state. What a file itself says about trust is never followed.
    allow_pickle : bool, default=False
        Load a pickle or joblib file too. **It can run any code.**
    verify_key : str, bytes or Path, default=None
        Demand a signature of this key: the shared secret, or the Ed25519 public key in PEM form.

    Returns
    -------
    model : estimator
        The model.

    Raises
    ------
    ArtifactFormatError
        If the file is damaged, is of a later format, or is no model file.
    ArtifactIntegrityError
        If its contents differ from its hashes or its signature.
    UntrustedTypeError
        If it holds types that are not allowed; the message lists them.
    ArtifactError
        If the model is set to read files that rows name (``input="filename"``).

    Warns
    -----
    VersionWarning
        If libraries have other versions now than when the model was saved.

    Examples
    --------
    >>> from skcook import artifacts
    >>> artifacts.load("setup.py", trusted=["my_steps.Ratio"])
    Traceback (most recent call last):
        ...
    FileNotFoundError: ...
    """
    return read(path, trusted=trusted, allow_pickle=allow_pickle, verify_key=verify_key).model


def read(
    path: str | Path,
    *,
    trusted: Sequence[str] = (),
    allow_pickle: bool = False,
    verify_key: Key | None = None,
) -> Artifact:
    """Read a file whole: the model, its schema, its manifest, the example, the background.

    Parameters
    ----------
    path, trusted, allow_pickle, verify_key
        As for `load`.

    Returns
    -------
    artifact : Artifact
        Everything that is in the file.

    Raises
    ------
    ArtifactFormatError, ArtifactIntegrityError, UntrustedTypeError
        As for `load`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.feature_extraction.text import CountVectorizer
    >>> from skcook import artifacts
    >>> texts = ["a fine day", "a grey day"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model = CountVectorizer().fit(texts)
    ...     artifact = artifacts.read(artifacts.save(model, Path(folder) / "m.skcook", texts))
    >>> artifact.schema.input, artifact.manifest["methods"]
    ('texts', ['transform'])
    >>> artifact.schema.parse_rows([{"text": "grey"}]).frame
    ['grey']
    """
    place = place_of(path)
    name = name_of(place)
    if isinstance(trusted, str):
        raise TypeError("trusted must be a sequence of type names; got one string.")
    with open_place(place) as file:
        if not is_zip(file):
            return _read_pickle(place, file, allow_pickle)
        members = unpack(file)
    manifest = check_members(members, verify_key)
    schema, example = read_schema(members["schema.json"])
    warn_of_versions(manifest["versions"], name)
    model = load_model(members["model.skops"], trusted=list(trusted), name=name)
    return Artifact(
        model=model,
        schema=schema,
        manifest=manifest,
        example=example,
        background=_read_background(members.get("background.json"), schema),
        path=place if isinstance(place, Path) else None,
        name=manifest["name"] or Path(name).stem,
        version=manifest["version"],
    )


def _read_background(data: bytes | None, schema: Schema) -> Any:
    if data is None:
        return None
    table = read_json(data, "background.json")
    try:
        return schema.parse_columns(table.get("columns", []), table.get("data", [])).frame
    except DAMAGED as exc:
        raise ArtifactFormatError("The background rows do not fit the schema.") from exc


def _read_pickle(place: str | Path, file: BinaryIO, allow_pickle: bool) -> Artifact:
    name = name_of(place)
    if not allow_pickle:
        raise not_ours(name)
    import joblib

    warnings.warn(
        f"{name} is loaded by joblib: it can run any code. Save it with "
        "skcook.artifacts.save, and load that file from now on.",
        SkcookWarning,
        stacklevel=3,
    )
    data = file.read()
    try:
        model = joblib.load(io.BytesIO(data))
    except Exception as exc:
        raise ArtifactFormatError(f"{name} is no readable pickle: {exc}") from exc
    check_fitted(model)
    manifest: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "name": None,
        "version": hashlib.sha256(data).hexdigest()[:12],
        "task": task_of(model),
        "methods": methods_of(model),
    }
    path = place if isinstance(place, Path) else None
    stem = Path(name).stem
    return Artifact(
        model, Schema.infer(model), manifest, None, None, path, stem, manifest["version"]
    )


def inspect(path: str | Path) -> dict[str, Any]:
    """Tell what a file is, without loading its model.

    Parameters
    ----------
    path : str or Path
        A file that `save` wrote, or its address.

    Returns
    -------
    facts : dict
        The manifest's entries, and ``path``, ``bytes``, ``members`` (bytes of each), ``columns``
        (one dict each), ``input``, ``example``, ``untrusted_types`` (those to allow by
        ``trusted``), ``signature`` (its algorithm, unchecked, or None) and
        ``version_differences``.

    Raises
    ------
    ArtifactFormatError, ArtifactIntegrityError
        As for `load`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skcook import artifacts
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model = StandardScaler().fit([[0.0, 1.0], [1.0, 3.0]])
    ...     facts = artifacts.inspect(artifacts.save(model, Path(folder) / "scaler.skcook"))
    >>> facts["estimator"], facts["untrusted_types"]
    (['StandardScaler'], [])
    >>> [(column["name"], column["type"], column["source"]) for column in facts["columns"]]
    [('x0', 'number', 'inferred'), ('x1', 'number', 'inferred')]
    """
    place = place_of(path)
    name = name_of(place)
    with open_place(place) as file:
        if not is_zip(file):
            raise not_ours(name)
        members = unpack(file)
        n_bytes = file.seek(0, 2)
    manifest = check_members(members, None)
    schema, example = read_schema(members["schema.json"])
    types = model_types(members["model.skops"])
    signature = members.get("signature.json")
    return {
        **manifest,
        "path": str(place),
        "bytes": n_bytes,
        "name": manifest["name"] or Path(name).stem,
        "members": {key: len(part) for key, part in members.items()},
        "input": schema.input,
        "columns": [_column_summary(column) for column in schema.columns],
        "example": example,
        "required_types": types,
        "untrusted_types": refused(types),
        "signature": None if signature is None else read_signature(signature)["algorithm"],
        "version_differences": version_differences(manifest["versions"]),
    }


def _column_summary(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type,
        "source": column.source,
        "nullable": column.nullable,
        "categories": None if column.categories is None else len(column.categories),
        "minimum": column.minimum,
        "maximum": column.maximum,
    }


def trusted_types(model: Any) -> list[str]:
    """List the types of a model that other loaders of skops files have to be told.

    skops trusts scikit-learn's estimators and numpy's arrays; what a model holds beyond them, such
    as the transformers of skcook, has to be named to a loader that knows skops alone: MLflow's
    ``skops_trusted_types``, or ``skops.io.load(trusted=...)``.

    Parameters
    ----------
    model : estimator, str or Path
        A fitted model, or a file that `save` wrote.

    Returns
    -------
    types : list of str
        Full names, sorted. All those on skcook's list of allowed types are among them, so `load`
        needs none of these; it needs ``inspect(path)["untrusted_types"]``.

    Raises
    ------
    ArtifactError
        If the model cannot be written without pickle.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.linear_model import LinearRegression
    >>> from skcook import artifacts
    >>> from skcook.preprocessing import NumericImputer
    >>> model = make_pipeline(NumericImputer(), LinearRegression()).fit([[1.0], [2.0]], [1, 2])
    >>> artifacts.trusted_types(model)
    ['skcook.preprocessing.NumericImputer']
    """
    if isinstance(model, str | Path):
        return sorted(inspect(model)["required_types"])
    return sorted(model_types(dump_model(model)[0]))
