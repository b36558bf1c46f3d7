"""A review of a model: look at reasons, say which are wrong, fit again."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.utils import check_consistent_length

from skcook.exceptions import CorrectionError
from skcook.explain import Explanation, Explanations, TabularExplainer, TextExplainer
from skcook.review._column_edits import column_series, find_column
from skcook.review._corrections import Corrections
from skcook.review._corrector import row_keys
from skcook.review._directions import trend_of
from skcook.review._proxies import Proposal, propose_columns, propose_groups, propose_words
from skcook.review._reviewed_estimators import ReviewedClassifier, ReviewedRegressor
from skcook.review._text_edits import are_texts
from skcook.review._verdicts import FeedbackLog, decide, is_even, make_verdict, standing, tally
from skcook.utils._columns import kind_of
from skcook.utils._sklearn import num_samples, rows_of
from skcook.utils._validation import in_words

#: Reasons that a row is shown with, and the sample behind them.
_TABLE = {"n_reasons": 6, "n_samples": 2048}
_TEXT = {"n_reasons": 10, "n_samples": 1000}
#: A word that is not struck after more verdicts than this is not doubted any more.
_FEW_VOTES = 4


class Review:
    """A review of a model: look at reasons, say which are wrong, fit again.

    `pick` shows a few rows that together show most of what the model looks at. `mark` says of a
    reason that it is right, wrong, or pushes the wrong way. What a majority of the verdicts finds
    wrong becomes a correction; `refit` fits a model that obeys. A reason that was judged is not
    asked again: it goes into the explanation's `others`. One with as many votes for as against is
    not judged yet. `proposals` asks what else may be wrong, given what was: a round is to `pick`,
    to `mark`, to answer the proposals, and to `refit`.

    Parameters
    ----------
    estimator : estimator
        A classifier or regressor for a table or for texts; a clone is fitted.
    X : {DataFrame, ndarray} of shape (n_rows, n_columns), or a sequence of texts
        The training rows.
    y : array-like of shape (n_rows,)
        The target.
    who : str, default=""
        Who looks; may be set anew when another person goes on.
    explainer : TabularExplainer or TextExplainer, default=None
        How to explain; its own `estimator` is not looked at. None: by what `X` is.
    corrections : Corrections or list of dict, default=()
        What is known already.
    pool : int, default=100
        How many rows, drawn anew for each fit, `pick` chooses from.
    n_reasons : int, default=None
        How many reasons a row is shown with; None: 6 columns, or 10 words.
    min_share : float, default=0.5
        A reason is corrected if more than this share of its verdicts say so.
    min_votes : int, default=1
        How many verdicts judge a reason; until then it is asked again, and not corrected.
    log : str or Path, default=None
        A file to which each verdict is added at once, and which several people may share. None
        keeps them in memory.
    random_state : int or None, default=None
        Seed of the draws.

    Attributes
    ----------
    model : ReviewedClassifier or ReviewedRegressor
        The fitted model that is looked at.
    start : ReviewedClassifier or ReviewedRegressor
        The one before the first `refit`.

    See Also
    --------
    compare_models : Tells whether the corrections were a gain.

    References
    ----------
    Ribeiro M. T., Singh S., Guestrin C. (2016), "Why should I trust you? Explaining the predictions
    of any classifier", KDD, section 6.3.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skcook.datasets import load_penguins
    >>> from skcook.models import tabular_pipeline
    >>> from skcook.review import Review
    >>> X, y = load_penguins(return_X_y=True)
    >>> review = Review(tabular_pipeline("decision_tree"), X, y, who="ana", random_state=0)
    >>> rows = review.pick(3)
    >>> sorted({feature.feature for row in rows for feature in row.features})[:2]
    ['bill_depth_mm', 'bill_length_mm']
    >>> _ = review.mark("flipper_length_mm", "wrong", row=rows[0].row, why="measured wet")
    >>> print(review.corrections)
    drop 'flipper_length_mm' (1 of 1 votes): measured wet
    >>> better = review.refit()
    >>> "flipper_length_mm" in {f.feature for row in review.pick(3) for f in row.features}
    False
    >>> review.mark("flipper", "wrong")
    Traceback (most recent call last):
    ...
    skcook.exceptions.ColumnsError: A correction names the column 'flipper', which X has not. ...
    """

    def __init__(
        self,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        who: str = "",
        explainer: Any = None,
        corrections: Any = (),
        pool: int = 100,
        n_reasons: int | None = None,
        min_share: float = 0.5,
        min_votes: int = 1,
        log: str | Path | None = None,
        random_state: int | None = None,
    ) -> None:
        if not is_classifier(estimator) and not is_regressor(estimator):
            raise TypeError(
                f"Review looks at classifiers and regressors; {type(estimator).__name__} is "
                "neither."
            )
        self.estimator, self.X, self.y, self.who = estimator, X, y, who
        check_consistent_length(X, y)
        self.given = Corrections(corrections)
        self.pool, self.min_share, self.min_votes = pool, min_share, min_votes
        self.random_state = random_state
        self._texts = _looks_at_texts(X, explainer)
        defaults = _TEXT if self._texts else _TABLE
        self.n_reasons = defaults["n_reasons"] if n_reasons is None else n_reasons
        if explainer is None:
            kind = TextExplainer if self._texts else TabularExplainer
            explainer = kind(n_samples=defaults["n_samples"], random_state=0)
        self.explainer = explainer
        self._log = None if log is None else FeedbackLog(log)
        self._verdicts: list[dict[str, Any]] = []
        self._round = 0
        self._explained: Explanations | None = None
        self._shown: dict[tuple[int, Any], Any] = {}
        self.start = self.model = self._fit()

    def _fit(self) -> Any:
        wrapper = ReviewedClassifier if is_classifier(self.estimator) else ReviewedRegressor
        return wrapper(self.estimator, corrections=self.corrections).fit(self.X, self.y)

    @property
    def kind(self) -> str:
        """What a wrong reason becomes: "word" for texts, "drop" for columns."""
        return "word" if self._texts else "drop"

    def pick(self, n: int = 10) -> Explanations:
        """Pick rows that together show most of what the model looks at and was not judged.

        Parameters
        ----------
        n : int, default=10
            How many rows.

        Returns
        -------
        explanations : Explanations
            At most `n`, each with its row's position in `X`. Reasons that were judged are part of
            its `others`.
        """
        if n < 1:
            raise ValueError(f"n must be at least 1; got {n}.")
        judged = self._judged()
        asked = [self._without(item, judged) for item in self._explanations()]
        picked = Explanations(item for item in asked if item.features).pick(n)
        for item in picked:
            for feature in item.features:
                self._shown[item.row, feature.feature] = (feature, item.target)
        return picked

    def _explanations(self) -> Explanations:
        """Explain the rows of this round's pool, once."""
        if self._explained is None:
            rng = np.random.default_rng(
                None if self.random_state is None else [self.random_state, self._round]
            )
            n = num_samples(self.X)
            rows = rng.choice(n, min(self.pool, n), replace=False)
            seen = self.model.correct(self.X)
            # The model inside is asked with corrected rows: so texts can be read as masks.
            explainer = clone(self.explainer).set_params(
                estimator=self.model.estimator_, n_features=None
            )
            if not self._texts:
                explainer.set_params(text=None)  # columns are judged, each as a whole
            explainer.fit(None if self._texts else seen)
            explained = explainer.explain(rows_of(seen, rows))
            self._explained = Explanations(
                replace(item, row=int(rows[item.row])) for item in explained
            )
        return self._explained

    def _without(self, item: Explanation, judged: Collection[Any]) -> Explanation:
        """Keep the largest reasons that are to be asked; the rest goes into `others`."""
        asked = [f for f in item.features if f.feature not in judged and abs(f.weight) > 1e-9]
        asked = asked[: self.n_reasons]
        n_others = item.n_others + len(item.features) - len(asked)
        return replace(item, features=asked, n_others=n_others)

    def _judged(self) -> set[Any]:
        struck = {c.feature for c in self.corrections.of_kind("drop", "word")}
        counts = tally(standing(self._read()))
        return struck | {
            feature
            for (kind, feature, _), votes in counts.items()
            if kind == self.kind and votes.total() >= self.min_votes and not is_even(votes)
        }

    def mark(
        self,
        feature: Any,
        verdict: str = "wrong",
        *,
        row: int | None = None,
        why: str = "",
        kind: str | None = None,
        column: Any = None,
    ) -> str:
        """Say of a reason that it is right or wrong.

        Parameters
        ----------
        feature : str or int
            A column; for texts a word, or the name of a group of text.
        verdict : {"right", "wrong", "wrong way"}, default="wrong"
            "wrong way": the column may matter, but not in this direction.
        row : int, default=None
            Position in `X` of the row that was looked at. Of several verdicts of a person on a
            reason of one row the last counts.
        why : str, default=""
            For those who read the corrections.
        kind : {"drop", "word", "pattern"}, default=None
            What is struck; None: a column of a table, or a word of texts.
        column : str, default=None
            The column in which a word stands, for a frame.

        Returns
        -------
        id : str
            For `undo`.

        Raises
        ------
        ColumnsError
            If there is no such column.
        CorrectionError
            If the verdict cannot be understood, or nothing can be done about it.
        """
        kind = self.kind if kind is None else kind
        record: dict[str, Any] = {"verdict": verdict, "kind": kind, "feature": feature}
        record |= {"why": why or None, "column": column}
        if kind == "drop":
            find_column(self.X, feature)
            if verdict == "wrong way":
                record["trend"] = self._trend(feature)
        if row is not None:
            self._check_row(row)
            known, target = self._shown.get((row, feature), (None, None))
            if known is not None:
                record |= {"rule": known.rule[:500], "weight": float(known.weight)}
                if isinstance(target, str | int | float):
                    record["target"] = target
        if verdict == "wrong way":
            # The trend is told of the number, or of the second class.
            classes = getattr(self.model, "classes_", None)
            record["target"] = None if classes is None else np.asarray(classes).tolist()[1]
        return self._keep(record, row)

    def label(self, row: int, value: Any, *, why: str = "") -> str:
        """Say what the truth of a row is.

        Parameters
        ----------
        row : int
            Position in `X`.
        value : object
            The class, or the number.
        why : str, default=""
            For those who read the corrections.

        Returns
        -------
        id : str
            For `undo`.
        """
        self._check_row(row)
        value = value.item() if isinstance(value, np.generic) else value
        return self._keep({"verdict": "label", "label": value, "why": why or None}, row)

    def leave_out(self, row: int, *, why: str = "") -> str:
        """Say that a row should not be learned from.

        Parameters
        ----------
        row : int
            Position in `X`.
        why : str, default=""
            For those who read the corrections.

        Returns
        -------
        id : str
            For `undo`.
        """
        self._check_row(row)
        return self._keep({"verdict": "leave out", "why": why or None}, row)

    def undo(self, id: str | None = None) -> str:  # noqa: A002 - what `mark` returns
        """Take a verdict back.

        Parameters
        ----------
        id : str, default=None
            What `mark`, `label` or `leave_out` returned; None is the last one of `who`.

        Returns
        -------
        id : str
            Of the verdict that was taken back.

        Raises
        ------
        CorrectionError
            If there is no such verdict of this person.
        """
        own = [v["id"] for v in standing(self._read(), self.who)]
        if not own or (id is not None and id not in own):
            raise CorrectionError(f"{self.who or 'This person'} has no such verdict to take back.")
        undone = own[-1] if id is None else id
        self._keep({"verdict": "undo", "undoes": undone}, None)
        return undone

    @property
    def verdicts(self) -> pd.DataFrame:
        """The verdicts so far: one line per reason, with how often each was given."""
        counts = tally(standing(self._read()))
        lines = [
            (kind, feature, votes["right"], votes["wrong"], votes["wrong way"])
            for (kind, feature, _), votes in counts.items()
        ]
        return pd.DataFrame(lines, columns=["kind", "feature", "right", "wrong", "wrong way"])

    @property
    def corrections(self) -> Corrections:
        """What a majority of the verdicts finds wrong, after what was known already."""
        decided = decide(self._read(), min_share=self.min_share, min_votes=self.min_votes)
        return self.given + decided

    @property
    def proposals(self) -> list[Proposal]:
        """What else may be wrong, given what was struck: questions, not corrections.

        Each has a ``feature``, a ``kind``, a ``share`` and a ``because``; `mark` takes the first
        two. For a table: columns that tell what the first model made of a struck one. For texts:
        groups in which the struck words stand, and words that go with them.
        """
        counts = tally(standing(self._read()))
        known = {feature for _, feature, _ in counts}
        known |= {c.feature for c in self.corrections}
        if not self._texts:
            struck = [c.feature for c in self.corrections.of_kind("drop")]
            known |= {str(feature) for feature in known}
            return propose_columns(self.start, self.X, struck, known, 10, self.random_state)
        struck = [c.feature for c in self.corrections.of_kind("word")]
        texts = self.X if are_texts(self.X) else column_series(self.X, 0).to_list()
        gone = [c.feature for c in self.corrections.of_kind("pattern")]
        groups = propose_groups(texts, struck, known, gone)
        doubted = {
            feature
            for (_, feature, _), votes in counts.items()
            if feature not in struck and votes.total() <= _FEW_VOTES
        }
        return groups + propose_words(texts, struck, known, doubted, 20)

    def refit(self) -> Any:
        """Fit the model anew, obeying the corrections.

        Returns
        -------
        model : ReviewedClassifier or ReviewedRegressor
            The fitted model, which `pick` looks at from now on.
        """
        self.model = self._fit()
        self._explained = None
        self._round += 1
        return self.model

    def _read(self) -> list[dict[str, Any]]:
        return self._verdicts if self._log is None else self._log.read()

    def _keep(self, record: dict[str, Any], row: int | None) -> str:
        record = {**record, "who": self.who or None}
        if row is not None:
            record["row"] = row_keys(rows_of(self.X, [row]))[0]
        if self._log is not None:
            return self._log.append([record])[0]
        self._verdicts.append(make_verdict(record))
        return str(self._verdicts[-1]["id"])

    def _check_row(self, row: int) -> None:
        n = num_samples(self.X)
        if not 0 <= row < n:
            raise CorrectionError(f"There is no row {row!r}: X has the rows 0 to {n - 1}.")

    def _trend(self, feature: Any) -> str:
        """Tell whether the model's output, or that of the second class, grows with a column."""
        classes = getattr(self.model, "classes_", None)
        if classes is not None and len(classes) != 2:
            raise CorrectionError(
                "'wrong way' needs a number, or one of two classes, that goes up; there are the "
                f"classes {in_words(np.asarray(classes).tolist())}. Mark the reason wrong instead."
            )
        position = find_column(self.X, feature)
        if kind_of(column_series(self.X, position)) not in ("numeric", "boolean"):
            raise CorrectionError(f"{feature!r} holds no numbers, so it has no way to push.")
        if (trend := trend_of(self._explanations(), feature, classes)) is None:
            raise CorrectionError(f"The model does not go any way with {feature!r}.")
        return trend


def _looks_at_texts(X: Any, explainer: Any) -> bool:
    if explainer is not None:
        return isinstance(explainer, TextExplainer)
    return are_texts(X) or (X.shape[1] == 1 and kind_of(column_series(X, 0)) == "string")
