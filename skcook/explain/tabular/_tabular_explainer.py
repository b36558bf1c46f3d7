"""Explanations of tables: one sample, scored once, explains any number of rows."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from skcook.explain._explainer import (
    BaseExplainer,
    ExplainsTables,
    fitted,
    generator,
    parallel_map,
)
from skcook.explain._local_fits import FEATURE_SELECTIONS
from skcook.explain._model_outputs import (
    choose_method,
    choose_targets,
    one_class_each,
    predicted_targets,
    predicts_otherwise,
    target_names,
)
from skcook.explain.tabular._lime_bins import LimeMethod
from skcook.explain.tabular._opened_texts import TextOpener, find_text_columns
from skcook.explain.tabular._planned_answers import AskedModel
from skcook.explain.tabular._questions import ask_pairs
from skcook.explain.tabular._shared_sample import MAX_LEVELS, Sample
from skcook.explain.tabular._surrogate import Surrogate
from skcook.explain.tabular._table_methods import (
    FEW_ROWS,
    Rows,
    SurrogateMethod,
    describe,
    fidelity,
)
from skcook.explain.tabular._what_would_change import what_would_change
from skcook.utils._frames import container_of, read_input
from skcook.utils._progress import Progress
from skcook.utils._sklearn import Interval, StrOptions, fit_context


class TabularExplainer(ExplainsTables, BaseExplainer):
    """Explain a model's outputs for rows of a frame.

    It works on the *raw* columns of a whole pipeline: numbers, words, categories, booleans, dates
    and texts together, missing values included. The model is always asked with frames like those
    it was fitted on.

    ``fit`` draws a sample from the background, column by column, and asks the model about it,
    once. A small surrogate follows the model over that sample, and its exact Shapley values are
    the weights: each says how far the row's value moves the output from the average.

    Parameters
    ----------
    estimator : estimator or callable
        The model: fitted, or else fitted by ``fit(X, y)``. A callable gets a frame and returns one
        score, or one per class, for each row.
    method : {"surrogate", "lime"}, default="surrogate"
        "surrogate" is the most faithful. "lime" is LIME's own arithmetic: whether a value lies in
        the row's bin, and a regression weighted around the row; it agrees with the lime library.
    refine : bool or "auto", default="auto"
        Ask the model up to 500 questions more about a row that the surrogate does not follow.
        "auto" does so where at most 8 rows are explained together. For "surrogate".
    n_samples : int, default=4096
        Size of the sample; rounded up to whole blocks. Powers of two suit "sobol".
    n_features : int, default=10
        How many features an explanation shows at most, those with the largest weights at the row;
        None for all. The sum of the others is `Explanation.others`.
    categorical : list of column names, default=None
        Columns of numbers that are codes of categories, without an order.
    groups : dict, default=None
        ``{"address": ["street", "city"]}``: columns that are drawn and explained as one.
    text : "auto", list of column names, or None, default="auto"
        Columns of text whose words are explained, beside the other columns. "auto" takes those of
        free text, unless the model is a pipeline that has no vectorizer for them. None explains
        each text as one value. For "surrogate".
    discretizer : {None, "quartile", "decile", "entropy"} or dict, default=None
        Where the bins of LIME end, None for quartiles; "entropy" asks `y` of ``fit``; a dict gives
        the edges of some columns, the rest get quartiles. Giving one asks for ``method="lime"``.
    kernel_width : float, default=None
        Width of LIME's kernel; None is 0.75 times the root of the number of columns.
    feature_selection : {"auto", "explained_variance", "highest_weights", \
            "forward_selection", "lasso_path", "none"}, default="auto"
        How LIME chooses features. "auto" is the lime library's rule: "forward_selection" for up
        to 6, else "highest_weights".
    sampling : {"sobol", "iid"}, default="sobol"
        Scrambled Sobol points, or independent random ones.
    response_method : {"auto", "predict_proba", "decision_function", "predict"}, default="auto"
        What is explained. "auto": probabilities of a classifier, or else its decision
        function; predictions of anything else; for a clusterer, being in each cluster.
    max_background : int, default=10_000
        Learn the background from at most that many rows, drawn at random; None for all.
    batch_rows : int, default=4096
        Most rows in one call of the model, and explained in one go.
    n_jobs : int, default=None
        Threads that explain batches side by side.
    verbose : int, default=1
        A progress bar on standard error: 1 in a terminal or a notebook, once it takes longer than a
        second; 2 in any case; 0 never.
    random_state : int, RandomState instance or None, default=None
        Seed of the sample. A fitted explainer repeats itself in any case.

    Attributes
    ----------
    estimator_ : estimator or callable
        The fitted model.
    target_names_ : list
        What can be explained: the classes, the names or positions of the outputs, or ``[None]``.
    interactions_ : DataFrame
        The pairs of features that act together, strongest first: ``target``, ``feature``,
        ``with_feature``, and ``strength``, the standard deviation of what they do together.
    text_columns_ : list
        The names of the columns of text whose words are explained.
    sample_ : Sample
        The background and the sample drawn from it, as arrays.
    outputs_ : ndarray of shape (n_samples, n_targets)
        What the model said of it.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    Notes
    -----
    A column of free text is drawn as whole values. Its weight is shared out among the words of the
    row's text, which are the tokens of the model's own vectorizer: each has a line
    (``"title: free"``), and what they do not account for, an empty text against those of the
    background, has one as well. This asks the model up to 512 times for each text, or 128 times
    where more than 8 rows are explained together; more for texts of many words.

    A value that the sample has not (an unseen category, a number beyond its range, a missing value
    where none was) is put into 128 of the sample's rows in place of theirs: its weight is the mean
    change of the model's output. This asks the model 128 times for each such value.

    The surrogate of an output is fitted when that output is first explained. The model's calls
    for few rows go by its plan (see `skcook.plan.compile`), where it agrees with the model over
    the sample: fit the explainer again after the model was.

    References
    ----------
    Shapley L. S. (1953), "A value for n-person games".
    Strumbelj E., Kononenko I. (2014), "Explaining prediction models and individual predictions
    with feature contributions", Knowledge and Information Systems 41.
    Ribeiro M. T., Singh S., Guestrin C. (2016), "Why should I trust you? Explaining the predictions
    of any classifier", KDD.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> from skcook.explain import TabularExplainer
    >>> import pandas as pd
    >>> X = pd.DataFrame({"rooms": [1, 2, 3, 4, 5, 6], "floor": [3, 1, 2, 3, 1, 2]})
    >>> model = LinearRegression().fit(X, 100 * X["rooms"])
    >>> explainer = TabularExplainer(model, random_state=0).fit(X)
    >>> explanation = explainer.explain(X[-1:])[0]
    >>> round(explanation.prediction), explanation.features[0].rule
    (600, 'rooms > 4.75')

    The weights say how far a value moves the output from the background's average:

    >>> round(explanation.intercept), round(explanation.features[0].weight)
    (350, 250)

    Other columns than those of ``fit`` are refused by name:

    >>> explainer.explain(X.rename(columns={"floor": "flor"}))
    Traceback (most recent call last):
    ...
    skcook.exceptions.ColumnsError: ...
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "method": [StrOptions({"surrogate", "lime"})],
        "refine": ["boolean", StrOptions({"auto"})],
        "n_samples": [Interval(Integral, 16, None, closed="left")],
        "n_features": [Interval(Integral, 1, None, closed="left"), None],
        "categorical": ["array-like", None],
        "groups": [dict, None],
        "text": ["array-like", StrOptions({"auto"}), None],
        "discretizer": [StrOptions({"quartile", "decile", "entropy"}), dict, None],
        "kernel_width": [Interval(Real, 0, None, closed="neither"), None],
        "feature_selection": [StrOptions(set(FEATURE_SELECTIONS))],
        "sampling": [StrOptions({"sobol", "iid"})],
        "response_method": [StrOptions({"auto", "predict_proba", "decision_function", "predict"})],
        "max_background": [Interval(Integral, 2, None, closed="left"), None],
        "batch_rows": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
        "random_state": ["random_state", np.random.Generator],
    }

    def __init__(
        self,
        estimator=None,
        *,
        method="surrogate",
        refine="auto",
        n_samples=4096,
        n_features=10,
        categorical=None,
        groups=None,
        text="auto",
        discretizer=None,
        kernel_width=None,
        feature_selection="auto",
        sampling="sobol",
        response_method="auto",
        max_background=10_000,
        batch_rows=4096,
        n_jobs=None,
        verbose=1,
        random_state=None,
    ):
        self.estimator = estimator
        self.method = method
        self.refine = refine
        self.n_samples = n_samples
        self.n_features = n_features
        self.categorical = categorical
        self.groups = groups
        self.text = text
        self.discretizer = discretizer
        self.kernel_width = kernel_width
        self.feature_selection = feature_selection
        self.sampling = sampling
        self.response_method = response_method
        self.max_background = max_background
        self.batch_rows = batch_rows
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None, sample_weight=None):
        """Learn the background and ask the model about a sample of it.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_rows, n_columns)
            The background, usually the training rows.
        y : array-like of shape (n_rows,) or (n_rows, n_outputs), default=None
            The target: needed if the model is not fitted, and for ``discretizer="entropy"``; the
            columns of a frame name the outputs.
        sample_weight : array-like of shape (n_rows,), default=None
            How often each row counts in the background.

        Returns
        -------
        self : object
            The fitted explainer.
        """
        self.estimator_ = fitted(self.estimator, X, y)
        return self._fit_for(self.estimator_, X, y, sample_weight)

    @property
    def interactions_(self):
        """The pairs of features that act together, strongest first."""
        check_is_fitted(self)
        lines = []
        if not self._is_lime():
            for t, name in enumerate(self.target_names_):
                lines += [(name, *line) for line in self._prepared().strongest_pairs(t)]
        frame = pd.DataFrame(lines, columns=["target", "feature", "with_feature", "strength"])
        return frame.sort_values("strength", ascending=False, kind="stable", ignore_index=True)

    def __getstate__(self):
        state = {k: v for k, v in super().__getstate__().items() if k not in ("_way", "_asked")}
        if "sample_" in state:
            # A model file holds arrays and plain values alone.
            state["sample_"] = self.sample_.to_plain()
            state["surrogates_"] = [s if s is None else s.to_plain() for s in self.surrogates_]
        return state

    def __setstate__(self, state):
        state = {"text": None, **state}
        if "sample_" in state:
            state.setdefault("text_columns_", [])
            state["sample_"] = Sample.from_plain(state["sample_"])
            state["surrogates_"] = [
                s if s is None else Surrogate.from_plain(s) for s in state["surrogates_"]
            ]
        super().__setstate__(state)

    def _fit_for(self, model, X, y, sample_weight=None):
        """Draw the sample from the background and let a fitted model score it."""
        lime = self._is_lime()
        if lime and self.groups:
            raise ValueError('`groups` are explained by method="surrogate"; LIME has none.')
        if lime and self.text is not None and not isinstance(self.text, str):
            raise ValueError(
                'The words of `text` are explained by method="surrogate"; LIME has none.'
            )
        table = read_input(self, X, reset=True)
        X = X if container_of(X) else table.write(table.frame)
        self.method_ = choose_method(model, self.response_method)
        self.sample_ = Sample.draw(
            X,
            None if y is None else np.asarray(y),
            n_samples=self.n_samples,
            discretizer=(self.discretizer or "quartile") if lime else None,
            sampling=self.sampling,
            max_background=self.max_background,
            rng=generator(self.random_state),
            categorical=() if self.categorical is None else self.categorical,
            groups=self.groups,
            sample_weight=sample_weight,
        )
        layout, text = self.sample_.layout, None if lime else self.text
        texts = find_text_columns(text, self.sample_, model, self.method_)
        for j in texts:
            # Many texts, each there once, would be noise to what follows the other columns.
            self.sample_.keep_levels(j, MAX_LEVELS)
        self.text_columns_ = [layout.known_names()[j] for j in texts]
        self.__dict__.pop("_way", None)
        ask = self._asked_of(model).by_itself
        self.outputs_ = ask(self.sample_.cells())
        self.target_names_ = target_names(model, self.method_, self.outputs_.shape[1], y)
        self.asks_for_class_ = predicts_otherwise(
            model, self.method_, self.outputs_, self.sample_.frame
        )
        self.surrogates_ = [None] * len(self.target_names_)
        self.pair_answers_ = None
        if not lime:
            self.pair_answers_ = ask_pairs(ask, self.sample_)
            if len(self.target_names_) <= 2:
                self._prepared().weights(len(self.target_names_) - 1)
        return self

    def _is_lime(self):
        return self.method == "lime" or self.discretizer is not None

    def _ask(self, model, cells):
        """Ask the model about cells."""
        return self._asked_of(model).outputs(cells)

    def _asked_of(self, model):
        asked = self.__dict__.get("_asked")
        given = model, self.method_, self.sample_, self.batch_rows
        if asked is None or not asked.is_of(*given):
            asked = self._asked = AskedModel(*given)
        return asked

    def _prepared(self):
        """Return what is prepared once for all rows."""
        if "_way" not in self.__dict__:
            if self._is_lime():
                self._way = LimeMethod(
                    self.sample_,
                    self.outputs_,
                    kernel_width=self.kernel_width or 0.75 * len(self.sample_.columns) ** 0.5,
                    feature_selection=self.feature_selection,
                    most=self.batch_rows,
                )
            else:
                self._way = SurrogateMethod(
                    self.sample_,
                    self.outputs_,
                    self.pair_answers_,
                    self.surrogates_,
                    bounded=self.method_ in ("predict_proba", "call"),
                    most=self.batch_rows,
                )
        return self._way

    def _iter_explain_for(self, model, X, targets):
        rows, labels = self.sample_.layout.rows(X)
        n, names = len(rows), self.target_names_
        choose_targets(targets, names, np.zeros((0, len(names))), one_of_many=True)
        self._prepared()
        refine = self.refine is True or (self.refine == "auto" and n <= FEW_ROWS)
        starts = range(0, n, self.batch_rows)

        def batch(start):
            part = slice(start, start + self.batch_rows)
            X = rows.iloc[part] if hasattr(rows, "iloc") else rows[part]
            return model, X, start, labels and labels[part], targets, refine

        batches = parallel_map(self._explain_batch, map(batch, starts), self.n_jobs)
        with Progress(n, label="explain", verbose=self.verbose) as bar:
            for start, explained in zip(starts, batches):
                bar.advance(min(self.batch_rows, n - start))
                yield explained

    def _explain_batch(self, model, X, start, labels, targets, refine):
        sample = self.sample_
        cells = sample.layout.cells(X)
        asked = self._asked_of(model)
        X, outputs = asked.rows(X, cells, by_plan=not self.asks_for_class_)
        names = self.target_names_
        predicted = predicted_targets(model, X, names) if self.asks_for_class_ else None
        chosen = choose_targets(
            targets, names, outputs,
            one_of_many=one_class_each(model, self.method_, names), predicted=predicted,
        )  # fmt: skip
        states = sample.states_of(cells)
        wanted = np.concatenate(chosen) if chosen else np.zeros(0, np.intp)
        owner = np.repeat(np.arange(len(X)), [len(ts) for ts in chosen])
        owners = {int(t): owner[wanted == t] for t in np.unique(wanted)}
        k = n_players = len(sample.player_names)
        if self.n_features and not (self._is_lime() and self.feature_selection == "none"):
            k = min(self.n_features, n_players)
        rows = Rows(cells, states, outputs)
        found = self._prepared().explain(asked.outputs, rows, owners, k, refine)
        texts = {}
        if self.text_columns_:
            places = [sample.layout.position(name, "text") for name in self.text_columns_]
            opener = TextOpener(sample, places, model, self.batch_rows)
            is_few = self.refine is True or len(X) <= FEW_ROWS
            texts = opener.open(asked.outputs, cells, np.unique(owner), is_few=is_few)
        return describe(self, rows, found, texts, wanted, owner, start, labels)

    def _report_for(self, model, n_rows):
        return fidelity(self, model, n_rows)

    def _what_would_change_for(self, model, row, target, frozen, ranges, k):
        row, _ = self.sample_.layout.rows(row)
        return what_would_change(self, model, row, target, frozen=frozen, ranges=ranges, k=k)
