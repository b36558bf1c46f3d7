"""What the explainers of texts and of images have in common."""

from abc import abstractmethod
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Protocol

import numpy as np

from skcook.explain._explainer import BaseExplainer, parallel_map
from skcook.explain._local_fits import one_blas_thread
from skcook.explain._model_outputs import (
    choose_method,
    choose_targets,
    one_class_each,
    predicted_targets,
    target_names,
)
from skcook.explain.masked._masks import draw_masks, fit_masks
from skcook.explain.result._explanation import Explanation
from skcook.explain.result._explanation_list import Explanations
from skcook.explain.result._reasons import Feature
from skcook.utils._progress import Progress
from skcook.utils._sklearn import Interval, StrOptions


class MaskReader(Protocol):
    """What reads texts or images, takes parts of them away, and asks the model."""

    model: Any
    items: Sequence[Any]
    #: So many masks make a batch.
    batch_rows: int

    def parts(self, i: int) -> Any:
        """Take an item apart; what is returned has a length."""

    def outputs(self, batch: list[tuple[Any, np.ndarray]]) -> list[np.ndarray]:
        """Ask the model about items under masks; returns outputs (n_masks, n_targets) of each."""

    def describe(self, parts: Any, j: int) -> tuple[str, Any, str]:
        """Return the name, the value and the rule of a part."""

    def mark(self, parts: Any) -> Any:
        """Return what a picture of the explanation needs: its ``source``."""

    def given(self, start: int, stop: int) -> Any:
        """Return some of the items as the model takes them."""


class MaskedExplainer(BaseExplainer):
    """Base class of explainers that leave out parts of what they explain.

    A subclass gives `_reader`, which knows the input, and the class of its explanations.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_samples": [Interval(Integral, 16, None, closed="left")],
        "n_features": [Interval(Integral, 1, None, closed="left"), None],
        "kernel_width": [Interval(Real, 0, None, closed="neither")],
        "alpha": [Interval(Real, 0, None, closed="neither")],
        "feature_selection": [
            StrOptions({"auto", "highest_weights", "forward_selection", "lasso_path", "none"})
        ],
        "sampling": [StrOptions({"paired", "iid"})],
        "response_method": [StrOptions({"auto", "predict_proba", "decision_function", "predict"})],
        "batch_rows": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
        "random_state": ["random_state", np.random.Generator],
    }
    #: How many parts a mask removes; see `draw_masks`.
    _sizes: ClassVar[str]
    #: What is explained, as a progress bar calls it.
    _unit: ClassVar[str]
    _explanation: ClassVar[type[Explanation]]

    def _fit_for(self, model, X, y):
        self.method_ = choose_method(model, self.response_method)
        random_state = self.random_state
        if isinstance(random_state, np.random.RandomState):
            random_state = random_state.randint(2**31)
        # Kept, so that a fitted explainer repeats itself.
        self.seed_ = int(np.random.default_rng(random_state).integers(2**31))
        if X is not None:
            self._reader(model, X)
        return self

    def _draw(self, n_parts):
        """Return the masks of n parts: the same in every call."""
        return draw_masks(
            n_parts,
            self.n_samples,
            sizes=self._sizes,
            sampling=self.sampling,
            rng=np.random.default_rng([self.seed_, n_parts]),
        )

    def _iter_explain_for(self, model, X, targets):
        reader = self._reader(model, X)
        calls = ((reader, start, batch, targets) for start, batch in self._batches(reader))
        batches = parallel_map(self._explain_batch, calls, self.n_jobs)
        with Progress(
            len(reader.items), label="explain", unit=self._unit, verbose=self.verbose
        ) as bar:
            for batch, n_items in batches:
                bar.advance(n_items)
                yield batch

    def _batches(self, reader):
        """Yield the number of the first, and as many items as one call of the model can hold."""
        start, batch, masks, rows = 0, [], {}, 0
        for i in range(len(reader.items)):
            parts = reader.parts(i)
            n = len(parts)
            if n not in masks:
                masks[n] = self._draw(n)
            if batch and rows + len(masks[n].kept) > reader.batch_rows:
                yield start, batch
                start, batch, masks, rows = i, [], {n: masks[n]}, 0
            batch.append((parts, masks[n]))
            rows += len(masks[n].kept)
        if batch:
            yield start, batch

    def _explain_batch(self, reader, start, batch, targets):
        found = []
        answers = reader.outputs([(parts, masks.kept) for parts, masks in batch])
        names = target_names(reader.model, self.method_, answers[0].shape[1])
        one_of_many = one_class_each(reader.model, self.method_, names)
        chosen_of = choose_targets(
            targets,
            names,
            np.array([answer[0] for answer in answers]),
            one_of_many=one_of_many,
            predicted=self._predicted(reader, start, len(batch), names, targets, one_of_many),
        )
        for i, ((parts, masks), answer) in enumerate(zip(batch, answers, strict=True)):
            chosen = chosen_of[i]
            k = len(parts) if self.n_features is None else min(self.n_features, len(parts))
            with one_blas_thread():
                models = fit_masks(
                    masks,
                    answer,
                    chosen,
                    kernel_width=self.kernel_width,
                    alpha=self.alpha,
                    k=k,
                    method=self.feature_selection,
                )
            source = reader.mark(parts)
            found += [
                self._explanation(
                    row=start + i,
                    target=names[t],
                    prediction=float(answer[0, t]),
                    local_prediction=local.prediction,
                    intercept=local.intercept,
                    r2=local.r2,
                    features=[
                        Feature(*reader.describe(parts, j), weight, error)
                        for j, weight, error in zip(
                            local.chosen.tolist(),
                            local.weights.tolist(),
                            local.std_errors.tolist(),
                            strict=True,
                        )
                    ],
                    n_others=local.n_others,
                    output_sd=local.output_sd,
                    source=source,
                )
                for t, local in zip(chosen.tolist(), models, strict=True)
            ]
        return Explanations(found), len(batch)

    def _predicted(self, reader, start, n, names, targets, one_of_many):
        """Return the class that the model predicts for each item, where that is asked."""
        wanted = isinstance(targets, str) and targets == "predicted" and one_of_many
        if not wanted or self.method_ not in ("predict_proba", "decision_function"):
            return None
        if not hasattr(reader.model, "classes_") or not hasattr(reader.model, "predict"):
            return None
        return predicted_targets(reader.model, reader.given(start, start + n), names)

    @abstractmethod
    def _reader(self, model, X) -> MaskReader:
        """Read the input."""
