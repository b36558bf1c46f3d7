"""What a table explainer does: it scores one sample, and explains any number of rows by it."""

from typing import Any

import numpy as np
import pandas as pd

from skcook.exceptions import ColumnsError
from skcook.explain._explainer import BaseExplainer, parallel_map
from skcook.explain._model_outputs import (
    choose_method,
    choose_targets,
    one_class_each,
    predicted_targets,
    predicts_otherwise,
    target_names,
)
from skcook.explain.result._explanation import Explanation
from skcook.explain.result._explanation_list import Explanations
from skcook.explain.result._reasons import Feature
from skcook.explain.tabular._lime_bins import LimeMethod
from skcook.explain.tabular._opened_texts import TextOpener, find_text_columns
from skcook.explain.tabular._planned_answers import AskedModel
from skcook.explain.tabular._questions import ask_pairs
from skcook.explain.tabular._shared_sample import MAX_LEVELS, Sample
from skcook.explain.tabular._surrogate import Surrogate
from skcook.explain.tabular._table_methods import (
    FEW_ROWS,
    InUnits,
    Rows,
    SurrogateMethod,
)
from skcook.utils._frames import container_of, is_frame, read_input
from skcook.utils._progress import Progress
from skcook.utils._validation import check_columns


class SampleExplainer(BaseExplainer):
    """Base class of `TabularExplainer`, which gives the settings."""

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
            self.pair_answers_ = ask_pairs(ask, self.sample_, self.sample_.player)
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
            unit = InUnits.unit_of(self.outputs_)
            if self._is_lime():
                d = len(self.sample_.columns)
                way = LimeMethod(
                    self.sample_,
                    self.outputs_ / unit,
                    kernel_width=self.kernel_width or 0.75 * d**0.5,
                    feature_selection=self.feature_selection,
                    most=self.batch_rows,
                )
            else:
                way = SurrogateMethod(
                    self.sample_,
                    self.outputs_ / unit,
                    self.pair_answers_ / unit,
                    self.surrogates_,
                    bounded=self.method_ in ("predict_proba", "call"),
                    most=self.batch_rows,
                )
            self._way = way if unit == 1 else InUnits(way, unit)
        return self._way

    def _iter_explain_for(self, model, X, targets):
        rows, labels = read_rows(self, X)
        n = len(rows)
        choose_targets(
            targets, self.target_names_, np.zeros((0, len(self.target_names_))), one_of_many=True
        )
        self._prepared()
        refine = self.refine is True or (self.refine == "auto" and n <= FEW_ROWS)
        calls = (
            (
                model, part_of(rows, start, self.batch_rows), start,
                None if labels is None else labels[start : start + self.batch_rows],
                targets, refine,
            )
            for start in range(0, n, self.batch_rows)
        )  # fmt: skip
        batches = parallel_map(self._explain_batch, calls, self.n_jobs)
        with Progress(n, label="explain", verbose=self.verbose) as bar:
            for start, batch in zip(range(0, n, self.batch_rows), batches):
                bar.advance(min(self.batch_rows, n - start))
                yield batch

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


def read_rows(explainer: Any, X: Any) -> tuple[Any, list[Any] | None]:
    """Return rows with the background's columns in the background's order, and their labels."""
    layout = explainer.sample_.layout
    if isinstance(X, dict):
        X = pd.DataFrame([X])
    elif isinstance(X, pd.Series):
        X = X.to_frame().T.infer_objects()
    if is_frame(X) and layout.container != "numpy":
        wanted = layout.known_names()
        given = list(X.columns)
        if given != wanted:
            check_columns([str(name) for name in given], [str(name) for name in wanted])
            order = [given.index(name) for name in wanted]
            X = X.iloc[:, order] if hasattr(X, "iloc") else X[wanted]
        return X, _labels(X)
    if container_of(X) is None:
        X = np.asarray(X, dtype=object)
    if X.ndim != 2 or X.shape[1] != explainer.n_features_in_:
        raise ColumnsError(
            f"X must have the {explainer.n_features_in_} columns of the background; "
            f"it has shape {X.shape}."
        )
    return X, _labels(X)


def _labels(X: Any) -> list[Any] | None:
    """Return the labels of rows, None where they are only positions."""
    index = getattr(X, "index", None)
    if not isinstance(index, pd.Index) or index.equals(pd.RangeIndex(len(X))):
        return None
    return index.tolist()


def describe(
    explainer: Any,
    rows: Any,
    found: Any,
    texts: dict[int, dict[int, Any]],
    wanted: np.ndarray,
    owner: np.ndarray,
    start: int,
    labels: list[Any] | None,
) -> Explanations:
    """Say what was found about rows, in the order of the targets that were asked for.

    Shapes: wanted and owner (n_explanations,); `texts` holds the opened texts by row and player.
    """
    shown = explainer.sample_.to_display(rows.cells, rows.states)
    names, most = explainer.target_names_, explainer.n_features
    sd = explainer._prepared().output_sd
    slots: list[Any] = [None] * len(wanted)
    for t, result in found.items():
        for i, slot in enumerate(np.flatnonzero(wanted == t)):
            r = int(owner[slot])
            weights, errors = result.weights[i].tolist(), result.errors[i].tolist()
            opened = texts.get(r, {})
            features = [
                Feature(name, values[r], rules[r], weights[p], errors[p])
                for p in result.chosen[i].tolist()
                if p not in opened
                for name, values, rules in (shown[p],)
            ]
            n_explained = result.n_explained
            for p, text in opened.items():
                parts = list(text.features(shown[p][0], t, weights[p], errors[p]))
                features += parts
                n_explained += len(parts) - 1
            if opened:
                features = sorted(features, key=lambda f: -abs(f.weight))[:most]
            slots[slot] = Explanation(
                row=start + r,
                label=None if labels is None else labels[r],
                target=names[t],
                prediction=float(rows.outputs[r, t]),
                local_prediction=float(result.local[i]),
                intercept=float(result.intercept[i]),
                r2=float(result.r2[i]),
                features=features,
                n_others=max(n_explained - len(features), 0),
                interactions=result.interactions[i],
                output_sd=float(sd[t]),
                source={shown[p][0]: text.words.marked() for p, text in opened.items()} or None,
            )
    return Explanations(slots)


def generator(random_state: Any) -> np.random.Generator:
    """Return a generator for a seed of any kind."""
    if isinstance(random_state, np.random.RandomState):
        random_state = random_state.randint(2**31)
    return np.random.default_rng(random_state)


def part_of(X: Any, start: int, size: int) -> Any:
    """Return some of the rows."""
    return X.iloc[start : start + size] if hasattr(X, "iloc") else X[start : start + size]


#: Most columns that are replaced one after the other.
MOST_DELETED = 10


def fidelity(explainer: Any, model: Any, n_rows: int) -> pd.DataFrame:
    """Return how faithful a fitted table explainer is, one row per target."""
    sample, outputs = explainer.sample_, explainer.outputs_
    rows = sample.pairs(n_rows)[:n_rows]
    cells = sample.cells(rows)
    # Rows from elsewhere in the sample give the values that replace deleted ones.
    other = sample.cells((rows + len(sample) // 3) % len(sample))
    found = _found(explainer, model, cells)
    lines = []
    for t, name in enumerate(explainer.target_names_):
        mine = found[t]
        sd = float(explainer._prepared().output_sd[t])
        order = np.argsort(-np.abs(mine.weights), axis=1, kind="stable")
        rng = np.random.default_rng(0)
        by_chance = rng.permuted(np.tile(np.arange(order.shape[1]), (len(rows), 1)), axis=1)
        moved = [
            _moved(explainer, model, cells, other, ranks, outputs[rows, t], t)
            for ranks in (order, by_chance)
        ]
        rest = np.abs(outputs[rows, t] - mine.local)
        r2 = float(mine.r2[0])
        error = sd * max(1 - r2, 0.0) ** 0.5
        share = error / sd if sd else 0.0
        lines.append((name, r2, error, share, float((rest > 0.1 * sd).mean()), *moved))
    names = ["target", "r2", "error", "error_share", "large_rest", "deletion", "deletion_random"]
    return pd.DataFrame(lines, columns=names)


def _found(explainer, model, cells):
    """Return what is found about every output of rows, all features."""
    sample = explainer.sample_
    states = sample.states_of(cells)
    rows = Rows(cells, states, explainer._ask(model, cells))
    owners = {t: np.arange(len(states)) for t in range(len(explainer.target_names_))}

    def ask(mixed):
        return explainer._ask(model, mixed)

    return explainer._prepared().explain(ask, rows, owners, len(sample.player_names), False)


def _moved(explainer, model, cells, other, order, before, t):
    """Return how far an output moves on average while columns are replaced in an order.

    Shapes: cells, other (n,), order (n, n_players), before (n,).
    """
    n, n_players = order.shape
    player = explainer.sample_.player
    rank = np.argsort(order, axis=1)[:, player]
    steps = np.arange(1, min(MOST_DELETED, n_players) + 1)
    gone = rank[None] < steps[:, None, None]  # (n_steps, n, d)
    mixed = [np.where(gone[:, :, j], other[j], values).ravel() for j, values in enumerate(cells)]
    after = explainer._ask(model, mixed)[:, t].reshape(len(steps), n)
    return float(np.abs(after - before).mean())
