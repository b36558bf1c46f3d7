"""How corrections act: on the data in `fit` and in `predict` alike, on single rows, on a model."""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from skcook.base._flow import FlowColumn
from skcook.exceptions import ColumnsError, CorrectionError, PlanRefused
from skcook.review._column_edits import (
    column_series,
    find_column,
    has_level,
    hold_constant,
    replace_levels,
    typical_value,
)
from skcook.review._corrections import Corrections
from skcook.review._text_edits import edit_texts, find_texts, make_text_edit
from skcook.text.words._stop_words import resolve_stop_words
from skcook.utils._columns import (
    is_missing,
    is_missing_value,
    kind_of,
    native_of,
    numeric_values,
    to_list,
)
from skcook.utils._frames import container_of, is_frame, read_table
from skcook.utils._sklearn import num_samples
from skcook.utils._validation import in_words


def row_keys(X: Any) -> list[str]:
    """Name rows by what is in them: a correction finds them in every order and every fold.

    Parameters
    ----------
    X : {DataFrame, array} of shape (n_rows, n_columns), or a sequence of texts
        The rows.

    Returns
    -------
    keys : list of str
        One short hash per row: the same for pandas, polars and numpy, and the same for rows that
        hold the same values in the same order.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.review import row_keys
    >>> first, second = row_keys(pd.DataFrame({"age": [31, 45]}))
    >>> row_keys(pd.DataFrame({"age": [45.0]})) == [second]
    True
    """
    if hasattr(X, "tocsr"):
        X = X.toarray()
    if is_frame(X) or getattr(X, "ndim", 1) == 2:
        frame = read_table(X).frame
        columns = [_cells(frame[name]) for name in frame.columns]
        return [_key(list(row)) for row in zip(*columns)]
    return [_key([None if is_missing_value(value) else value]) for value in X]


def _cells(series: Any) -> list[Any]:
    """Return a column's values in one spelling: 3 and 3.0 are the same, and a date is its text."""
    kind, missing = kind_of(series), is_missing(series)
    values = to_list(native_of(series))
    if kind == "numeric":
        values = numeric_values(series).tolist()
    elif kind in ("boolean", "datetime"):
        spell = bool if kind == "boolean" else _utc
        values = [None if absent else spell(v) for v, absent in zip(values, missing)]
    return [None if absent else value for value, absent in zip(values, missing)]


def _utc(value: Any) -> str:
    stamp = pd.Timestamp(value)
    return str((stamp.tz_convert("UTC") if stamp.tzinfo else stamp).isoformat())


def _key(values: list[Any]) -> str:
    text = json.dumps(values, default=str, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.blake2b(
        text.encode("utf-8", "surrogatepass"), digest_size=12, person=b"skcook.row"
    )
    return digest.hexdigest()


#: The column that is edited, and what becomes of its cells.
CellEdit = tuple[int, Callable[[list[Any]], list[Any]]]


class EditedCells:
    """Rows as the model inside sees them."""

    def __init__(self, edits: Sequence[CellEdit]) -> None:
        self.edits = edits

    def __call__(self, cells: Sequence[list[Any]]) -> list[list[Any]]:
        out = list(cells)
        for place, edit in self.edits:
            out[place] = edit(out[place])
        return out


def plan_edit(edit: dict[str, Any], columns: Sequence[FlowColumn]) -> CellEdit:
    """Return an edit of the data as one of cells; raise `PlanRefused` if it is no plain one."""
    names = [column.name for column in columns]
    known = edit["column"] in names
    place = names.index(edit["column"]) if known else edit["position"] or 0
    if edit["do"] == "hold":
        if isinstance(edit["value"], dict):
            raise PlanRefused(f"column {edit['column']!r} is held at a time")
        return place, Held(edit["value"])
    if columns[place].kind != "text":
        raise PlanRefused(f"levels of column {edit['column']!r} of no text are replaced")
    if edit["do"] == "replace":
        return place, Replaced(dict.fromkeys(edit["levels"], edit["into"]))
    return place, WithoutWords(edit["words"], edit["patterns"])


class Held:
    """One value in every cell."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self, cells: list[Any]) -> list[Any]:
        return [self.value] * len(cells)


class Replaced:
    """Some levels replaced by another."""

    def __init__(self, levels: dict[Any, Any]) -> None:
        self.levels = levels

    def __call__(self, cells: list[Any]) -> list[Any]:
        return [self.levels.get(cell, cell) for cell in cells]


class WithoutWords:
    """Texts without some words."""

    def __init__(self, words: Sequence[str], patterns: Sequence[str]) -> None:
        self.words, self.patterns = tuple(words), tuple(patterns)

    def __call__(self, cells: list[Any]) -> list[Any]:
        edit = make_text_edit(self.words, self.patterns)
        return [edit(cell) if isinstance(cell, str) else cell for cell in cells]


def learn_edits(corrections: Corrections, X: Any, words: Sequence[Any]) -> list[dict[str, Any]]:
    """Return what is done to the data, as plain values that a model file can hold.

    `words` are the corrections of words that no vectorizer takes care of.
    """
    edits: list[dict[str, Any]] = []
    for item in corrections.of_kind("merge", "ban"):
        place = _place(X, item.feature)
        levels = list(item.detail["levels"])
        into = item.detail.get("into")
        if item.kind == "ban":
            series = column_series(X, place["position"])
            into = typical_value(series, without=has_level(series, levels))
        edits.append({"do": "replace", **place, "levels": levels, "into": into})
    for item in corrections.of_kind("drop"):
        place = _place(X, item.feature)
        value = typical_value(column_series(X, place["position"]))
        edits.append({"do": "hold", **place, "value": value})
    texts: dict[int | None, dict[str, Any]] = {}
    for item in [*corrections.of_kind("pattern"), *words]:
        position = find_texts(X, item.detail.get("column"))
        if position not in texts:
            place = {"position": None, "column": None}
            if position is not None:
                place = _place_at(X, position)
            texts[position] = {"do": "text", **place, "words": [], "patterns": []}
        texts[position]["words" if item.kind == "word" else "patterns"].append(item.feature)
    return edits + list(texts.values())


def _place(X: Any, feature: Any) -> dict[str, Any]:
    return _place_at(X, find_column(X, feature))


def _place_at(X: Any, position: int) -> dict[str, Any]:
    label = None if container_of(X) == "numpy" else X.columns[position]
    return {"position": position, "column": label if isinstance(label, str) else None}


def apply_edits(edits: Sequence[dict[str, Any]], X: Any) -> Any:
    """Return the data as the model is to see it; what came is not changed."""
    for edit in edits:
        position = edit["position"]
        # Columns are told by their names where both have names, since their order may differ.
        if edit["column"] is not None and is_frame(X):
            position = find_column(X, edit["column"])
        elif position is not None and (container_of(X) is None or position >= X.shape[1]):
            raise ColumnsError(
                f"The model corrects column {edit['column'] or position} of a table, and X is a "
                f"{type(X).__name__}" + (f" of shape {X.shape}." if hasattr(X, "shape") else ".")
            )
        if edit["do"] == "hold":
            X = hold_constant(X, position, edit["value"])
        elif edit["do"] == "replace":
            X = replace_levels(X, position, edit["levels"], edit["into"])
        else:
            X = edit_texts(
                X, position, make_text_edit(tuple(edit["words"]), tuple(edit["patterns"]))
            )
    return X


def strike_in_vectorizer(estimator: Any, words: Sequence[str]) -> bool:
    """Add words to the stop words of the vectorizer that reads the text, if there is one.

    So the tokens are the vectorizer's own, and it can still count them under masks.
    """
    vectorizer = _first_step(estimator)
    if not hasattr(vectorizer, "split_words") or not hasattr(vectorizer, "stop_words"):
        return False
    struck = {word.lower() for word in words}
    keep = vectorizer.keep_words
    if keep is not None:
        keep = [word for word in keep if word.lower() not in struck] or None
    stop_words = resolve_stop_words(vectorizer.stop_words, keep) | struck
    vectorizer.set_params(stop_words=sorted(stop_words), keep_words=keep)
    return True


def _first_step(estimator: Any) -> Any:
    """Return the step that gets the data as it came, through pipelines and wrappers."""
    while True:
        if isinstance(estimator, Pipeline):
            steps = [step for _, step in estimator.steps if step not in (None, "passthrough")]
            estimator = steps[0]
        elif isinstance(estimator, FrozenEstimator) or not hasattr(estimator, "get_params"):
            return None
        else:
            params = estimator.get_params(deep=False)
            if _searches_stop_words(params):
                return None
            if params.get("estimator") is None:
                return estimator
            estimator = params["estimator"]


def _searches_stop_words(params: dict[str, Any]) -> bool:
    """Tell whether a search will set the stop words itself."""
    grids = params.get("param_grid", params.get("param_distributions", ()))
    grids = [grids] if isinstance(grids, dict) else list(grids)
    return any(name.endswith(("stop_words", "keep_words")) for grid in grids for name in grid)


def correct_rows(
    corrections: Corrections, X: Any, y: np.ndarray, classes: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the targets as corrected, which rows are kept, and how many rows were found.

    Shapes: y (n_rows,); returns y (n_rows,) and kept (n_rows,).
    """
    wanted = {item.feature: item.detail for item in corrections.of_kind("row")}
    kept = np.ones(num_samples(X), dtype=bool)
    found = [(i, wanted[key]) for i, key in enumerate(row_keys(X)) if key in wanted]
    y = y.copy()
    for i, detail in found:
        if detail.get("leave_out"):
            kept[i] = False
        else:
            y[i] = _number(detail["label"]) if classes is None else _class(detail["label"], classes)
    if not kept.any():
        raise CorrectionError("The corrections leave out every row; nothing is left to learn from.")
    return y, kept, len(found)


def _number(label: Any) -> float:
    try:
        return float(label)
    except (TypeError, ValueError):
        raise CorrectionError(
            f"A row is relabelled {label!r:.60}, and the target is a number."
        ) from None


def _class(label: Any, classes: np.ndarray) -> Any:
    """Return the class that is meant: JSON and a page know numbers and strings alone."""
    for test in (lambda known: known == label, lambda known: str(known) == str(label)):
        same = [known for known in classes.tolist() if test(known)]
        if same:
            return same[0]
    raise CorrectionError(
        f"A row is relabelled {label!r:.60}, which is no class; the classes are "
        f"{in_words(classes.tolist())}."
    )
