"""What the explainers of texts and of images have in common: masks, and a local model on them.

LIME takes parts away and asks the model what it says of the rest. A mask says which parts stay.
Short documents have few masks: each distinct one is asked once and weighs as often as it was drawn;
where there are no more masks than samples, all are taken with their exact probabilities, and
nothing is left to chance.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, ClassVar, Protocol

import numpy as np
from scipy.linalg import blas
from scipy.special import gammaln

from skcook.explain._explainer import BaseExplainer, fitted, generator, parallel_map
from skcook.explain._local_fits import (
    NormalEquations,
    one_blas_thread,
    r_squared,
    ridge,
    select,
    spread_of_blocks,
    symmetric_from_upper,
)
from skcook.explain._model_outputs import (
    choose_method,
    choose_targets,
    one_class_each,
    predicted_targets,
    target_names,
)
from skcook.explain.result._explanation import Explanation, Feature
from skcook.explain.result._explanation_list import Explanations
from skcook.utils._progress import Progress
from skcook.utils._sklearn import Interval, StrOptions, fit_context

#: Independent blocks of draws, whose spread is the standard error.
N_BLOCKS = 16
#: All parts are fitted together where there are so many masks for each.
MASKS_PER_PART = 3


@dataclass(frozen=True)
class Masks:
    """Distinct masks of n parts; the first keeps all.

    Shapes: kept (n_masks, n_parts), weight (n_masks,), counts (n_masks, n_blocks).
    """

    kept: np.ndarray
    weight: np.ndarray
    counts: np.ndarray


@dataclass(frozen=True)
class LocalModel:
    """The local model of one target: the weights shown, and the sum of all.

    Shapes: chosen (k,), weights, std_errors (k,).
    """

    chosen: np.ndarray
    weights: np.ndarray
    std_errors: np.ndarray
    n_others: int
    intercept: float
    prediction: float
    r2: float
    output_sd: float


def draw_masks(
    n_parts: int, n_samples: int, *, sizes: str, sampling: str, rng: np.random.Generator
) -> Masks:
    """Draw masks."""
    n_draws = n_samples - 1
    if n_parts == 0:
        return Masks(np.ones((1, 0), bool), np.ones(1), np.zeros((1, 0)))
    if n_parts < 31 and 2**n_parts <= n_samples:
        return _all_masks(n_parts, n_draws, sizes)
    n_first = n_draws if sampling == "iid" else -(-n_draws // 2)
    first = _coins(n_first, n_parts, rng) if sizes == "coin" else _uniform(n_first, n_parts, rng)
    block = np.arange(n_first) * N_BLOCKS // n_first
    if sampling == "paired":
        second = ~first
        if sizes == "uniform":
            # Removing nothing is no draw of this law; its pair is drawn twice instead.
            second[second.all(axis=1)] = False
        first, block = np.vstack([first, second])[:n_draws], np.tile(block, 2)[:n_draws]
    kept, code = _distinct(np.vstack([np.ones((1, n_parts), bool), first]))
    counts = np.bincount(code[1:] * N_BLOCKS + block, minlength=len(kept) * N_BLOCKS)
    counts = counts.reshape(len(kept), N_BLOCKS).astype(float)
    weight = counts.sum(axis=1)
    weight[0] += 1
    return Masks(kept, weight, counts)


def _coins(n: int, d: int, rng: np.random.Generator) -> np.ndarray:
    bits = np.unpackbits(np.frombuffer(rng.bytes(n * (-(-d // 8))), np.uint8))
    return bits.reshape(n, -1)[:, :d].astype(bool)


def _uniform(n: int, d: int, rng: np.random.Generator) -> np.ndarray:
    """Keep the parts whose random keys are not among the row's smallest."""
    removed = rng.integers(1, d + 1, n)
    keys = rng.random((n, d), dtype=np.float32)
    limit = np.sort(keys, axis=1)[np.arange(n), removed - 1]
    return keys > limit[:, None]


def _distinct(kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct rows in order of appearance, and the number of each row's."""
    packed = np.ascontiguousarray(np.packbits(kept, axis=1))
    key = packed.view(f"V{packed.shape[1]}").ravel()
    _, index, inverse = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(index)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return kept[index[order]], rank[inverse]


def _all_masks(n_parts: int, n_draws: int, sizes: str) -> Masks:
    number = np.arange(2**n_parts)[::-1]
    kept = (number[:, None] >> np.arange(n_parts) & 1).astype(bool)
    removed = n_parts - kept.sum(axis=1)
    if sizes == "coin":
        share = np.full(len(kept), 0.5**n_parts)
    else:
        ways = gammaln(n_parts + 1) - gammaln(removed + 1) - gammaln(n_parts - removed + 1)
        share = np.where(removed > 0, np.exp(-ways) / n_parts, 0.0)
    weight = n_draws * share
    weight[0] += 1
    return Masks(kept, weight, np.zeros((len(kept), 0)))


def fit_masks(
    masks: Masks,
    outputs: np.ndarray,
    targets: np.ndarray,
    *,
    kernel_width: float,
    k: int,
    method: str,
    alpha: float,
) -> list[LocalModel]:
    """Fit the local models of one document or image.

    With "auto" all parts are fitted and the k largest weights are shown; LIME's own methods choose
    k parts first, and fit those alone. So does "auto" where there are too few masks for all.

    Shapes: outputs (n_masks, n_targets).
    """
    n_parts = masks.kept.shape[1]
    if n_parts == 0:
        nothing = np.zeros(0)
        return [
            LocalModel(np.zeros(0, int), nothing, nothing, 0, said, said, 1.0, 0.0)
            for said in outputs[0, targets].tolist()
        ]
    similarity = np.sqrt(masks.kept.sum(axis=1) / n_parts)
    kernel = np.exp(-((1 - similarity) ** 2) / (2 * kernel_width**2))
    w = masks.weight * kernel
    total = w.sum()
    centred = masks.kept.astype(np.float64)
    mean = w @ centred / total
    centred -= mean
    gram = symmetric_from_upper(blas.dsyrk(1.0, (centred * np.sqrt(w)[:, None]).T))
    if method == "auto":
        all_masks = masks.counts.shape[1] == 0
        enough = all_masks or len(masks.kept) >= MASKS_PER_PART * n_parts
        method = "none" if enough else "highest_weights"
    models = []
    for t in targets:
        # No float holds the squares of the largest outputs; a power of two changes nothing else.
        unit = 2.0 ** (np.frexp(np.abs(outputs[:, t]).max())[1] - 1)
        said = outputs[:, t] / unit
        average = w @ said / total
        y = said - average
        cross = (w * y) @ centred
        equations = NormalEquations(gram, cross, w @ y**2, mean, average, len(w))
        fitted = select(equations, k, method)
        coef, inverse = ridge(equations, fitted, alpha)
        left = kernel * (y - centred @ coef)
        mine = centred if len(fitted) == n_parts else centred[:, fitted]
        influence = (masks.counts * left[:, None]).T @ mine @ inverse
        errors = np.zeros(len(fitted))
        if len(influence):
            # Residuals are smaller where the fit has seen them.
            n = len(masks.kept)
            errors = np.sqrt(n / max(n - len(fitted), 1)) * spread_of_blocks(influence)
        shown = np.sort(np.argsort(-np.abs(coef[fitted]), kind="stable")[:k])
        intercept = float(average - mean @ coef)
        spread = np.cov(said, aweights=masks.weight, ddof=0) if len(said) > 1 else 0.0
        models.append(
            LocalModel(
                fitted[shown],
                coef[fitted[shown]] * unit,
                errors[shown] * unit,
                len(fitted) - len(shown),
                intercept * unit,
                (intercept + float(coef.sum())) * unit,
                r_squared(equations, coef),
                float(np.sqrt(spread)) * unit,
            )
        )
    return models


class MaskReader(Protocol):
    """What reads texts or images, takes parts of them away, and asks the model."""

    model: Any
    items: Sequence[Any]
    #: So many masks make a batch.
    batch_rows: int

    def parts(self, i: int) -> Any:
        """Take an item apart into what has a length, ``describe(j)`` and ``marked()``."""

    def outputs(self, batch: list[tuple[Any, np.ndarray]]) -> list[np.ndarray]:
        """Ask the model about items under masks; returns outputs (n_masks, n_targets) of each."""

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

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X=None, y=None):
        """Look at the model and its settings; there is no background to learn.

        Parameters
        ----------
        X : texts or images, default=None
            Needed if the model is not fitted. Images also say which shape they have.
        y : array-like of shape (n_items,), default=None
            The target: needed if the model is not fitted.

        Returns
        -------
        self : object
            The fitted explainer.
        """
        self.estimator_ = fitted(self.estimator, X, y)
        return self._fit_for(self.estimator_, X, y)

    def explain(self, X, targets="predicted", *, top=None, n_features=None):
        """Explain the model's outputs for texts or images.

        Parameters
        ----------
        X : texts or images
            Texts: a list, Series, ndarray or frame of one column; a model that was fitted on a
            frame is asked with frames if it gets one here. Images: an array of shape
            (n_images, height, width), (n_images, height, width, n_channels), (n_images,
            n_channels, height, width) or (n_images, n_pixels), a list of images, or a frame of
            rows of pixels; channels come first where only the first length is 1, 3 or 4.
        targets : {"predicted", "all"}, object, or list, default="predicted"
            What to explain: the class that the model predicts (for a regression, every output),
            every one, or those named.
        top : int, default=None
            Explain so many of the likeliest classes of each instead.
        n_features : int, default=None
            How many words or superpixels to show at most; None is the explainer's own number.

        Returns
        -------
        explanations : Explanations
            One per text or image, and target. The value of a feature is how often its word is
            there, or where; or the number of its superpixel.

        Raises
        ------
        ValueError
            If `X` is one text or image and no list of them, an entry is no text, images are of
            another size, or there is no such target.
        """
        return super().explain(X, targets, top=top, n_features=n_features)

    def _fit_for(self, model, X, y):
        self.method_ = choose_method(model, self.response_method)
        # Kept, so that a fitted explainer repeats itself.
        self.seed_ = int(generator(self.random_state).integers(2**31))
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
            source = parts.marked()
            found += [
                self._explanation(
                    row=start + i,
                    target=names[t],
                    prediction=float(answer[0, t]),
                    local_prediction=local.prediction,
                    intercept=local.intercept,
                    r2=local.r2,
                    features=[
                        Feature(*parts.describe(j), weight, error)
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
