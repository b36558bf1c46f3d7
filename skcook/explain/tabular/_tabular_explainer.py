"""LIME for frames: one sample, scored once, explains any number of rows."""

import sys
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from skcook.exceptions import ColumnsError
from skcook.explain._explainer import BaseExplainer, side_by_side
from skcook.explain._model_outputs import choose_method, choose_targets, model_outputs, target_names
from skcook.explain.result._explanation import Explanation
from skcook.explain.result._explanation_list import Explanations
from skcook.explain.result._reasons import Feature
from skcook.explain.tabular._additive import Additive
from skcook.explain.tabular._around import fit_around
from skcook.explain.tabular._bins import Bins
from skcook.explain.tabular._curves import Curves, one_blas_thread
from skcook.explain.tabular._perturbations import Sample
from skcook.explain.tabular._unseen import merge_effects, novel_effects
from skcook.utils._frames import container_of, is_frame
from skcook.utils._sklearn import Interval, StrOptions
from skcook.utils._validation import check_columns, read_input


class TabularExplainer(BaseExplainer):
    """Explain a model's outputs for rows of a frame.

    LIME on the *raw* columns of a whole pipeline: numbers, words, categories, booleans, dates and
    texts together, missing values included. The model is always asked with frames like those it
    was fitted on.

    ``fit`` draws a sample from the background, column by column, and asks the model about it,
    once. Every row is then explained by weighing and solving on that one sample.

    Parameters
    ----------
    estimator : estimator or callable
        The model: fitted, or else fitted by ``fit(X, y)``. A callable gets a frame and returns one
        score, or one per class, for each row.
    n_samples : int, default=4096
        Size of the sample; rounded up to whole blocks. Powers of two suit "sobol".
    discretizer : {None, "quartile", "decile", "entropy"} or dict, default=None
        How a quantity enters the local model. None: as a curve, the most faithful. The others are
        LIME's own arithmetic: whether a value lies in the row's bin; "entropy" asks `y` of
        ``fit``; a dict gives the edges of some columns, the rest get quartiles.
    kernel_width : float, default=None
        Width of the kernel that weighs the sample around a row; None is 0.75 times the root of
        the number of columns.
    n_features : int, default=10
        How many features an explanation shows at most; None for all.
    feature_selection : {"auto", "explained_variance", "highest_weights", \
            "forward_selection", "lasso_path", "none"}, default="auto"
        How they are chosen. "auto" is "explained_variance", with a discretizer LIME's:
        "forward_selection" for up to 6, else "highest_weights".
    sampling : {"sobol", "iid"}, default="sobol"
        Scrambled Sobol points, or independent random ones.
    solver : {"auto", "normal", "additive"}, default="auto"
        "normal" solves a weighted regression for every row. "additive" uses that columns are
        drawn independently: it fits one additive model and adds each row's remainder; same
        limit, far cheaper for many rows; needs a discretizer.
    around : {"background", "instance"}, default="background"
        Draw around the background, once for all rows, or around each row: a random half of its
        columns is drawn anew. The latter is more local and asks the model `n_samples` times
        per row.
    response_method : {"auto", "predict_proba", "decision_function", "predict"}, default="auto"
        What is explained. "auto": probabilities of a classifier, or else its decision
        function; predictions of anything else.
    max_background : int, default=10_000
        Learn the background from at most that many rows, drawn at random; None for all.
    batch_rows : int, default=4096
        Most rows in one call of the model, and explained in one go.
    n_jobs : int, default=None
        Threads that explain batches side by side.
    verbose : int, default=0
        Report progress on standard error.
    random_state : int, RandomState instance or None, default=None
        Seed of the sample. A fitted explainer repeats itself in any case.

    Attributes
    ----------
    estimator_ : estimator or callable
        The fitted model.
    target_names_ : list
        What can be explained: the classes, or the positions of the outputs, or ``[None]``.
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
    A column of free text is drawn as whole values; for words as features see `TextExplainer`.

    A value that the background has not (an unseen category, a text of its own, a missing value
    where none was) is put into some of the sample's rows in place of theirs: its weight is the mean
    change of the model's output. This asks the model 256 times for each such value.

    References
    ----------
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

    >>> round(explanation.intercept), round(explanation.features[0].weight, -1)
    (350, 250.0)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_samples": [Interval(Integral, 16, None, closed="left")],
        "discretizer": [StrOptions({"quartile", "decile", "entropy"}), dict, None],
        "kernel_width": [Interval(Real, 0, None, closed="neither"), None],
        "n_features": [Interval(Integral, 1, None, closed="left"), None],
        "feature_selection": [
            StrOptions(
                {
                    "auto",
                    "explained_variance",
                    "highest_weights",
                    "forward_selection",
                    "lasso_path",
                    "none",
                }
            )
        ],
        "sampling": [StrOptions({"sobol", "iid"})],
        "solver": [StrOptions({"auto", "normal", "additive"})],
        "around": [StrOptions({"background", "instance"})],
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
        n_samples=4096,
        discretizer=None,
        kernel_width=None,
        n_features=10,
        feature_selection="auto",
        sampling="sobol",
        solver="auto",
        around="background",
        response_method="auto",
        max_background=10_000,
        batch_rows=4096,
        n_jobs=None,
        verbose=0,
        random_state=None,
    ):
        self.estimator = estimator
        self.n_samples = n_samples
        self.discretizer = discretizer
        self.kernel_width = kernel_width
        self.n_features = n_features
        self.feature_selection = feature_selection
        self.sampling = sampling
        self.solver = solver
        self.around = around
        self.response_method = response_method
        self.max_background = max_background
        self.batch_rows = batch_rows
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.random_state = random_state

    def __getstate__(self):
        state = dict(super().__getstate__())
        state.pop("_local_models", None)
        if "sample_" in state:
            # A model file holds arrays and plain values alone.
            state["sample_"] = self.sample_.to_plain()
        return state

    def __setstate__(self, state):
        state = dict(state)
        if "sample_" in state:
            state["sample_"] = Sample.from_plain(state["sample_"])
        super().__setstate__(state)

    def _fit_for(self, model, X, y):
        """Draw the sample from the background and let a fitted model score it."""
        if self.solver == "additive" and (self.discretizer is None or self.around == "instance"):
            raise ValueError(
                'solver="additive" compares bins on the shared sample: it needs a discretizer, '
                'for example "quartile", and around="background".'
            )
        X = self._read_background(X)
        rng = _generator(self.random_state)
        self.method_ = choose_method(model, self.response_method)
        self.sample_ = Sample.draw(
            X,
            None if y is None else np.asarray(y),
            n_samples=self.n_samples,
            discretizer=self.discretizer,
            sampling=self.sampling,
            max_background=self.max_background,
            rng=rng,
        )
        n, d = len(self.sample_), len(self.sample_.columns)
        self.kernel_width_ = 0.75 * d**0.5 if self.kernel_width is None else self.kernel_width
        if self.around == "instance":
            self.kept_ = rng.random((n, d)) < 0.5
            outputs = self._ask(model, self.sample_.cells(slice(0, 1)))
        else:
            outputs = self._ask(model, self.sample_.cells())
        self.outputs_ = outputs
        self.target_names_ = target_names(model, self.method_, outputs.shape[1])
        self.__dict__.pop("_local_models", None)
        return self

    def _ask(self, model, cells):
        """Ask the model about cells, in calls of at most `batch_rows` rows."""
        n = len(cells[0])
        return np.vstack(
            [
                model_outputs(
                    model,
                    self.method_,
                    self.sample_.layout.frame([c[i : i + self.batch_rows] for c in cells]),
                )
                for i in range(0, n, self.batch_rows)
            ]
        )

    def _models(self):
        """Return what is prepared once for all rows."""
        if "_local_models" not in self.__dict__:
            kernel = {"n_blocks": self.sample_.n_blocks, "kernel_width": self.kernel_width_}
            states = self.sample_.states()
            columns = self.sample_.columns
            if self.discretizer is None:
                models = Curves(columns, self.sample_.values, states, self.outputs_, **kernel)
            elif self.solver == "additive":
                models = Additive(columns, states, self.outputs_, **kernel)
            else:
                models = Bins(columns, states, self.outputs_, **kernel)
            self._local_models = models
        return self._local_models

    def _iter_explain_for(self, model, X, targets):
        rows = self._read_rows(X)
        n = len(rows)
        choose_targets(
            targets, self.target_names_, np.zeros((0, len(self.target_names_))), one_of_many=True
        )
        if self.around == "background":
            self._models()
        calls = (
            (model, _slice(rows, start, self.batch_rows), start, targets)
            for start in range(0, n, self.batch_rows)
        )
        done = 0
        for batch in side_by_side(self._explain_batch, calls, self.n_jobs):
            done = min(done + self.batch_rows, n)
            if self.verbose:
                sys.stderr.write(f"{type(self).__name__}: {done} of {n} rows explained\n")
            yield batch

    def _explain_batch(self, model, rows, start, targets):
        layout = self.sample_.layout
        cells = layout.cells(rows)
        if not layout.same_dtypes(rows):
            rows = layout.frame(cells)
        outputs = model_outputs(model, self.method_, rows)
        names = self.target_names_
        one_of_many = self.method_ != "predict" and len(names) > 1
        chosen = choose_targets(targets, names, outputs, one_of_many=one_of_many)
        states = np.column_stack(
            [
                column.states(values)
                for column, values in zip(self.sample_.columns, cells, strict=True)
            ]
        )
        wanted = np.concatenate(chosen)
        owner = np.repeat(np.arange(len(rows)), [len(ts) for ts in chosen])
        slots = [None] * len(wanted)
        effects = {}
        if self.around == "background":
            effects = novel_effects(
                lambda mixed: self._ask(model, mixed),
                self.sample_,
                self.outputs_,
                self._models().estimable(states),
                cells,
                batch_rows=self.batch_rows,
            )
        shown = [
            (column.name, layout.shown(j, cells[j]), column.rules_of(states[:, j], cells[j]))
            for j, column in enumerate(self.sample_.columns)
        ]
        for t in np.unique(wanted):
            mine = np.flatnonzero(wanted == t)
            r = owner[mine]
            fits = self._fit(model, [c[r] for c in cells], states[r], int(t), outputs[r, t])
            for i, slot in enumerate(mine):
                if r[i] in effects:
                    merge_effects(fits, i, effects[r[i]], t, self.n_features or len(shown))
                slots[slot] = self._describe(
                    fits, i, start + int(r[i]), r[i], shown, names[t], float(outputs[r[i], t])
                )
        return Explanations(slots)

    def _fit(self, model, cells, states, t, predictions):
        """Fit the local models of one target."""
        d = states.shape[1]
        k = min(self.n_features or d, d)
        shared = self.around == "background"
        method = self.feature_selection
        if method == "auto":
            lime = "forward_selection" if k <= 6 else "highest_weights"
            method = lime if shared and self.discretizer is not None else "explained_variance"
        if shared:
            with one_blas_thread():
                return self._models().explain(
                    cells, states, t, k=k, method=method, predictions=predictions
                )
        return fit_around(
            lambda mixed: self._ask(model, mixed), self.sample_, self.kept_, cells, t, predictions,
            kernel_width=self.kernel_width_, k=k, method=method,
        )  # fmt: skip

    def _describe(self, fits, i, row, r, shown, target, prediction):
        weights, errors = fits.weights[i].tolist(), fits.std_errors[i].tolist()
        features = [
            Feature(name, values[r], rules[r], weights[j], errors[j])
            for j in np.flatnonzero(fits.chosen[i]).tolist()
            for name, values, rules in (shown[j],)
        ]
        intercept = float(fits.intercept[i])
        return Explanation(
            kind="tabular",
            row=row,
            target=target,
            prediction=prediction,
            local_prediction=intercept + sum(weights),
            intercept=intercept,
            r2=float(fits.r2[i]),
            features=features,
        )

    def _read_background(self, X):
        table = read_input(self, X, reset=True)
        return X if container_of(X) else table.write(table.frame)

    def _read_rows(self, X):
        """Return rows with the background's columns in the background's order."""
        if isinstance(X, dict):
            X = pd.DataFrame([X])
        elif isinstance(X, pd.Series):
            X = X.to_frame().T.infer_objects()
        names = getattr(self, "feature_names_in_", None)
        if is_frame(X) and names is not None:
            wanted = list(names)
            check_columns([str(name) for name in X.columns], wanted)
            return X if list(X.columns) == wanted else X[wanted]
        if container_of(X) is None:
            X = np.asarray(X, dtype=object)
        if X.ndim != 2 or X.shape[1] != self.n_features_in_:
            raise ColumnsError(
                f"X must have the {self.n_features_in_} columns of the background; "
                f"it has shape {X.shape}."
            )
        return X


def _generator(random_state) -> np.random.Generator:
    if isinstance(random_state, np.random.RandomState):
        random_state = random_state.randint(2**31)
    return np.random.default_rng(random_state)


def _slice(X, start, size):
    return X.iloc[start : start + size] if hasattr(X, "iloc") else X[start : start + size]
