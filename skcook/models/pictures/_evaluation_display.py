"""A model's predictions, looked at from every side."""

from typing import Any

import numpy as np
from sklearn.base import is_classifier, is_regressor
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import (
    assert_all_finite,
    check_consistent_length,
    check_is_fitted,
)

from skcook.models._fit_data import read_target, unboxed
from skcook.models.pictures._panels import PANELS, DisplayRepr
from skcook.utils import import_optional
from skcook.utils._sklearn import check_sample_weight, num_samples
from skcook.utils._validation import did_you_mean, in_words

#: How far probabilities may be from 0 and 1 by rounding.
TINY = 1e-6


class EvaluationDisplay(DisplayRepr):
    """Pictures that tell how good predictions are.

    Classification: ROC curve, precision and recall, confusion matrix, calibration and the
    distribution of the scores; with more than two classes one line per class. Regression: predicted
    against actual, residuals, and their quantiles against those of the normal distribution.

    Make it with :meth:`from_estimator` or :meth:`from_predictions`.

    Parameters
    ----------
    y_true : ndarray of shape (n_samples,)
        The true target.
    y_pred : ndarray of shape (n_samples,)
        The predicted one.
    y_score : ndarray of shape (n_samples, n_classes) or None, default=None
        Probability, or another score, of each class.
    classes : ndarray of shape (n_classes,) or None, default=None
        The classes; None for regression.
    probabilities : bool, default=True
        Whether `y_score` are probabilities.
    sample_weight : ndarray of shape (n_samples,) or None, default=None
        Weights of the rows in curves, counts and numbers. Where a picture has a dot per row, each
        is drawn once.
    estimator_name : str or None, default=None
        The model's name, for the title.
    threshold : float or None, default=None
        From which score on the model predicts the second of two classes, where it says so.
    costs : (float, float) or None, default=None
        What a false positive and a false negative cost, for the panel "threshold".

    Attributes
    ----------
    figure_ : matplotlib Figure
        The figure.
    axes_ : dict of str to matplotlib Axes
        The Axes of each panel.
    metrics_ : dict
        The numbers that the drawn panels show: ``roc_auc``, ``average_precision`` and ``brier`` by
        class, ``confusion_matrix``; ``r2``, ``rmse`` and ``mae``.

    See Also
    --------
    FeatureImportanceDisplay : What the model looks at.
    sklearn.metrics.RocCurveDisplay : One curve, or one curve per fold.

    Examples
    --------
    >>> from sklearn.model_selection import train_test_split
    >>> from skcook.datasets import load_penguins
    >>> from skcook.models import EvaluationDisplay, tabular_pipeline
    >>> X, y = load_penguins(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> model = tabular_pipeline("logistic").fit(X_train, y_train)
    >>> display = EvaluationDisplay.from_estimator(model, X_test, y_test)
    >>> sorted(display.axes_)
    ['calibration', 'confusion', 'precision_recall', 'roc', 'scores']
    >>> {name: round(float(value), 2) for name, value in display.metrics_["roc_auc"].items()}
    {'Adelie': 1.0, 'Chinstrap': 1.0, 'Gentoo': 1.0}
    """

    def __init__(
        self,
        y_true,
        y_pred,
        *,
        y_score=None,
        classes=None,
        probabilities=True,
        sample_weight=None,
        estimator_name=None,
        threshold=None,
        costs=None,
    ):
        self.y_true = y_true
        self.y_pred = y_pred
        self.y_score = y_score
        self.classes = classes
        self.probabilities = probabilities
        self.sample_weight = sample_weight
        self.estimator_name = estimator_name
        self.threshold = threshold
        self.costs = costs

    @classmethod
    def from_estimator(
        cls, estimator, X, y, *, sample_weight=None, costs=None, panels=None, ax=None, name=None
    ):
        """Predict with a fitted model, and draw.

        Parameters
        ----------
        estimator : estimator
            A fitted classifier or regressor, or a Pipeline that ends in one.
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            Data that the model has not learned from.
        y : array-like of shape (n_samples,)
            Its target.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.
        costs : (float, float) or None, default=None
            What a false positive and a false negative cost, for the panel "threshold".
        panels : str, list of str or None, default=None
            Which panels to draw; None draws all that can be, "threshold" only where the model has
            a threshold of its own (``TunedThresholdClassifierCV``, ``FixedThresholdClassifier``)
            or `costs` are given.
        ax : matplotlib Axes, or array of them, default=None
            Where to draw: one Axes a panel. None makes a new figure.
        name : str or None, default=None
            The model's name; None takes the class of its last step, or a board's winner.

        Returns
        -------
        display : EvaluationDisplay
            The pictures and their numbers.
        """
        check_is_fitted(estimator)
        if not is_classifier(estimator) and not is_regressor(estimator):
            raise ValueError(
                f"EvaluationDisplay draws classifiers and regressors; {type(estimator).__name__} "
                "is neither."
            )
        last = estimator[-1] if hasattr(estimator, "steps") else estimator
        if name is None:
            name = getattr(last, "best_name_", type(last).__name__)
        y_pred, score, classes, probabilities = estimator.predict(X), None, None, True
        if is_classifier(estimator):
            classes = estimator.classes_
            if hasattr(estimator, "predict_proba"):
                score = estimator.predict_proba(X)
            elif hasattr(estimator, "decision_function"):
                score, probabilities = estimator.decision_function(X), False
        return cls.from_predictions(
            y,
            y_pred,
            y_score=score,
            classes=classes,
            probabilities=probabilities,
            sample_weight=sample_weight,
            threshold=_threshold_of(last),
            costs=costs,
            panels=panels,
            ax=ax,
            name=name,
        )

    @classmethod
    def from_predictions(
        cls,
        y_true,
        y_pred=None,
        *,
        y_score=None,
        classes=None,
        probabilities=True,
        sample_weight=None,
        threshold=None,
        costs=None,
        panels=None,
        ax=None,
        name=None,
    ):
        """Draw predictions that are there already.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            The true target.
        y_pred : array-like of shape (n_samples,), default=None
            The predicted one; None takes, for a classifier, the class of the highest score.
        y_score : array-like of shape (n_samples,) or (n_samples, n_classes), default=None
            Probability, or another score, of each class; of two classes, of the second one.
            Given, or with `classes`, the task is classification; else what `y_true` and `y_pred`
            hold decides: labels, or numbers with fractions.
        classes : array-like of shape (n_classes,), default=None
            The classes in the order of `y_score`; None takes those in `y_true` and `y_pred`,
            sorted.
        probabilities : bool, default=True
            Whether `y_score` are probabilities.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.
        threshold : float or None, default=None
            From which score on the second of two classes is predicted.
        costs : (float, float) or None, default=None
            What a false positive and a false negative cost, for the panel "threshold".
        panels : str, list of str or None, default=None
            Which panels to draw; None draws all that can be.
        ax : matplotlib Axes, or array of them, default=None
            Where to draw: one Axes a panel. None makes a new figure.
        name : str or None, default=None
            The model's name.

        Returns
        -------
        display : EvaluationDisplay
            The pictures and their numbers.
        """
        task = "classification"
        if y_score is None and classes is None:
            task = _task_of(y_true, y_pred)
        kind = "any" if task == "classification" else task
        y_true = read_target(y_true, kind, who="EvaluationDisplay")
        if y_pred is not None:
            y_pred = read_target(y_pred, kind, who="EvaluationDisplay")
        if task == "classification":
            if classes is None:
                # Probabilities have a column for each class of `y_true`.
                both = [y_true] if y_pred is None or y_score is not None else [y_true, y_pred]
                classes = np.unique(np.concatenate(both))
            classes = np.asarray(classes)
            y_true = _known(y_true, classes)
        if y_score is not None:
            y_score = _one_column_a_class(np.asarray(y_score, dtype=float), classes, probabilities)
        if costs is not None:
            costs = _checked_costs(costs)
        if y_pred is None:
            if y_score is None:
                raise ValueError("Give y_pred, or y_score for a classifier: there is nothing else.")
            y_pred = classes[y_score.argmax(axis=1)]
        if sample_weight is not None:
            sample_weight = check_sample_weight(sample_weight, y_true, ensure_non_negative=True)
        check_consistent_length(y_true, y_pred, y_score)
        display = cls(
            y_true,
            y_pred,
            y_score=y_score,
            classes=classes,
            probabilities=probabilities,
            sample_weight=sample_weight,
            estimator_name=name,
            threshold=threshold,
            costs=costs,
        )
        return display.plot(panels=panels, ax=ax)

    def plot(self, *, panels=None, ax=None):
        """Draw.

        Parameters
        ----------
        panels : str, list of str or None, default=None
            Which panels to draw; None draws all that can be.
        ax : matplotlib Axes, or array of them, default=None
            Where to draw: one Axes a panel. None makes a new figure.

        Returns
        -------
        display : EvaluationDisplay
            This one.
        """
        pyplot = import_optional("matplotlib.pyplot", feature="EvaluationDisplay", extra="plot")
        names = self._panels(panels)
        if ax is None:
            columns = min(3, len(names))
            rows = -(-len(names) // columns)
            self.figure_, grid = pyplot.subplots(
                rows,
                columns,
                figsize=(4.4 * columns, 3.9 * rows),
                layout="constrained",
                squeeze=False,
            )
            axes = grid.ravel()
            for empty in axes[len(names) :]:
                empty.set_axis_off()
            if self.estimator_name:
                self.figure_.suptitle(f"{self.estimator_name}, {num_samples(self.y_true)} rows")
        else:
            axes = np.ravel(np.array(ax, dtype=object))
            if len(axes) != len(names):
                raise ValueError(
                    f"ax holds {len(axes)} Axes for {len(names)} panels ({', '.join(names)}): give "
                    "one for each, or name as many panels in `panels`."
                )
            self.figure_ = axes[0].figure
        self.axes_, self.metrics_ = {}, {}
        for name, axis in zip(names, axes, strict=False):
            axis.spines[["top", "right"]].set_visible(False)
            self.metrics_ |= PANELS[name].draw(axis, self)
            axis.set_title(PANELS[name].title, loc="left")
            self.axes_[name] = axis
        return self

    def _numbers(self):
        rows = [("rows", len(self.y_true))]
        for name, value in getattr(self, "metrics_", {}).items():
            if name == "confusion_matrix":
                rows.append(("correct", f"{np.trace(value) / max(value.sum(), 1e-300):.1%}"))
            elif isinstance(value, dict):
                rows += [(f"{name}, {label}", number) for label, number in value.items()]
            else:
                rows.append((name, value))
        return rows

    def _panels(self, panels: Any) -> list[str]:
        """Return the panels to draw; raise if one that was asked for cannot be."""
        task = "regression" if self.classes is None else "classification"
        have = set()
        if self.y_score is not None:
            have = {"scores", "probabilities"} if self.probabilities else {"scores"}
            if len(self.classes) == 2:
                have.add("two scores")
        possible = [
            name
            for name, panel in PANELS.items()
            if panel.task == task and (not panel.needs or panel.needs in have)
        ]
        if panels is None:
            has_threshold = self.threshold is not None or self.costs is not None
            return [name for name in possible if name != "threshold" or has_threshold]
        asked = [panels] if isinstance(panels, str) else list(panels)
        for name in asked:
            if name in possible:
                continue
            panel = PANELS.get(name)
            if panel is not None and panel.task == task:
                needs = "the scores of two classes" if panel.needs == "two scores" else panel.needs
                raise ValueError(f"The panel {name!r} needs {needs}, which are not there.")
            match = did_you_mean(str(name), possible)
            raise ValueError(
                f"There is no panel {name!r} for {task}. "
                + (f"Did you mean {match!r}? " if match else "")
                + f"There are: {', '.join(possible)}."
            )
        if not asked:
            raise ValueError(f"panels is empty. There are: {', '.join(possible)}.")
        return asked


def _task_of(y_true: Any, y_pred: Any) -> str:
    """Tell whether two columns hold labels or numbers; probabilities are neither."""
    if y_true is None or y_pred is None:
        return "regression"
    of_true, of_pred = (_target_type(y) for y in (y_true, y_pred))
    labels = ("binary", "multiclass")
    if of_true in labels and of_pred in labels:
        return "classification"
    fractions = of_pred == "continuous" and 0 <= np.min(y_pred) <= np.max(y_pred) <= 1
    if of_pred.endswith("multioutput") or (of_true == "binary" and fractions):
        raise ValueError(
            "y_pred holds what look like probabilities of classes: pass them as y_score=, and "
            "predicted labels, if there are any, as y_pred."
        )
    if of_true in labels and of_pred == "continuous" and np.asarray(y_true).dtype.kind not in "iuf":
        raise ValueError(
            "y_true holds labels and y_pred numbers with fractions: pass scores of classes as "
            "y_score=."
        )
    return "regression"


def _target_type(y: Any) -> str:
    """Return scikit-learn's type of a target; many different numbers are no labels."""
    y = values = unboxed(np.asarray(y))
    if values.dtype.kind in "fO" and values.ndim == 1 and np.any(values != values):
        return "continuous"
    try:
        found = type_of_target(y)
    except TypeError:  # labels that cannot be sorted: more than one type, or missing
        read_target(values, "any", who="EvaluationDisplay")
        raise
    if found == "multilabel-indicator":
        return "multiclass-multioutput"
    is_number = values.dtype.kind in "iuf"
    if found == "multiclass" and is_number and len(np.unique(values)) > max(20, len(values) / 5):
        return "continuous"
    return found


def _threshold_of(model: Any) -> float | None:
    """Return the threshold of a model that has one of its own."""
    threshold = getattr(model, "best_threshold_", None)
    if threshold is None and isinstance(model, FixedThresholdClassifier):
        threshold = None if model.threshold == "auto" else model.threshold
    return None if threshold is None else float(threshold)


def _checked_costs(costs: Any) -> tuple[float, float]:
    values = np.asarray(costs)
    if values.shape != (2,) or values.dtype.kind not in "iuf" or not np.all(values >= 0):
        raise ValueError(
            "costs are two numbers of zero or more, what a false positive and a false negative "
            f"cost; got {costs!r}."
        )
    return values[0], values[1]


def _known(y_true: np.ndarray, classes: np.ndarray) -> np.ndarray:
    unknown = np.setdiff1d(y_true, classes)
    if len(unknown):
        raise ValueError(
            f"y_true holds {in_words(unknown.tolist())}, of which the model knows nothing. Its "
            f"classes: {in_words(classes.tolist())}."
        )
    return y_true


def _one_column_a_class(score: np.ndarray, classes: np.ndarray, probabilities: bool) -> np.ndarray:
    assert_all_finite(score, input_name="y_score")
    if probabilities and score.size and (score.min() < -TINY or score.max() > 1 + TINY):
        raise ValueError(
            f"y_score goes from {score.min():.4g} to {score.max():.4g}, which are no "
            "probabilities: set probabilities=False for other scores."
        )
    if score.ndim == 1:
        score = np.column_stack([1 - score if probabilities else -score, score])
    if score.shape[1] != len(classes):
        raise ValueError(
            f"y_score has {score.shape[1]} columns for {len(classes)} classes "
            f"({in_words(classes.tolist())}). Name them in `classes`."
        )
    return score
