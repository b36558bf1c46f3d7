"""Settings by which a model would read files that the sender of a row, or the file, names.

Types are trusted, and with a type every setting of it. A few settings make a trusted type read
from the disk: scikit-learn's vectorizers take ``input="filename"`` and open what a row says, and
the names of languages and tokenizers become parts of paths of data. A model with one of these is
refused, wherever in it the setting is.
"""

import gc
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from skcook.exceptions import ArtifactError

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
