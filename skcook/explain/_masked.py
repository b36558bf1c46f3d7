"""What the explainers of texts and of images have in common."""

import sys
from abc import abstractmethod
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from joblib import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from skcook.explain._base import BaseExplainer
from skcook.explain._curves import one_blas_thread
from skcook.explain._explanation import Explanation, Feature
from skcook.explain._explanations import Explanations
from skcook.explain._masks import draw_masks, fit_masks
from skcook.explain._outputs import choose_method, choose_targets, target_names
from skcook.utils._sklearn import Interval, StrOptions


class MaskedExplainer(BaseExplainer):
    """Base class of explainers that leave out parts of what they explain.

    A subclass reads its input, takes each item apart, and asks the model about it under masks.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_samples": [Interval(Integral, 16, None, closed="left")],
        "n_features": [Interval(Integral, 1, None, closed="left"), None],
        "kernel_width": [Interval(Real, 0, None, closed="neither")],
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
    #: More parts than this make a local model that is no explanation.
    _max_parts: ClassVar[int] = 5000

    def _fit_for(self, model, X, y):
        if X is not None:
            self._read(X)
        self.method_ = choose_method(model, self.response_method)
        random_state = self.random_state
        if isinstance(random_state, np.random.RandomState):
            random_state = random_state.randint(2**31)
        # Kept, so that a fitted explainer repeats itself.
        self.seed_ = int(np.random.default_rng(random_state).integers(2**31))
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
        check_is_fitted(self)
        items = self._read(X)
        batches = Parallel(n_jobs=self.n_jobs, prefer="threads", return_as="generator")(
            delayed(self._explain_batch)(model, start, batch, targets)
            for start, batch in self._batches(items)
        )
        done = 0
        for batch, n_items in batches:
            done += n_items
            if self.verbose:
                sys.stderr.write(f"{type(self).__name__}: {done} of {len(items)} explained\n")
            yield batch

    def _batches(self, items):
        """Yield the number of the first, and as many items as one call of the model can hold."""
        start, batch, masks, rows = 0, [], {}, 0
        for item in items:
            parts = self._parts(item)
            n = len(parts)
            if n > self._max_parts:
                raise ValueError(self._too_many(n))
            if n not in masks:
                masks[n] = self._draw(n)
            if batch and rows + len(masks[n].kept) > self.batch_rows:
                yield start, batch
                start, batch, masks, rows = start + len(batch), [], {n: masks[n]}, 0
            batch.append((parts, masks[n]))
            rows += len(masks[n].kept)
        if batch:
            yield start, batch

    def _explain_batch(self, model, start, batch, targets):
        outputs = self._ask(model, batch)
        found = []
        for i, ((parts, masks), answer) in enumerate(zip(batch, outputs, strict=True)):
            names = target_names(model, self.method_, answer.shape[1])
            (chosen,) = choose_targets(
                targets,
                names,
                answer[:1],
                one_of_many=self.method_ != "predict" and len(names) > 1,
            )
            found += self._explain_one(start + i, parts, masks, answer, names, chosen)
        return Explanations(found), len(batch)

    def _explain_one(self, row, parts, masks, outputs, names, chosen):
        k = len(parts) if self.n_features is None else min(self.n_features, len(parts))
        method = self.feature_selection
        if method == "auto":
            method = "forward_selection" if k <= 6 else "highest_weights"
        with one_blas_thread():
            models = fit_masks(
                masks, outputs, chosen, kernel_width=self.kernel_width, k=k, method=method
            )
        return [
            Explanation(
                kind=self._kind,
                row=row,
                target=names[t],
                prediction=float(outputs[0, t]),
                local_prediction=local.intercept + float(local.weights.sum()),
                intercept=local.intercept,
                r2=local.r2,
                features=[
                    Feature(*self._describe(parts, j), weight, error)
                    for j, weight, error in zip(
                        local.chosen.tolist(),
                        local.weights.tolist(),
                        local.std_errors.tolist(),
                        strict=True,
                    )
                ],
                source=self._source(parts),
            )
            for t, local in zip(chosen.tolist(), models, strict=True)
        ]

    @abstractmethod
    def _read(self, X):
        """Return the items of the input."""

    @abstractmethod
    def _parts(self, item):
        """Take an item apart."""

    @abstractmethod
    def _too_many(self, n):
        """Say what to do about an item of too many parts."""

    @abstractmethod
    def _ask(self, model, batch):
        """Return the model's outputs for each item of a batch, under its masks."""

    @abstractmethod
    def _describe(self, parts, j):
        """Return name, value and rule of a part."""

    @abstractmethod
    def _source(self, parts):
        """Return what a picture of the explanation needs."""
