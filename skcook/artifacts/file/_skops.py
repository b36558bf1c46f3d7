"""The model itself, in skops' format: a tree of types and arrays, never a pickle.

skops writes arrays, lists and dicts; some libraries, category_encoders among them, keep what they
learned in a Series of pandas. Before a model is written, each such object becomes a dict that says
what it is, in a copy of those parts of the model that hold it; when the model is read, it is
rebuilt.

What skops writes is a zip of arrays, those of sparse matrices zips again. Only the model file
packs: within it everything is stored as it is, so that no zip in a zip unpacks to more than the
limits of the file.
"""

import copy
import io
import json
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.exceptions import InconsistentVersionWarning

from skcook.artifacts.file._manifest import check_names
from skcook.artifacts.file._members import FIXED_DATE, UNREADABLE
from skcook.artifacts.file._trust import refuse_file_settings, refused
from skcook.exceptions import ArtifactError, ArtifactFormatError, UntrustedTypeError
from skcook.utils._optional import import_optional
from skcook.utils._progress import printable

_FEATURE = "Saving and loading models"
_SCHEMA = "schema.json"
#: How a zip begins, and so the member that numpy reads as one.
_ZIP = b"PK\x03\x04"


def _skops_io() -> Any:
    return import_optional("skops.io", feature=_FEATURE, extra="serve")


def dump_model(model: Any) -> tuple[bytes, Any]:
    """Write a model in skops' format, the same model always as the same bytes."""
    skops_io = _skops_io()
    _refuse_local_functions(model)
    refuse_file_settings(model)
    try:
        data = _with_stable_names(skops_io.dumps(pack_pandas(model)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InconsistentVersionWarning)
            loaded = skops_io.loads(data, trusted=skops_io.get_untrusted_types(data=data))
        return data, _with_pandas(loaded, data)
    except Exception as exc:
        place = _find_unwritable(model) or f"{type(exc).__name__}: {_short(exc)}"
        raise ArtifactError(
            f"{type(model).__name__} cannot be saved without pickle: {place}. Fitted state may be "
            "numbers, strings, lists, dicts with string keys, arrays and estimators."
        ) from exc


def model_types(data: bytes) -> list[str]:
    """List the types that a model names beyond those that skops trusts, importing none."""
    _check_members(data)
    types = list(_guarded(lambda: _skops_io().get_untrusted_types(data=data)))
    check_names("type", types, "The model in the file")
    return types


def load_model(data: bytes, *, trusted: Sequence[str] = (), name: str = "The model") -> Any:
    """Build a model of types that are allowed."""
    types = model_types(data)
    bad = refused(types, trusted)
    if bad:
        flags = " ".join(f"--trust {item}" for item in bad)
        raise UntrustedTypeError(
            f"{name} holds {len(bad)} type(s) that are not on the list of allowed ones: "
            f"{', '.join(bad)}. To trust a type is to let this file build one with any state. "
            f"If you trust the file's author: load(..., trusted={bad!r}), or {flags}.",
            bad,
        )
    with warnings.catch_warnings():
        # The manifest's versions are compared by the caller, for all libraries at once.
        warnings.simplefilter("ignore", InconsistentVersionWarning)
        # skops looks at each node against the whole list: give it the few types there are.
        model = _guarded(lambda: _with_pandas(_skops_io().loads(data, trusted=types), data))
    refuse_file_settings(model)
    return model


def _with_pandas(model: Any, data: bytes) -> Any:
    """Rebuild the state that was of pandas, if there is any."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        has_any = f'"{KEY}"'.encode() in archive.read(_SCHEMA)
    return unpack_pandas(model) if has_any else model


def _guarded(read: Any) -> Any:
    try:
        return read()
    except ImportError as exc:
        raise ArtifactError(f"The model needs a library that is not there: {exc}") from exc
    except (*UNREADABLE, ArithmeticError, AttributeError, TypeError) as exc:
        raise ArtifactFormatError(
            f"The model in the file cannot be read: {type(exc).__name__}: {_short(exc)}"
        ) from exc


def _short(exc: BaseException) -> str:
    text = printable(str(exc))
    return text if len(text) <= 300 else text[:297] + "..."


def _check_members(data: bytes) -> None:
    """Raise if the inner zip is none, or if anything in it is packed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            _refuse_packed(archive, len(data))
            for info in archive.infolist():
                with archive.open(info) as member:
                    if member.read(len(_ZIP)) != _ZIP:
                        continue
                with zipfile.ZipFile(io.BytesIO(archive.read(info))) as inner:
                    _refuse_packed(inner, info.file_size)
    except ArtifactFormatError:
        raise
    except UNREADABLE as exc:
        raise ArtifactFormatError(f"The model in the file is damaged: {exc}") from exc
    if _SCHEMA not in names or len(set(names)) != len(names):
        raise ArtifactFormatError("The model in the file is not in skops' format.")


def _refuse_packed(archive: zipfile.ZipFile, size: int) -> None:
    infos = archive.infolist()
    is_stored = all(info.compress_type == zipfile.ZIP_STORED for info in infos)
    if not is_stored or sum(info.file_size for info in infos) > size:
        raise ArtifactFormatError(
            "The model in the file is a packed zip within a zip; this looks like an attack and is "
            "refused."
        )


def _with_stable_names(data: bytes) -> bytes:
    """Replace skops' names, which are memory addresses, by numbers in order of appearance.

    Only objects that occur more than once need a number, and single values never do: whether two
    equal numbers are one object is an accident of the process.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        tree = json.loads(archive.read(_SCHEMA))
        nodes = list(_nodes(tree))
        uses = Counter(node.get("__id__") for node in nodes if node["__loader__"] != "JsonNode")
        ids: dict[int, int] = {}
        files: dict[str, str] = {}
        for node in nodes:
            address = node.pop("__id__", None)
            if uses[address] > 1 and node["__loader__"] != "JsonNode":
                node["__id__"] = ids.setdefault(address, len(ids) + 1)
            old = node.get("file")
            if isinstance(old, str):
                suffix = old[old.index(".") :]
                node["file"] = files.setdefault(old, f"{len(files) + 1}{suffix}")
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as out:
            for old, new in files.items():
                out.writestr(zipfile.ZipInfo(new, FIXED_DATE), _as_stored(archive.read(old)))
            text = json.dumps(tree, separators=(",", ":"))
            out.writestr(zipfile.ZipInfo(_SCHEMA, FIXED_DATE), text)
    return buffer.getvalue()


def _as_stored(data: bytes) -> bytes:
    """Return a member as it is kept: the zip of a sparse matrix without packing.

    The bytes between the fields of an array of records, which hold whatever was there, are blanked.
    """
    if data.startswith(_ZIP):
        buffer = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as packed, zipfile.ZipFile(buffer, "w") as out:
            for name in packed.namelist():
                out.writestr(zipfile.ZipInfo(name, FIXED_DATE), packed.read(name))
        return buffer.getvalue()
    if not data.startswith(b"\x93NUMPY") or b"'descr': [" not in data[:100]:
        return data
    array = np.load(io.BytesIO(data), allow_pickle=False)
    clean = np.zeros(array.shape, array.dtype)
    for name in array.dtype.names or ():
        clean[name] = array[name]
    buffer = io.BytesIO()
    np.save(buffer, clean, allow_pickle=False)
    return buffer.getvalue()


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Go through the nodes of skops' tree, in order."""
    stack = [tree]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            if "__loader__" in item:
                yield item
            stack.extend(reversed(list(item.values())))
        elif isinstance(item, list):
            stack.extend(reversed(item))


def _refuse_local_functions(model: Any) -> None:
    """Raise if a setting is a function that no other process can find by its name."""
    for path, value in _parts(model):
        module = getattr(value, "__module__", None)
        name = getattr(value, "__qualname__", "")
        is_function = callable(value) and isinstance(name, str) and hasattr(value, "__code__")
        if is_function and (module == "__main__" or "<" in name):
            what = "a lambda" if "<lambda>" in name else f"the function {name!r}"
            where = "in a script" if module == "__main__" else "inside another function"
            raise ArtifactError(
                f"{path} is {what}, defined {where}: whoever loads the file could not find it. "
                "Put the function into a module that can be imported where the model is used."
            )
        if isinstance(value, type) and "<locals>" in value.__qualname__:
            raise ArtifactError(
                f"{path} is the class {value.__qualname__!r}, defined inside a function: whoever "
                "loads the file could not find it. Put it into a module."
            )


def _parts(value: Any, path: str | None = None, seen: dict[int, Any] | None = None, depth: int = 0):  # type: ignore[no-untyped-def]
    """Go through what is written of a model, with the path to each part."""
    # A state may be made for the occasion: kept, so that no other part gets its id.
    seen = {} if seen is None else seen
    path = type(value).__name__ if path is None else path
    if id(value) in seen or depth > 12:
        return
    seen[id(value)] = value
    yield path, value
    if isinstance(value, dict):
        children = [(f"{path}[{key!r}]", item) for key, item in value.items()]
    elif isinstance(value, list | tuple):
        if len(value) > 1000:
            return
        children = [(_member(path, i, item), item) for i, item in enumerate(value)]
    elif hasattr(value, "get_params") or type(value).__module__.startswith(("skcook.", "sklearn.")):
        if isinstance(value, type):
            return
        state = value.__getstate__() if hasattr(value, "__dict__") else None
        state = state if isinstance(state, dict) else {}
        children = [(f"{path}.{key}", item) for key, item in state.items()]
    else:
        return
    for child_path, item in children:
        if not isinstance(item, str | int | float | bool | None):
            yield from _parts(item, child_path, seen, depth + 1)


def _member(path: str, i: int, item: Any) -> str:
    if isinstance(item, tuple) and item and isinstance(item[0], str):
        return f"{path}[{item[0]!r}]"
    return f"{path}[{i}]"


def _find_unwritable(model: Any) -> str | None:
    """Name the deepest part of a model that skops cannot write, or not read again."""
    skops_io = _skops_io()
    worst = None
    for path, part in _parts(model):
        try:
            data = skops_io.dumps(part)
            skops_io.loads(data, trusted=skops_io.get_untrusted_types(data=data))
        except Exception as exc:  # noqa: BLE001 - any failure is what is looked for
            worst = f"{path} ({type(part).__module__}.{type(part).__qualname__}): {_short(exc)}"
    return worst


#: The key by which such a dict is known.
KEY = "skcook.pandas"
_LEAVES = (str, bytes, int, float, complex, bool, type(None), np.ndarray, np.generic, type)


def pack_pandas(model: Any) -> Any:
    """Return a model whose objects of pandas are plain data; the model itself is not changed."""
    return _replace(model, _pack, {})


def unpack_pandas(model: Any) -> Any:
    """Rebuild the objects of pandas in a model that was read."""
    return _replace(model, _unpack, {})


def _replace(value: Any, change: Callable[[Any], Any], done: dict[int, Any]) -> Any:
    """Change objects wherever they are in a model; what holds none of them is kept as it is."""
    if isinstance(value, _LEAVES):
        return value
    if id(value) in done:
        return done[id(value)][1]
    done[id(value)] = (value, value)  # kept alive, so that no other object gets its number
    made = change(value)
    if made is value:
        made = _replace_inside(value, change, done)
    done[id(value)] = (value, made)
    return made


def _replace_inside(value: Any, change: Callable[[Any], Any], done: dict[int, Any]) -> Any:
    if isinstance(value, dict):
        new = {key: _replace(item, change, done) for key, item in value.items()}
        if all(new[key] is item for key, item in value.items()):
            return value
        same = copy.copy(value)
        same.update(new)
        return same
    if type(value) in (list, tuple):
        items = [_replace(item, change, done) for item in value]
        return value if all(a is b for a, b in zip(items, value)) else type(value)(items)
    state = getattr(value, "__dict__", None)
    if callable(value) and not hasattr(value, "get_params"):
        return value
    if not isinstance(state, dict) or type(value).__module__.partition(".")[0] == "pandas":
        return value
    new = {key: _replace(item, change, done) for key, item in state.items()}
    if all(new[key] is item for key, item in state.items()):
        return value
    same = copy.copy(value)
    same.__dict__.update(new)
    return same


def _pack(value: Any) -> Any:
    if isinstance(value, pd.MultiIndex):
        return value  # skops will say that it cannot be written
    if isinstance(value, pd.DataFrame):
        columns = [_pack_values(value.iloc[:, j].array) for j in range(value.shape[1])]
        return {KEY: "frame", "columns": columns, "names": _pack(value.columns),
                "index": _pack(value.index)}  # fmt: skip
    if isinstance(value, pd.Series):
        return {KEY: "series", "values": _pack_values(value.array), "name": value.name,
                "index": _pack(value.index)}  # fmt: skip
    if isinstance(value, pd.RangeIndex):
        ends = [value.start, value.stop, value.step]
        return {KEY: "range", "ends": ends, "name": value.name}
    if isinstance(value, pd.Index):
        return {KEY: "index", "values": _pack_values(value.array), "name": value.name}
    if isinstance(value, pd.api.extensions.ExtensionDtype):
        if isinstance(value, pd.CategoricalDtype):
            return value
        return {KEY: "dtype", "dtype": str(value)}
    return value


def _pack_values(array: Any) -> dict[str, Any]:
    """Return the values of a column as an array or a list, with the dtype to give them."""
    if isinstance(array, pd.Categorical):
        categories = _pack_values(array.categories.array)
        return {"codes": np.asarray(array.codes), "categories": categories,
                "ordered": bool(array.ordered)}  # fmt: skip
    dtype = array.dtype
    plain = getattr(dtype, "numpy_dtype", dtype) if type(array).__name__ == "NumpyExtensionArray" \
        else dtype  # fmt: skip
    if isinstance(plain, np.dtype) and plain.kind in "biufcmM":
        return {"values": np.asarray(array), "dtype": str(plain)}
    values = [None if value is pd.NA or value is pd.NaT else value for value in array.tolist()]
    return {"values": values, "dtype": str(plain)}


def _unpack(value: Any) -> Any:
    if not isinstance(value, dict) or KEY not in value:
        return value
    kind = value[KEY]
    if kind == "range":
        return pd.RangeIndex(*value["ends"], name=value["name"])
    if kind == "dtype":
        return pd.api.types.pandas_dtype(value["dtype"])
    if kind == "index":
        return pd.Index(_unpack_values(value["values"]), name=value["name"])
    index = _unpack(value["index"])
    if kind == "series":
        return pd.Series(_unpack_values(value["values"]), index=index, name=value["name"])
    if kind != "frame":
        raise ValueError(f"no object of pandas is a {kind!r}"[:100])
    columns = {j: _unpack_values(item) for j, item in enumerate(value["columns"])}
    frame = pd.DataFrame(columns, index=index, columns=range(len(columns)))
    frame.columns = _unpack(value["names"])
    return frame


def _unpack_values(packed: dict[str, Any]) -> Any:
    if "codes" in packed:
        categories = pd.Index(_unpack_values(packed["categories"]))
        dtype = pd.CategoricalDtype(categories, ordered=packed["ordered"])
        return pd.Categorical.from_codes(packed["codes"], dtype=dtype)
    values, dtype = packed["values"], packed["dtype"]
    if isinstance(values, np.ndarray):
        return values
    if dtype == "object":
        out = np.empty(len(values), dtype=object)
        out[:] = values
        return pd.array(out, dtype=object)
    return pd.array(values, dtype=dtype)
