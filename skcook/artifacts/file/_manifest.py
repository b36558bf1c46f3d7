"""The manifest of a model file: what the model is, does and is for, and what it was made with."""

import functools
import hashlib
import json
import os
import platform
import re
import sys
import warnings
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

import numpy as np
from sklearn.base import is_classifier, is_clusterer, is_outlier_detector, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skcook import __version__
from skcook.artifacts._answers import methods_of
from skcook.artifacts.schema._schema_column import to_json_value
from skcook.exceptions import ArtifactError, ArtifactFormatError, VersionWarning
from skcook.utils._optional import import_optional
from skcook.utils._validation import did_you_mean

#: Raise it when an older reader could not use a file written now, and say in the guide how to
#: save such a file again. Members that an older reader may ignore do not raise it.
FORMAT_VERSION = 1
#: Names and versions reach terminals, Dockerfiles and pages; no honest one is longer.
MAX_NAME = 200
#: Why a model has no plan, in so many characters.
MAX_WHY = 500
_DISTRIBUTION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")

_KEYS: dict[str, Any] = {
    "name": str | None,
    "version": str,
    "created": str,
    "task": str,
    "methods": list,
    "estimator": list,
    "output": dict,
    "target": dict | None,
    "n_rows": int,
    "versions": dict,
    "required_types": list,
    "metadata": dict,
    "sha256": dict,
}

#: No text of a card is longer: a card is read, not searched.
MAX_TEXT = 10_000

_TEXTS = ("title", "target", "unit", "description", "purpose", "owner", "licence")
_LISTS = ("limits",)
_NUMBERS = ("metrics", "costs")
_CARD_KEYS = (*_TEXTS, *_LISTS, *_NUMBERS, "threshold", "fields")
_FIELD_KEYS = ("title", "unit", "description")

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


def is_version(text: str) -> bool:
    """Tell whether a text is a version as Python's packages have them."""
    packaging = import_optional("packaging.version", feature="Model files", extra="serve")
    try:
        packaging.Version(text)
    except packaging.InvalidVersion:
        return False
    return len(text) <= MAX_NAME


def read_manifest(data: bytes) -> dict[str, Any]:
    """Read the contents of ``manifest.json``."""
    try:
        manifest = json.loads(data)
    except (ValueError, RecursionError) as exc:
        raise ArtifactFormatError(f"The manifest is damaged: {exc}") from exc
    number = manifest.get("format_version") if isinstance(manifest, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ArtifactFormatError("The manifest is damaged: it has no format number.")
    if number > FORMAT_VERSION:
        raise ArtifactFormatError(
            f"The file has format {number}; this version of skcook ({__version__}) reads up to "
            f"format {FORMAT_VERSION}. Update skcook."[:300]
        )
    manifest = {"name": None, "target": None, **manifest}
    for key, kind in _KEYS.items():
        if not isinstance(manifest.get(key), kind) or isinstance(manifest.get(key), bool):
            raise ArtifactFormatError(f"The manifest is damaged: {key!r} is not as it should be.")
    for key in ("methods", "required_types", "estimator"):
        check_names(key, manifest[key])
    check_names("hash", [*manifest["sha256"], *manifest["sha256"].values()])
    names = [manifest["name"] or "-", *(manifest[k] for k in ("version", "created", "task"))]
    check_names("name", names)
    for name, version in manifest["versions"].items():
        if not isinstance(version, str) or not is_version(version):
            raise ArtifactFormatError(
                f"The manifest is damaged: {version!r}"[:150] + " is no version of a library."
            )
        if not _DISTRIBUTION.fullmatch(name) or len(name) > MAX_NAME:
            raise ArtifactFormatError(
                f"The manifest is damaged: {name!r}"[:150] + " is no name of a library."
            )
    if not isinstance(manifest["output"].get("classes"), list | None):
        raise ArtifactFormatError("The manifest is damaged: 'classes' is not as it should be.")
    corrections = manifest.setdefault("corrections", [])
    if not isinstance(corrections, list) or not all(isinstance(c, dict) for c in corrections):
        raise ArtifactFormatError("The manifest is damaged: 'corrections' is not as it should be.")
    _check_target(manifest["target"])
    _check_plan(manifest.setdefault("plan", None))
    try:
        manifest["card"] = checked_card(manifest.get("card"))
    except ArtifactError as exc:
        raise ArtifactFormatError(f"The manifest is damaged: {exc}") from exc
    return manifest


def _check_plan(plan: Any) -> None:
    """Raise if what a file says of the plan of its model cannot be shown."""
    if plan is None:
        return
    why = plan.get("why") if isinstance(plan, dict) else 0
    is_text = isinstance(why, str) and len(why) <= MAX_WHY and why.isprintable()
    if not (is_text or why is None) or not isinstance(plan.get("used"), bool):
        raise ArtifactFormatError("The manifest is damaged: 'plan' is not as it should be.")


def check_names(key: str, names: Iterable[Any], where: str = "The manifest") -> None:
    """Raise if what is to be a name could do more than be read."""
    for name in names:
        if not isinstance(name, str):
            raise ArtifactFormatError(f"{where} is damaged: {key!r} holds something else.")
        if len(name) > MAX_NAME or not name.isprintable():
            raise ArtifactFormatError(
                f"{where} is damaged: {name!r}"[:150] + f" is no {key} to be shown."
            )


def _check_target(target: Any) -> None:
    shares = {} if target is None else target.get("frequencies", {})
    deciles = [] if target is None else target.get("quantiles", [])
    numbers = [*shares.values(), *deciles] if isinstance(shares, dict) else [None]
    sound = isinstance(deciles, list) and all(
        isinstance(number, int | float) and not isinstance(number, bool) for number in numbers
    )
    if not sound:
        raise ArtifactFormatError("The manifest is damaged: 'target' is not as it should be.")


def checked_card(card: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a card as plain data, or raise an error that says what is wrong with it."""
    if card is None:
        return {}
    plain = plain_json(card, "card")
    for key, value in plain.items():
        if key not in _CARD_KEYS:
            match = did_you_mean(key, list(_CARD_KEYS))
            hint = f" Did you mean {match!r}?" if match else ""
            raise ArtifactError(f"card has no {key!r}.{hint} It may have {', '.join(_CARD_KEYS)}.")
        if key in _TEXTS:
            _check_text(f"card[{key!r}]", value)
        elif key in _LISTS:
            plain[key] = [value] if isinstance(value, str) else value
            if not isinstance(plain[key], list):
                raise ArtifactError(f"card[{key!r}] must be a text or a list of texts.")
            for item in plain[key]:
                _check_text(f"card[{key!r}]", item)
        elif key in _NUMBERS:
            if not isinstance(value, dict) or not all(map(_is_number, value.values())):
                raise ArtifactError(
                    f"card[{key!r}] must be a dict of names to numbers, such as "
                    '{"roc_auc": 0.91}; ' + f"got {value!r}."[:200]
                )
        elif key == "threshold" and not _is_number(value):
            raise ArtifactError(f"card['threshold'] must be a number; got {value!r}."[:200])
    if "fields" in plain:
        plain["fields"] = _checked_fields(plain["fields"])
    return plain


def check_fields(card: Mapping[str, Any], names: Iterable[str]) -> None:
    """Raise if a card describes a column that the model does not take."""
    known = list(names)
    for name in card.get("fields", {}):
        if name not in known:
            match = did_you_mean(name, known)
            hint = f"; did you mean {match!r}?" if match else f". It takes {', '.join(known)}."
            raise ArtifactError(f"card['fields'] describes {name!r}, which no column is{hint}")


def _checked_fields(fields: Any) -> dict[str, dict[str, str]]:
    if not isinstance(fields, dict):
        raise ArtifactError("card['fields'] must be a dict of columns.")
    found: dict[str, dict[str, str]] = {}
    for name, facts in fields.items():
        told = {"description": facts} if isinstance(facts, str) else facts
        if not isinstance(told, dict) or not set(told) <= set(_FIELD_KEYS):
            raise ArtifactError(
                f"card['fields'][{name!r}] must be a description, or a dict of "
                f"{', '.join(_FIELD_KEYS)}."
            )
        for key, value in told.items():
            _check_text(f"card['fields'][{name!r}][{key!r}]", value)
        found[name] = told
    return found


def _check_text(what: str, value: Any) -> None:
    if not isinstance(value, str):
        raise ArtifactError(f"{what} must be a text; got {type(value).__name__}.")
    if len(value) > MAX_TEXT:
        raise ArtifactError(f"{what} has {len(value):,} characters, and may have {MAX_TEXT:,}.")


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # An integer of JSON may be larger than any float.
    return is_number and abs(value) <= sys.float_info.max


def plain_json(given: Mapping[str, Any] | None, name: str) -> dict[str, Any]:
    """Return a dict as JSON would give it back, or raise if JSON cannot hold it."""
    if given is None:
        return {}
    try:
        return json.loads(json.dumps(dict(given), allow_nan=False))
    except (TypeError, ValueError, RecursionError) as exc:
        raise ArtifactError(
            f"{name} must be a dict of what JSON holds (strings, finite numbers, lists, dicts): "
            f"{exc}."
        ) from exc
