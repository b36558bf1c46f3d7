"""Free text beside other columns, as a few numbers for each text."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from scipy import sparse
from sklearn.base import clone
from sklearn.decomposition import TruncatedSVD

from skcook.base import BaseColumnTransformer
from skcook.base._flow import Calculated, parts
from skcook.exceptions import ColumnValuesError, ExportRefused, PlanRefused
from skcook.text import TextVectorizer
from skcook.utils._columns import holds_free_text, is_missing_value, kind_of, new_series
from skcook.utils._frames import TableColumns
from skcook.utils._sklearn import HasMethods, Interval


class TextFeatures(BaseColumnTransformer):
    """Replace each column of free text by a few numbers: its words, weighed and condensed.

    TF-IDF weights of the words (:class:`~skcook.text.TextVectorizer`), condensed by a truncated
    singular value decomposition, which is known as latent semantic analysis. All other columns
    stay as they are, so that text stands beside numbers and categories in one frame.

    Parameters
    ----------
    columns : str, list of str or int, slice, mask or callable, default=None
        The columns of text. None takes the columns of strings that have more than 40 distinct
        values, of three and more words on average.
    n_components : int, default=30
        Most numbers for each text; fewer where a column has fewer words.
    vectorizer : TextVectorizer or None, default=None
        What weighs the words; None is ``TextVectorizer(min_df=2, sublinear_tf=True)``.
    random_state : int, default=0
        Seed of the decomposition.

    Attributes
    ----------
    vectorizers_ : dict of str to TextVectorizer
        The fitted vectorizer of each column of text.
    decompositions_ : dict of str to TruncatedSVD or None
        The fitted decomposition; None where a column has so few words that it needs none.
    columns_ : list of str
        The columns of text.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    skcook.text.TextVectorizer : The words themselves, as a sparse matrix.
    skrub.StringEncoder : Likewise, from n-grams of characters; also for dirty categories.

    References
    ----------
    Deerwester S. et al. (1990), "Indexing by Latent Semantic Analysis", JASIS 41.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.models import TextFeatures
    >>> X = pd.DataFrame({"note": ["good food", "good wine", "bad wine"], "stars": [5, 4, 1]})
    >>> TextFeatures("note", n_components=2).fit_transform(X).columns.tolist()
    ['note_0', 'note_1', 'stars']
    """

    _default_kinds = frozenset({"string"})

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "vectorizer": [HasMethods(["fit_transform", "transform"]), None],
        "random_state": [Integral],
    }

    def __init__(self, columns=None, *, n_components=30, vectorizer=None, random_state=0):
        self.columns = columns
        self.n_components = n_components
        self.vectorizer = vectorizer
        self.random_state = random_state

    def _read_fit(self, X):
        table = super()._read_fit(X)
        if self.columns is None:
            self.columns_ = [name for name in self.columns_ if _is_free_text(table.native[name])]
        return table

    def _fit_columns(self, frame, y):
        self._fit_transform_columns(frame, y)

    def _fit_transform_columns(self, frame, y):
        self.vectorizers_, self.decompositions_ = {}, {}
        out = {}
        for name in self.columns_:
            vectorizer = self._new_vectorizer()
            weights = vectorizer.fit_transform(_texts(frame[name]))
            decomposition = None
            if weights.shape[1] > self.n_components:
                decomposition = TruncatedSVD(self.n_components, random_state=self.random_state)
                decomposition.set_output(transform="default").fit(weights)
            self.vectorizers_[name], self.decompositions_[name] = vectorizer, decomposition
            out[name] = self._numbers(name, weights, frame)
        return out

    def _transform_columns(self, frame):
        return {
            name: self._numbers(name, vectorizer.transform(_texts(frame[name])), frame)
            for name, vectorizer in self.vectorizers_.items()
        }

    def _names_out(self, given):
        return {
            name: [f"{given[name]}_{place}" for place in range(self._width(name))]
            for name in self.columns_
        }

    def _new_vectorizer(self) -> Any:
        vectorizer = TextVectorizer(min_df=2, sublinear_tf=True)
        if self.vectorizer is not None:
            vectorizer = clone(self.vectorizer)
        # A matrix inside, whatever scikit-learn is set to give.
        return vectorizer.set_params(sparse_output=True).set_output(transform="default")

    def _width(self, name: str) -> int:
        decomposition = self.decompositions_[name]
        if decomposition is None:
            return len(self.vectorizers_[name].get_feature_names_out())
        return decomposition.components_.shape[0]

    def _numbers(self, name: str, weights: Any, frame: TableColumns) -> list[Any]:
        return [
            new_series(f"{name}_{place}", np.ascontiguousarray(column), frame)
            for place, column in enumerate(self._condensed(name, weights).T)
        ]

    def _condensed(self, name: str, weights: Any) -> np.ndarray:
        decomposition = self.decompositions_[name]
        values = weights if decomposition is None else weights @ decomposition.components_.T
        return values.toarray() if sparse.issparse(values) else np.asarray(values)

    def _plan_column(self, column, i):
        if column.kind != "text":
            raise PlanRefused(f"TextFeatures over column {column.name!r} of {column.kind}")
        name = self.columns_[i]
        names = list(map(str, range(self._width(name))))
        return parts(Calculated((column,), NumbersOfTexts(self, name), len(names)), names)


class NumbersOfTexts:
    """The numbers that `TextFeatures` makes of texts which come as cells of rows."""

    def __init__(self, step: TextFeatures, name: str) -> None:
        self.step, self.name = step, name
        vectorizer = step.vectorizers_[name]
        is_known = type(vectorizer) is TextVectorizer
        self.rows = vectorizer._term_rows() if is_known else None
        self.weigh = self.rows.csr if self.rows else vectorizer.transform

    def __call__(self, texts: list[Any]) -> np.ndarray:
        return self.step._condensed(self.name, self.weigh(texts))

    def traced(self, text: Any) -> Any:
        """Return the same as arithmetic on counts of words, for an export."""
        if self.rows is None:
            raise ExportRefused(f"The vectorizer of column {self.name!r} cannot be exported.")
        decomposition, weights = self.step.decompositions_[self.name], self.rows.traced(text)
        return weights if decomposition is None else weights @ decomposition.components_.T


def _texts(column: Any) -> list[Any]:
    texts = column.to_list()
    for value in texts:
        if not isinstance(value, str) and not is_missing_value(value):
            raise ColumnValuesError(
                f"TextFeatures takes texts; column {column.name!r} holds {value!r}. Leave it out "
                "of `columns`, or convert it."
            )
    return texts


def _is_free_text(column: Any) -> bool:
    return kind_of(column) == "string" and holds_free_text(column.to_list())
