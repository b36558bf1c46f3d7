"""What a recommender answers: frames of recommendations, and why an item has its score.

A score is a sum over the features of the user and of the item, so it comes apart exactly: each
pair of a user's and an item's feature gives the inner product of their embeddings, each feature
its bias. Beside it stand the items of the user's history that are most like the recommended one.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from skcook.utils._files import replacing
from skcook.utils._frames import to_polars
from skcook.utils._optional import import_optional


def frame_of(columns, container):
    """Make a frame."""
    named = {}
    for name, values in columns:
        while name in named:
            name = f"{name}_"
        named[name] = _column(values)
    frame = pd.DataFrame(named)
    if container == "polars":
        return to_polars(nw.from_native(frame, eager_only=True))
    return frame


def _column(values):
    try:
        return pd.Series(values)
    except UnicodeEncodeError:  # pandas' strings are UTF-8, which a lone surrogate is not
        return pd.Series(values, dtype=object)


def container_for(values, fitted):
    """Choose the container of an answer: that of the question, else that of ``fit``."""
    if isinstance(values, pd.Series | pd.Index):
        return "pandas"
    if type(values).__module__.partition(".")[0] == "polars":
        return "polars"
    return "polars" if fitted == "polars" else "pandas"


def write_frames(frames, out):
    """Write frames one after the other into one file."""
    path = Path(out)
    if path.suffix not in (".csv", ".parquet"):
        raise ValueError(f"out={str(out)!r} must end in .csv or .parquet.")
    with replacing(path) as part:
        if path.suffix == ".csv":
            with part.open("w", encoding="utf-8", newline="") as file:
                for number, frame in enumerate(frames):
                    frame.to_csv(file, header=number == 0, index=False)
        else:
            _write_parquet(frames, part)
    return path


def _write_parquet(frames, path):
    arrow = import_optional("pyarrow", feature="Writing .parquet", extra="batch")
    parquet = import_optional("pyarrow.parquet", feature="Writing .parquet", extra="batch")
    writer = None
    try:
        for frame in frames:
            table = arrow.Table.from_pandas(
                frame, schema=writer and writer.schema, preserve_index=False
            )
            writer = writer or parquet.ParquetWriter(path, table.schema)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


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
    >>> from skcook.recommend import EASERecommender
    >>> X = [["ann", "tea"], ["ann", "milk"], ["bob", "tea"], ["bob", "milk"], ["cat", "tea"]]
    >>> explanation = EASERecommender(alpha=1.0).fit(X).explain("cat", "milk")
    >>> explanation.history["item"].tolist()
    ['tea']
    >>> bool(abs(explanation.contributions["contribution"].sum() - explanation.score) < 1e-6)
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


def explanation_of(model, user, item, score, terms, met, similarities):
    """Return the explanation of a pair: (user_feature, item_feature, contribution) of each term.

    Shapes: met, similarities (n_history,).
    """
    container = container_for(None, model.container_)
    names = ("user_feature", "item_feature", "contribution")
    columns = [(name, [term[i] for term in terms]) for i, name in enumerate(names)]
    ids = model.item_ids_[met]
    history = [(model.item_name_, ids), ("similarity", similarities), *model._titles("item", ids)]
    return RecommendationExplanation(
        user, item, score, frame_of(columns, container), frame_of(history, container)
    )


def _records(frame):
    if isinstance(frame, pd.DataFrame):
        return [{k: _plain(v) for k, v in row.items()} for row in frame.to_dict("records")]
    return frame.to_dicts()


def _plain(value):
    return value.item() if isinstance(value, np.generic) else value
