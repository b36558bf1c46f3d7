"""What else may be wrong, given what was struck: proxies, words of a kind, whole groups of text."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import cross_val_predict
from sklearn.tree import DecisionTreeRegressor

from skcook.explain._model_outputs import choose_method, model_outputs
from skcook.review._column_edits import column_series, find_column, take_column
from skcook.review._text_edits import PATTERNS, are_texts, find_texts
from skcook.utils._columns import is_missing, kind_of, numeric_values
from skcook.utils._frames import is_frame
from skcook.utils._sklearn import num_samples, rows_of

#: Kinds of columns whose values lie on a line.
_ORDERED = ("numeric", "datetime", "duration")
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
    if are_texts(X):
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
    is_curve = kind_of(series) in _ORDERED and len(np.unique(numbers)) > _FEW_NUMBERS
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
        stamps = [pd.Timestamp(0 if absent else v) for v, absent in zip(series.to_list(), missing)]
        values = np.array([stamp.timestamp() for stamp in stamps])
    elif kind == "duration":
        spans = [pd.Timedelta(0 if absent else v) for v, absent in zip(series.to_list(), missing)]
        values = np.array([span.total_seconds() for span in spans])
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


#: A column is proposed from this r2 on: honest columns were seen to reach .12.
MIN_R2 = 0.15
#: Two words go together from this correlation on.
MIN_PHI = 0.3
#: A group is proposed if it holds so much of what the struck words stand for, and so many of them.
MIN_INSIDE, MIN_WORDS = 0.6, 2
_MOST_TEXTS = 1000
#: So many struck words that are alike cast doubt on one that was called right.
_DOUBT = 3


class Proposal(NamedTuple):
    """Something to ask a person: `Review.mark` takes its feature and kind."""

    feature: Any
    kind: str
    share: float
    because: str


def propose_columns(
    model: Any, X: Any, struck: Sequence[Any], known: Collection[Any], n: int, seed: Any
) -> list[Proposal]:
    """Propose the columns that tell what a model made of those that were struck."""
    best: dict[Any, Proposal] = {}
    for feature in struck:
        proxies = find_proxies(model, X, feature, random_state=seed)
        for line in proxies[proxies["r2"] >= MIN_R2].itertuples():
            told = f"it tells {line.r2:.0%} of what the model made of {feature!r}"
            if line.feature not in known and line.r2 > best.get(line.feature, _NONE).share:
                best[line.feature] = Proposal(line.feature, "drop", float(line.r2), told)
    return _best(best.values(), n)


_NONE = Proposal(None, "", 0.0, "")


def propose_groups(
    texts: Any, struck: Collection[str], known: Collection[str], gone: Collection[str] = ()
) -> list[Proposal]:
    """Propose the groups of text in which the struck words stand, beside the groups `gone`."""
    words = {word.lower() for word in struck}
    if len(words) < MIN_WORDS:
        return []
    texts = [text for text in texts if isinstance(text, str)][:_MOST_TEXTS]
    for name in PATTERNS.keys() & gone:
        texts = [PATTERNS[name](text) for text in texts]
    everywhere = _count(texts, words)
    found = []
    for name, step in PATTERNS.items():
        if name in known or not everywhere:
            continue
        outside = _count([step(text) for text in texts], words)
        inside = [1 - outside[word] / times for word, times in everywhere.items()]
        share = 1 - outside.total() / everywhere.total()
        if share >= MIN_INSIDE and sum(part >= 0.5 for part in inside) >= MIN_WORDS:
            told = f"{share:.0%} of the places of the struck words are in it"
            found.append(Proposal(name, "pattern", share, told))
    return _best(found, len(found))


def _count(texts: Sequence[str], words: set[str]) -> Counter[str]:
    found = (word for text in texts for word in re.findall(r"\w+", text.lower()))
    return Counter(word for word in found if word in words)


def propose_words(
    texts: Any, struck: Collection[str], known: Collection[str], doubted: Collection[str], n: int
) -> list[Proposal]:
    """Propose words that stand with the struck ones, or are spelled alike.

    Words that were called right by few are `doubted`: proposed if several struck ones are alike.
    """
    words, presence = word_presence(texts)
    place = {word: j for j, word in enumerate(words)}
    columns = [place[word.lower()] for word in struck if word.lower() in place]
    if not columns:
        return []
    known = {word.lower() for word in known}
    doubted = {word.lower() for word in doubted}
    best: dict[str, Proposal] = {}
    phi = correlations(presence, columns)
    for i, j in zip(*np.nonzero(phi >= MIN_PHI)):
        word, with_word = words[j], words[columns[i]]
        if word not in known and phi[i, j] > best.get(word, _NONE).share:
            told = f"it goes with {with_word!r} (correlation {phi[i, j]:.2f})"
            best[word] = Proposal(word, "word", float(phi[i, j]), told)
    stems: dict[str, list[str]] = {}
    for word in struck:
        stems.setdefault(_stem(word.lower()), []).append(word)
    for word in words:
        alike = stems.get(_stem(word), []) if len(_stem(word)) >= 4 else []
        needed = _DOUBT if word in doubted else 1
        if len(alike) >= needed and word not in known - doubted and word not in best:
            share = len(_stem(word)) / len(word)
            told = f"it is spelled like {alike[0]!r}"
            if word in doubted:
                told += f", and {len(alike)} such words were struck, while it was called right"
            best[word] = Proposal(word, "word", share, told)
    return _best(best.values(), n)


def _stem(word: str) -> str:
    """Return a word without its number or its last letter: "host12" and "host3" are of a kind."""
    without = re.sub(r"\d+\Z", "", word)
    return without if without != word else word[:-1]


def _best(proposals: Any, n: int) -> list[Proposal]:
    return sorted(proposals, key=lambda p: (-p.share, str(p.feature)))[:n]
