"""Which other columns tell what a model made of a column that was struck."""

import re
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import cross_val_predict
from sklearn.tree import DecisionTreeRegressor

from skcook.explain._model_outputs import choose_method, model_outputs
from skcook.review._column_edits import column_series, find_column, take_column
from skcook.review._text_edits import find_texts
from skcook.utils._columns import is_missing, kind_of, numeric_values
from skcook.utils._frames import is_frame
from skcook.utils._sklearn import num_samples, rows_of

#: Rows that each value of the struck column is put into.
_MIXED_ROWS = 150
#: Up to so many numbers are levels; above, a curve through some quantiles.
_FEW_NUMBERS, _QUANTILES, _MOST_LEVELS = 40, 21, 60


def find_proxies(model, X, feature, *, max_rows=1500, random_state=None):
    """Find the columns that could bring back what was struck.

    For every other column: how well it alone tells *what the model made of* the struck one, which
    is the model's mean output with that column set to the row's value. So only that part of the
    column counts which could come back through another.

    Parameters
    ----------
    model : estimator
        The fitted model that still uses the column.
    X : {DataFrame, ndarray} of shape (n_rows, n_columns), or a sequence of texts
        Rows like those of training.
    feature : str or int
        The column that was struck; for texts, the word.
    max_rows : int, default=1500
        Look at so many rows at most, drawn at random.
    random_state : int or None, default=None
        Seed of the draw.

    Returns
    -------
    proxies : pandas DataFrame
        With the columns ``feature`` and ``r2``, the best first: the cross-validated share of
        variation that a small tree on the column alone explains, 0 for nothing. For texts, the
        square of the correlation of the words' presence.

    Raises
    ------
    ColumnsError
        If `X` has no such column.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from skcook.review import find_proxies
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"leak": rng.normal(size=500), "noise": rng.normal(size=500)})
    >>> X["copy"] = X["leak"] + rng.normal(size=500) / 5
    >>> model = DecisionTreeRegressor(max_depth=4).fit(X, X["leak"])
    >>> find_proxies(model, X, "leak", random_state=0)["feature"].tolist()
    ['copy', 'noise']
    >>> find_proxies(model, X, "lake")
    Traceback (most recent call last):
    ...
    skcook.exceptions.ColumnsError: A correction names the column 'lake', which X has not. ...
    """
    if not is_frame(X) and getattr(X, "ndim", 1) == 1:
        return _proxies_of_word(X, feature)
    position = find_column(X, feature)
    rng = np.random.default_rng(random_state)
    n = num_samples(X)
    X = rows_of(X, rng.permutation(n)[:max_rows])
    effect = _effect(model, X, position)
    lines = []
    for j in range(X.shape[1]):
        if j != position:
            label = f"x{j}" if not is_frame(X) else X.columns[j]
            lines.append((label, _r2(_as_number(column_series(X, j)), effect)))
    return _ranked(lines)


def _effect(model: Any, X: Any, position: int) -> np.ndarray:
    """Return what the model makes of each row's value in a column, whatever the other columns.

    Shapes: returns effect (n_rows, n_outputs).
    """
    series = column_series(X, position)
    numbers = _as_number(series)
    is_curve = kind_of(series) == "numeric" and len(np.unique(numbers)) > _FEW_NUMBERS
    missing = is_missing(series)
    if is_curve:
        order = np.flatnonzero(~missing)[np.argsort(numbers[~missing], kind="stable")]
        at = order[np.linspace(0, len(order) - 1, _QUANTILES).astype(int)]
        rows = np.concatenate([at, np.flatnonzero(missing)[:1]])
        code = np.zeros(len(numbers), dtype=int)
    else:
        values = series.to_list()
        words = ["" if absent else f"={v}" for v, absent in zip(values, missing)]
        code, _ = pd.factorize(np.array(words, dtype=object))
        most = np.argsort(-np.bincount(code), kind="stable")[:_MOST_LEVELS]
        rows = np.array([np.flatnonzero(code == level)[0] for level in most])
    few = np.arange(min(_MIXED_ROWS, len(numbers)))
    mixed = rows_of(X, np.tile(few, len(rows)))
    mixed = take_column(mixed, position, np.repeat(rows, len(few)), source=X)
    method = choose_method(model, "auto")
    outputs = model_outputs(model, method, mixed)
    curve = outputs.reshape(len(rows), len(few), -1).mean(axis=1)
    if not is_curve:
        effect = np.tile(curve.mean(axis=0), (len(numbers), 1))
        for level, value in zip(most, curve):
            effect[code == level] = value
        return effect
    columns = [np.interp(numbers, numbers[at], curve[: len(at), k]) for k in range(curve.shape[1])]
    effect = np.column_stack(columns)
    if missing.any():
        effect[missing] = curve[-1]
    return effect


def _as_number(series: Any) -> np.ndarray:
    """Return any column as numbers that a tree can cut; missing is a number of its own."""
    kind, missing = kind_of(series), is_missing(series)
    if kind in ("numeric", "boolean"):
        values = numeric_values(series)
    elif kind == "datetime":
        stamps = [pd.Timestamp(0 if pd.isna(v) else v) for v in series.to_list()]
        values = np.array([stamp.timestamp() for stamp in stamps])
    else:
        words = np.array([str(value) for value in series.to_list()], dtype=object)
        codes, levels = pd.factorize(words)
        # The most frequent levels get the smallest numbers, so a tree can part them from the rest.
        rank = np.argsort(np.argsort(-np.bincount(codes, minlength=len(levels)), kind="stable"))
        values = rank[codes].astype(float) if len(levels) else np.zeros(len(words))
    present = values[~missing]
    lowest = present.min() if len(present) else 0.0
    return np.where(missing, lowest - 1.0, values)


def _r2(values: np.ndarray, effect: np.ndarray) -> float:
    total = ((effect - effect.mean(axis=0)) ** 2).sum()
    if total <= 1e-12 * len(effect) or len(effect) < 6:
        return 0.0
    tree = DecisionTreeRegressor(max_leaf_nodes=32, min_samples_leaf=15, random_state=0)
    told = cross_val_predict(tree, values[:, None], effect, cv=3)
    return max(0.0, 1.0 - ((effect - told.reshape(effect.shape)) ** 2).sum() / total)


def _ranked(lines: list[tuple[Any, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(lines, columns=["feature", "r2"])
    return frame.sort_values("r2", ascending=False, kind="stable", ignore_index=True)


def _proxies_of_word(texts: Any, word: str) -> pd.DataFrame:
    find_texts(texts, None)
    words, presence = word_presence(texts)
    if word.lower() not in words:
        return _ranked([])
    phi = correlations(presence, [words.index(word.lower())])[0]
    lines = [(other, phi[j] ** 2) for j, other in enumerate(words) if other != word.lower()]
    return _ranked(lines)


def word_presence(texts: Any) -> tuple[list[str], Any]:
    """Return the words of at least two texts, and which texts they are in.

    Shapes: returns presence, a sparse (n_texts, n_words).
    """
    values = [text if isinstance(text, str) else "" for text in texts]
    # Words as corrections strike them: runs of letters, digits and underscores.
    vectorizer = CountVectorizer(
        binary=True, tokenizer=_words_of, token_pattern=None, min_df=min(2, len(values))
    )
    try:
        presence = vectorizer.fit_transform(values)
    except ValueError:  # no word at all
        return [], sparse.csr_matrix((len(values), 0))
    return vectorizer.get_feature_names_out().tolist(), presence.astype(float).tocsc()


def _words_of(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def correlations(presence: Any, columns: list[int]) -> np.ndarray:
    """Return the correlation of the presence of some words with that of every word.

    Shapes: presence (n_texts, n_words); returns phi (n_columns, n_words).
    """
    n = presence.shape[0]
    share = np.asarray(presence.mean(axis=0)).ravel()
    both = np.asarray((presence[:, columns].T @ presence).todense()) / n
    spread = np.sqrt(np.clip(share * (1 - share), 0.0, None))
    with np.errstate(divide="ignore", invalid="ignore"):
        phi = (both - np.outer(share[columns], share)) / np.outer(spread[columns], spread)
    return np.nan_to_num(phi, nan=0.0, posinf=0.0, neginf=0.0)
