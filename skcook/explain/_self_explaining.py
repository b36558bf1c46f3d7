"""What models that explain themselves have in common."""

from abc import abstractmethod
from typing import Any

from sklearn.utils.metaestimators import available_if

from skcook.explain.result._explanation_list import Explanations


def _explained_by_a_table(model: Any) -> bool:
    """Tell whether a model's explainer, fitted or not, is one of tables."""
    explainer = getattr(model, "explainer_", None) or getattr(model, "explainer", None)
    return explainer is None or hasattr(explainer, "what_would_change")


class SelfExplaining:
    """Base class of models that lend themselves to an explainer of their own."""

    @abstractmethod
    def _explainer_and_model(self) -> tuple[Any, Any]:
        """Return the fitted explainer and the model that it is asked to explain."""

    def explain(
        self,
        X: Any,
        targets: Any = "predicted",
        *,
        top: int | None = None,
        n_features: int | None = None,
    ) -> Explanations:
        """Explain the model's outputs for rows.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_rows, n_columns), Series, or dict
            The rows.
        targets : {"predicted", "all"}, object, or list, default="predicted"
            What to explain.
        top : int, default=None
            Explain so many of the likeliest classes of each row instead.
        n_features : int, default=None
            How many features to show at most; None is the explainer's own number.

        Returns
        -------
        explanations : Explanations
            One per row and target.
        """
        explainer, model = self._explainer_and_model()
        return explainer._explain_for(model, X, targets, top=top, n_features=n_features)

    @available_if(_explained_by_a_table)
    def what_would_change(self, row, target=None, *, frozen=(), ranges=None, k=3):
        """Find the smallest changes of a row after which the model says something else.

        Parameters
        ----------
        row : {DataFrame, array-like} of one row, Series, or dict
            The row.
        target : object, default=None
            What the model should say; see `TabularExplainer.what_would_change`.
        frozen : list of column names, default=()
            Columns that must not change.
        ranges : dict, default=None
            The lowest and highest value of some columns of numbers or dates.
        k : int, default=3
            At most so many answers.

        Returns
        -------
        counterfactuals : list of Counterfactual
            The cheapest first.
        """
        explainer, model = self._explainer_and_model()
        return explainer._what_would_change_for(model, row, target, frozen, ranges, k)

    @available_if(_explained_by_a_table)
    def report(self, n_rows=50):
        """Measure how faithful the explanations are; see `TabularExplainer.report`.

        Parameters
        ----------
        n_rows : int, default=50
            On how many rows of the sample columns are deleted.

        Returns
        -------
        report : DataFrame
            One row per target.
        """
        explainer, model = self._explainer_and_model()
        return explainer._report_for(model, n_rows)
