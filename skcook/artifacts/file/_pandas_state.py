"""Series, frames, indexes and dtypes of pandas in a model's fitted state, written as plain data.

skops writes arrays, lists and dicts; some libraries, category_encoders among them, keep what they
learned in a Series. Before a model is written, each such object becomes a dict that says what it
is, in a copy of those parts of the model that hold it; when the model is read, it is rebuilt.
"""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

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
