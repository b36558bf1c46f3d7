"""What a table explainer does: it scores one sample, and explains any number of rows by it."""

import numpy as np

from skcook.explain._explainer import BaseExplainer, parallel_map
from skcook.explain._model_outputs import (
    choose_method,
    choose_targets,
    one_class_each,
    predicted_targets,
    predicts_otherwise,
    target_names,
)
from skcook.explain.tabular._described_rows import describe, generator, part_of, read_rows
from skcook.explain.tabular._opened_texts import TextOpener, find_text_columns
from skcook.explain.tabular._perturbations import Sample
from skcook.explain.tabular._planned_answers import AskedModel
from skcook.explain.tabular._questions import ask_pairs
from skcook.explain.tabular._space import MAX_LEVELS
from skcook.explain.tabular._surrogate import Surrogate
from skcook.explain.tabular._table_methods import (
    FEW_ROWS,
    InUnits,
    LimeMethod,
    Rows,
    SurrogateMethod,
)
from skcook.utils._frames import container_of
from skcook.utils._progress import Progress
from skcook.utils._validation import read_input


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
