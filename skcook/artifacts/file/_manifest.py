"""The manifest of a model file: what the model is and does, and what it was made with."""

import functools
import hashlib
import os
import platform
import re
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

import numpy as np
from sklearn.base import is_classifier, is_clusterer, is_outlier_detector, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skcook import __version__
from skcook.artifacts.answers._methods import methods_of
from skcook.artifacts.file._card import checked_card, plain_json
from skcook.artifacts.file._read_manifest import FORMAT_VERSION, is_version
from skcook.artifacts.schema._values import to_json_value
from skcook.exceptions import ArtifactError, VersionWarning

_DISTRIBUTIONS = {"sklearn": "scikit-learn", "lightfm": "lightfm-next", "xgboost": "xgboost"}
_ALWAYS = ("skcook", "scikit-learn", "numpy", "pandas")


def check_fitted(model: Any) -> None:
    """Raise if a model is not fitted, as far as it can tell, or does not take one table."""
    if isinstance(model, type):
        raise ArtifactError(f"{model.__name__} is a class; save a fitted instance of it.")
    # Of the class, because an expression of skrub has whatever attribute it is asked for.
    if hasattr(type(model), "skb") or "data_op" in getattr(model, "__dict__", ()):
        raise ArtifactError(
            f"{type(model).__name__} is a plan of skrub's DataOps: it takes a dictionary of tables "
            "by name, and the rows of a file or a request are one table. Put its steps into a "
            "Pipeline (skrub.TableVectorizer is one), or save an estimator of your own whose "
            "predict asks learner.predict({'X': X})."
        )
    if not hasattr(model, "__sklearn_tags__"):
        return
    try:
        check_is_fitted(model)
    except NotFittedError as exc:
        raise ArtifactError(
            f"{type(model).__name__} is not fitted; call fit before saving it."
        ) from exc


def make_manifest(
    model: Any,
    data: bytes,
    *,
    name: str | None,
    version: str | None,
    user_metadata: Mapping[str, Any] | None,
    card: Mapping[str, Any] | None = None,
    types: list[str],
    n_rows: int,
    y: Any,
    plan: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Describe a model."""
    return {
        "format_version": FORMAT_VERSION,
        "name": name,
        "version": version or hashlib.sha256(data).hexdigest()[:12],
        "created": _now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "task": task_of(model),
        "methods": methods_of(model),
        "estimator": _describe(model),
        "output": _output_of(model),
        "target": _target_of(model, y),
        "n_rows": n_rows,
        "versions": _versions(data),
        "required_types": types,
        "metadata": plain_json(user_metadata, "metadata"),
        "card": _card_of(card, y),
        "corrections": _corrections_of(model),
        "plan": plan,
    }


def _card_of(card: Mapping[str, Any] | None, y: Any) -> dict[str, Any]:
    """Return a card that names the target, if anything does."""
    named = getattr(y, "name", None)
    return {**({"target": named} if isinstance(named, str) else {}), **checked_card(card)}


def _now() -> datetime:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.now(UTC) if not epoch else datetime.fromtimestamp(int(epoch), UTC)


def task_of(model: Any) -> str:
    """Name what a model does."""
    if hasattr(model, "recommend"):
        return "recommender"
    if hasattr(model, "__sklearn_tags__"):
        checks = {
            "classifier": is_classifier,
            "regressor": is_regressor,
            "clusterer": is_clusterer,
            "outlier_detector": is_outlier_detector,
        }
        for task, check in checks.items():
            if check(model):
                return task
    return "transformer" if hasattr(model, "transform") else "other"


def _describe(model: Any) -> list[str]:
    """Name the classes of a model, from the outside in along its pipeline."""
    if isinstance(model, Pipeline):
        return [type(step).__name__ for _, step in model.steps if not isinstance(step, str | None)]
    return [type(model).__name__]


def _corrections_of(model: Any) -> list[dict[str, Any]]:
    """Return what people corrected in a model, or in one inside it, as it says itself."""
    found: list[dict[str, Any]] = []
    while model is not None:
        corrections: Any = getattr(model, "corrections_", None)
        if hasattr(corrections, "to_list"):
            found += corrections.to_list()
        if isinstance(model, Pipeline):
            model = model.steps[-1][1]
        else:
            model = getattr(model, "estimator_", getattr(model, "best_estimator_", None))
    return found


def _output_of(model: Any) -> dict[str, Any]:
    classes = getattr(model, "classes_", None)
    if classes is None:
        return {"classes": None}
    if isinstance(classes, list):  # several outputs
        return {"classes": [_labels(part) for part in classes], "n_outputs": len(classes)}
    return {"classes": _labels(classes)}


def _labels(classes: Any) -> list[Any]:
    return [to_json_value(label) for label in np.asarray(classes, dtype=object)]


def _target_of(model: Any, y: Any) -> dict[str, Any] | None:
    """Describe the target, so that predictions can be compared with it later."""
    if y is None:
        return None
    values = np.asarray(y)
    if values.ndim != 1 or not len(values):
        return None
    if is_classifier(model):
        labels, counts = np.unique(values.astype(str), return_counts=True)
        return {"frequencies": {str(k): round(n / len(values), 6) for k, n in zip(labels, counts)}}
    if values.dtype.kind in "biuf":
        deciles = np.quantile(values[np.isfinite(values)].astype(float), np.linspace(0, 1, 11))
        return {"quantiles": [float(q) for q in deciles]}
    return None


#: Reading a library's metadata costs a tenth of loading a small model (bench_artifacts.py).
_version_of = functools.lru_cache(maxsize=256)(metadata.version)


def _versions(data: bytes) -> dict[str, str]:
    """Return the versions of Python and of every library that the stored model names."""
    names = {m.decode() for m in re.findall(rb'"__module__":"([A-Za-z0-9_]+)', data)}
    found = {"python": platform.python_version().rstrip("+"), "skcook": __version__}
    for name in sorted({_DISTRIBUTIONS.get(n, n) for n in names} | set(_ALWAYS)):
        version = _installed(name)
        if version is not None and is_version(version):
            found[name] = version
    return found


def _installed(name: str) -> str | None:
    if name == "skcook":
        return __version__
    if name == "python":
        return platform.python_version()
    try:
        return _version_of(name)
    except metadata.PackageNotFoundError:
        # xgboost has a build without GPU code, under another name.
        return _installed("xgboost-cpu") if name == "xgboost" else None


def version_differences(saved: Mapping[str, str]) -> list[str]:
    """List the libraries whose version is another one now than when the model was saved."""
    differences = []
    for name, then in saved.items():
        now = _installed(name)
        if name == "python" and (now or "").split(".")[:2] == then.split(".")[:2]:
            continue  # a patch of Python changes no answer
        if now != then:
            differences.append(f"{name} {then} (now {now or 'not installed'})")
    return differences


def warn_of_versions(saved: Mapping[str, str], name: str) -> None:
    """Warn if a model was saved by other versions than those that load it."""
    differences = version_differences(saved)
    if differences:
        warnings.warn(
            f"{name} was saved with other versions: {', '.join(differences)}. Its predictions may "
            "differ; compare some, and save it again with the versions of now.",
            VersionWarning,
            stacklevel=4,
        )
