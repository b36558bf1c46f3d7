"""Explanations of tables: one sample, scored once, explains any number of rows."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from skcook.explain._explainer import fitted
from skcook.explain._local_fits import FEATURE_SELECTIONS
from skcook.explain.tabular._sample_explainer import SampleExplainer, fidelity, read_rows
from skcook.explain.tabular._what_would_change import what_would_change
from skcook.utils._sklearn import Interval, StrOptions, fit_context


class TabularExplainer(SampleExplainer):
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

    def report(self, n_rows=50):
        """Measure how faithful the explanations are.

        Parameters
        ----------
        n_rows : int, default=50
            On how many rows of the sample columns are deleted; asks the model up to 20 times as
            many questions.

        Returns
        -------
        report : DataFrame
            One row per target: ``r2`` and ``error``, of rows held out; ``error_share`` of the
            output's standard deviation; ``large_rest``, the share of rows of which more than a
            tenth of that is not explained; ``deletion`` and ``deletion_random``, how far the
            output moves on average while up to 10 columns are replaced, those with the largest
            weights first, and in random order.
        """
        check_is_fitted(self)
        return self._report_for(self.estimator_, n_rows)

    def _report_for(self, model, n_rows):
        return fidelity(self, model, n_rows)

    def what_would_change(self, row, target=None, *, frozen=(), ranges=None, k=3):
        """Find the smallest changes of a row after which the model says something else.

        Parameters
        ----------
        row : {DataFrame, array-like} of one row, Series, or dict
            The row.
        target : object, default=None
            What the model should say: a class; for a number, the value to reach, or a pair of
            bounds. None is the next likeliest class.
        frozen : list of column names, default=()
            Columns that must not change.
        ranges : dict, default=None
            ``{"age": (18, 65)}``: the lowest and highest value of some columns of numbers or dates;
            None is no end.
        k : int, default=3
            At most so many answers, which change different columns.

        Returns
        -------
        counterfactuals : list of Counterfactual
            The cheapest first, each with ``changes``, the ``prediction`` then, and
            ``to_dict()``. Empty if no change of up to 8 columns was found; one without changes if
            the model says so already.

        Raises
        ------
        ColumnsError
            If a column to be frozen does not exist.
        ValueError
            If there is no such target, a range is none, or there is more than one row.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skcook.explain import TabularExplainer
        >>> X, y = load_iris(return_X_y=True, as_frame=True)
        >>> model = LogisticRegression(max_iter=1000).fit(X, y)
        >>> explainer = TabularExplainer(model, random_state=0).fit(X)
        >>> found = explainer.what_would_change(X[:1], target=1, frozen=["petal width (cm)"])
        >>> [change.feature for change in found[0].changes]
        ['petal length (cm)']
        """
        check_is_fitted(self)
        return self._what_would_change_for(self.estimator_, row, target, frozen, ranges, k)

    def _what_would_change_for(self, model, row, target, frozen, ranges, k):
        return what_would_change(
            self, model, read_rows(self, row)[0], target, frozen=frozen, ranges=ranges, k=k
        )
