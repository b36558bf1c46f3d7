"""Why an item has its score for a user.

The score is a sum over the features of the user and of the item, so it comes apart exactly: each
pair of a user's and an item's feature gives the inner product of their embeddings, each feature
its bias. Beside it stand the items of the user's history that are most like the recommended one.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from skcook.recommend._recommendations import frame_of
from skcook.recommend.interactions._ids import as_series, check_ids, factorize

_BIAS = "(bias)"


@dataclass(frozen=True)
class RecommendationExplanation:
    """Why an item has its score for a user.

    Parameters
    ----------
    user, item : id
        The pair.
    score : float
        What ``predict`` says.
    contributions : DataFrame
        One row per term of the score, the largest first: `user_feature`, `item_feature` and
        `contribution`; together they make the score. "(bias)" stands for the other side's
        absence.
    history : DataFrame
        The items of the user's history most like this one: the item, `similarity` (the cosine of
        their factors), and titles if there are any.

    Examples
    --------
    >>> from skcook.datasets import make_interactions
    >>> from skcook.recommend import LightFMRecommender
    >>> data = make_interactions(n_users=50, random_state=0)
    >>> model = LightFMRecommender(n_components=8, random_state=0).fit(data.frame)
    >>> explanation = model.explain("u3", "i1")
    >>> bool(abs(explanation.contributions["contribution"].sum() - explanation.score) < 1e-4)
    True
    """

    user: Any
    item: Any
    score: float
    contributions: Any
    history: Any

    def to_dict(self):
        """Return it as plain lists and dicts, ready for JSON."""
        return {
            "user": _plain(self.user),
            "item": _plain(self.item),
            "score": self.score,
            "contributions": _records(self.contributions),
            "history": _records(self.history),
        }


def explain_pair(model, user, item, n_history):
    """Explain one pair."""
    users, items = one_id(user, "user"), one_id(item, "item")
    vectors, offsets, places = model._user_vectors(users)
    targets, item_places = model._item_vectors(items)
    score = float(vectors[0] @ targets[0] + offsets[0])
    container = "polars" if model.container_ == "polars" else "pandas"
    left = _terms(model, "user", users, places)
    right = _terms(model, "item", items, item_places)
    if vectors[0, -1]:
        rows = [("(unknown)", "popularity", score)]
    elif right is None:
        rows = [("(unknown)", _BIAS, float(targets[0, -2])), *_biases(left, user=True)]
    else:
        rows = [(a, b, float(e @ f)) for a, e, _ in left for b, f, _ in right]
        rows += [*_biases(left, user=True), *_biases(right, user=False)]
    rows.sort(key=lambda row: -abs(row[2]))
    contributions = frame_of(
        [
            (name, [row[i] for row in rows])
            for i, name in enumerate(("user_feature", "item_feature", "contribution"))
        ],
        container,
    )
    history = _history(model, places[0], item_places[0], targets[0, :-2], n_history, container)
    return RecommendationExplanation(users[0], items[0], score, contributions, history)


def explain_factors(model, user, item, n_history):
    """Explain a pair by a model whose factors are of ids alone: by what the user met."""
    users, items = one_id(user, "user"), one_id(item, "item")
    vectors, _, places = model._user_vectors(users)
    targets, item_places = model._item_vectors(items)
    score = float(vectors[0] @ targets[0])
    container = "polars" if model.container_ == "polars" else "pandas"
    left = f"{model.user_name_}={users[0]}" if places[0] >= 0 else "(unknown)"
    right = f"{model.item_name_}={items[0]}" if places[0] >= 0 else "popularity"
    names = ("user_feature", "item_feature", "contribution")
    values = ([left], [right], [score])
    contributions = frame_of(list(zip(names, values, strict=True)), container)
    history = _history(model, places[0], item_places[0], targets[0, :-2], n_history, container)
    return RecommendationExplanation(users[0], items[0], score, contributions, history)


def one_id(value, what):
    """Return one id in an array, or raise."""
    series = as_series(value, what)
    if len(series) != 1:
        raise ValueError(f"explain takes one {what}; got {len(series)}.")
    check_ids(series, what)
    return factorize(series, what)[1]


def _terms(model, side, ids, places):
    """Return (name, embedding, bias) of each feature of one id, or None if it has none."""
    table = model._table(side)
    embeddings = getattr(model, f"{side}_embeddings_")
    biases = getattr(model, f"{side}_feature_biases_")
    n_features = 0 if table is None else len(table.feature_names)
    found = []
    if table is not None and (places[0] >= 0 or model.handle_unknown == "features"):
        row = table.rows_of(ids)[0]
        columns = table.matrix[row].indices if row >= 0 else []
        found = [
            (table.feature_names[i], embeddings[i], biases[i])
            for i in columns
            if embeddings[i].any() or biases[i] != 0  # else no id in fit had it
        ]
    if places[0] >= 0:
        at = n_features + places[0]
        name = f"{getattr(model, f'{side}_name_')}={ids[0]}"
        found.append((name, embeddings[at], biases[at]))
    return found or None


def _biases(terms, *, user):
    for name, _, bias in terms:
        yield (name, _BIAS, float(bias)) if user else (_BIAS, name, float(bias))


def _history(model, user, item, vector, n, container):
    """Return the items that a user met which are most like a vector."""
    met = model.seen_.indices[model.seen_.indptr[user] : model.seen_.indptr[user + 1]]
    met = met[met != item] if user >= 0 else met[:0]
    factors = model.item_factors_[met]
    lengths = np.linalg.norm(factors, axis=1) * np.linalg.norm(vector)
    cosines = factors @ vector / np.where(lengths > 0, lengths, 1)
    order = np.argsort(-cosines, kind="stable")[:n]
    ids = model.item_ids_[met[order]]
    columns = [(model.item_name_, ids), ("similarity", cosines[order])]
    return frame_of(columns + model._titles("item", ids), container)


def _records(frame):
    if isinstance(frame, pd.DataFrame):
        return [{k: _plain(v) for k, v in row.items()} for row in frame.to_dict("records")]
    return frame.to_dicts()


def _plain(value):
    return value.item() if isinstance(value, np.generic) else value
