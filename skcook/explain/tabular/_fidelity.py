"""How faithful the explanations of a model are, measured by asking the model."""

from typing import Any

import numpy as np
import pandas as pd

from skcook.explain.tabular._table_methods import Rows

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
