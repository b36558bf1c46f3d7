"""What a model looks at."""

from typing import Any

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.inspection import permutation_importance
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from skcook.models.pictures._panels import DisplayRepr
from skcook.utils import import_optional
from skcook.utils._frames import container_of, is_frame, read_table, to_pandas
from skcook.utils._validation import in_words

METHODS = ("auto", "impurity", "coefficients", "permutation")


class FeatureImportanceDisplay(DisplayRepr):
    """A picture of how much each feature matters to a model.

    Make it with :meth:`from_estimator`.

    Parameters
    ----------
    importances : ndarray of shape (n_features,)
        How much each feature matters.
    feature_names : array-like of str of shape (n_features,)
        Their names.
    errors : ndarray of shape (n_features,) or None, default=None
        A standard deviation for each.
    method : str or None, default=None
        How they were found.
    label : str, default="Importance"
        What the axis says.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The picture.
    figure_ : matplotlib Figure
        Its figure.

    See Also
    --------
    sklearn.inspection.permutation_importance : The numbers of the method "permutation".

    Examples
    --------
    >>> from skcook.datasets import load_penguins
    >>> from skcook.models import FeatureImportanceDisplay, tabular_pipeline
    >>> X, y = load_penguins(return_X_y=True)
    >>> model = tabular_pipeline("random_forest").fit(X, y)
    >>> display = FeatureImportanceDisplay.from_estimator(model)
    >>> display.method
    'impurity'
    >>> sorted(display.feature_names)[:3]
    ['bill_depth_mm', 'bill_length_mm', 'body_mass_g']
    >>> round(float(display.importances.sum()), 6)
    1.0
    """

    def __init__(self, importances, feature_names, *, errors=None, method=None, label="Importance"):
        self.importances = importances
        self.feature_names = feature_names
        self.errors = errors
        self.method = method
        self.label = label

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X=None,
        y=None,
        *,
        method="auto",
        columns="raw",
        scoring=None,
        n_repeats=5,
        max_features=20,
        random_state=0,
        n_jobs=None,
        ax=None,
    ):
        """Find the importances of a fitted model, and draw them.

        Parameters
        ----------
        estimator : estimator
            A fitted model; a Pipeline, a search, a `Leaderboard` and an early stopping are looked
            into.
        X : {DataFrame, array-like} of shape (n_samples, n_features), default=None
            Data, for the method "permutation"; best data that the model has not learned from.
        y : array-like of shape (n_samples,), default=None
            Its target.
        method : {"auto", "impurity", "coefficients", "permutation"}, default="auto"
            "impurity" is what the splits on a feature gained, as a share of all; "coefficients"
            are those of a linear model, comparable where its features are on one scale;
            "permutation" is how much the score falls when a column is shuffled. "auto" takes the
            first of them that the model and the data allow.
        columns : {"raw", "transformed"}, default="raw"
            Which columns "permutation" shuffles: those of `X`, or those that a Pipeline's last
            step sees. The other methods know the latter only.
        scoring : str, callable or None, default=None
            The score of the method "permutation"; None is the model's own.
        n_repeats : int, default=5
            How often each column is shuffled.
        max_features : int or None, default=20
            Draw the most important ones only.
        random_state : int, RandomState instance or None, default=0
            Shuffles.
        n_jobs : int or None, default=None
            How many columns are shuffled at once.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        display : FeatureImportanceDisplay
            The picture and its numbers, all features in the order of the columns.
        """
        check_is_fitted(estimator)
        if method not in METHODS:
            raise ValueError(f"method must be one of {in_words(METHODS)}; got {method!r}.")
        if columns not in ("raw", "transformed"):
            raise ValueError(f'columns must be "raw" or "transformed"; got {columns!r}.')
        before, model, names = _unwrap(estimator)
        if method == "auto":
            method = _first_possible(model, X, y)
        if method == "permutation":
            if X is None or y is None:
                raise ValueError('method="permutation" needs X and y: it scores shuffled data.')
            if columns == "transformed" and before:
                y = _in_labels_of(model, y, estimator)
                estimator = model
                for step in before:
                    X = step.transform(X)
            if container_of(X) == "polars":
                # scikit-learn would make an array of it, without names and types.
                X = to_pandas(read_table(X).frame)
            found = permutation_importance(
                estimator,
                X,
                y,
                scoring=scoring,
                n_repeats=n_repeats,
                random_state=random_state,
                n_jobs=n_jobs,
            )
            names = names if columns == "transformed" and before else None
            values, errors = found.importances_mean, found.importances_std
            label = f"Fall of the score when shuffled ({n_repeats} times)"
        elif method == "impurity":
            values, errors = _impurity(model)
            label = "Share of the importance"
        else:
            errors = None
            values, label = _coefficients(model)
        names = _names(names, X if method == "permutation" else None, len(values))
        display = cls(values, names, errors=errors, method=method, label=label)
        return display.plot(max_features=max_features, ax=ax)

    def plot(self, *, max_features=20, ax=None):
        """Draw.

        Parameters
        ----------
        max_features : int or None, default=20
            Draw the most important ones only.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        display : FeatureImportanceDisplay
            This one.
        """
        pyplot = import_optional(
            "matplotlib.pyplot", feature="FeatureImportanceDisplay", extra="plot"
        )
        values, order = self._by_size()
        order = order[:max_features][::-1]
        if ax is None:
            self.figure_, ax = pyplot.subplots(
                figsize=(7, 1.1 + 0.28 * len(order)), layout="constrained"
            )
        self.ax_, self.figure_ = ax, ax.figure
        places = np.arange(len(order))
        errors = None if self.errors is None else np.asarray(self.errors)[order]
        ax.barh(
            places,
            values[order],
            xerr=errors,
            color=["C3" if value < 0 else "C0" for value in values[order]],
            height=0.7,
            error_kw={"ecolor": "0.35", "elinewidth": 1, "capsize": 2},
        )
        names = [str(self.feature_names[i]) for i in order]
        ax.set_yticks(places, [n if len(n) <= 40 else n[:39] + "…" for n in names])
        ax.axvline(0, color="0.5", linewidth=0.8)
        ax.set(xlabel=self.label, ylim=(-0.6, len(order) - 0.4))
        left_out = len(values) - len(order)
        if left_out:
            ax.set_title(f"{len(order)} of {len(values)} features", loc="left", fontsize=10)
        ax.grid(axis="x", color="0.9")
        ax.set_axisbelow(True)
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.tick_params(axis="y", length=0)
        return self

    def _by_size(self):
        """Return the importances, and the places of the features with the greatest first."""
        values = np.asarray(self.importances, dtype=float)
        # The sign of a coefficient is a direction, that of a fall is an amount.
        weight = np.abs(values) if self.method == "coefficients" else values
        return values, np.argsort(-weight, kind="stable")

    def _numbers(self):
        values, order = self._by_size()
        return [(str(self.feature_names[i]), float(values[i])) for i in order]


def _unwrap(estimator: Any) -> tuple[list[Any], Any, np.ndarray | None]:
    """Return the steps before a model, the model, and the names of the columns that it sees."""
    before: list[Any] = []
    names = getattr(estimator, "feature_names_in_", None)
    while True:
        if isinstance(estimator, Pipeline):
            head = estimator[:-1]
            if len(head):
                before.append(head)
                names = _names_out(head)
            estimator = estimator[-1]
            continue
        inside = None
        if not hasattr(estimator, "feature_importances_") and not hasattr(estimator, "coef_"):
            inside = _inside(estimator)
        if inside is None:
            return before, estimator, names
        estimator = inside


def _inside(estimator: Any) -> Any:
    """Return the one fitted model that a meta-estimator holds, or None."""
    for name in ("best_estimator_", "estimator_", "regressor_"):
        model = getattr(estimator, name, None)
        if hasattr(model, "fit"):
            try:
                check_is_fitted(model)
            except NotFittedError:  # the template of an ensemble
                continue
            return model
    return None


def _in_labels_of(model: Any, y: Any, outer: Any) -> Any:
    """Translate labels for a model inside that was given codes for them."""
    classes = getattr(outer, "classes_", None)
    if classes is None or np.array_equal(classes, model.classes_):
        return y
    return np.searchsorted(classes, np.asarray(y))


def _names_out(head: Pipeline) -> np.ndarray | None:
    try:
        return head.get_feature_names_out()
    except (AttributeError, ValueError):
        # A step that cannot name its columns is no reason to draw nothing.
        return None


def _names(names: Any, X: Any, n_features: int) -> np.ndarray:
    if names is None and is_frame(X):
        names = [str(column) for column in X.columns]
    if names is None or len(names) != n_features:
        names = [f"x{i}" for i in range(n_features)]
    return np.asarray(names, dtype=object)


def _first_possible(model: Any, X: Any, y: Any) -> str:
    if hasattr(model, "feature_importances_"):
        return "impurity"
    if hasattr(model, "coef_"):
        return "coefficients"
    if X is not None and y is not None:
        return "permutation"
    raise ValueError(
        f"{type(model).__name__} has neither importances nor coefficients of its own. Give X and "
        'y, and method="permutation" finds them.'
    )


def _impurity(model: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the importances by the splits, and their deviation between the trees of a forest."""
    if not hasattr(model, "feature_importances_"):
        raise ValueError(
            f"{type(model).__name__} has no feature_importances_: "
            'use method="permutation", with X and y.'
        )
    values = np.asarray(model.feature_importances_, dtype=float)
    if hasattr(model, "booster_"):
        # LightGBM counts splits unless told otherwise, and noise is split on often.
        values = np.asarray(model.booster_.feature_importance("gain"), dtype=float)
    errors = None
    trees = getattr(model, "estimators_", None)
    if isinstance(trees, list) and all(hasattr(t, "feature_importances_") for t in trees):
        errors = np.std([tree.feature_importances_ for tree in trees], axis=0)
    if values.sum() > 0:  # a model of one leaf has none
        values = values / values.sum()
    return values, errors


def _coefficients(model: Any) -> tuple[np.ndarray, str]:
    """Return the coefficients, and what they are."""
    if not hasattr(model, "coef_"):
        raise ValueError(
            f'{type(model).__name__} has no coef_: use method="permutation", with X and y.'
        )
    values = model.coef_
    values = np.asarray(values.toarray() if hasattr(values, "toarray") else values, dtype=float)
    label = "Coefficient"
    if values.ndim == 2 and len(values) > 1:
        values, label = np.abs(values).mean(axis=0), "Mean size of the coefficients of all classes"
    elif get_tags(model).estimator_type == "classifier":
        label = f"Coefficient, towards {model.classes_[1]}"
    return values.ravel(), label
