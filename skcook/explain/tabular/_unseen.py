"""Values that the background has not, or seldom: measured on pairs of rows.

A value of which the shared sample has too few of its kind (an unseen category, a text of its own, a
missing value where none was) is put into some of the sample's rows in place of theirs. Its weight
is the mean change of the model's output, its standard error that of the mean.
"""

from typing import Any

import numpy as np

from skcook.explain.tabular._tabular_background import key_of

#: Rows of the sample into which a novel value is put.
N_PAIRS = 256


def novel_effects(
    ask: Any,
    sample: Any,
    outputs: np.ndarray,
    estimable: np.ndarray,
    cells: list[np.ndarray],
    *,
    batch_rows: int,
) -> dict[int, list[tuple[int, np.ndarray, np.ndarray]]]:
    """Measure what the novel values of some rows do.

    Shapes: outputs (n_samples, n_targets), estimable (n, d), cells (n,).
    """
    rows, columns = np.nonzero(~estimable)
    if not len(rows):
        return {}
    pairs = sample.pairs(N_PAIRS)
    drawn = sample.cells(pairs)
    # What a value does is the same in every row: each is measured once.
    owners: dict[Any, list[int]] = {}
    for r, j in zip(rows.tolist(), columns.tolist(), strict=True):
        cell = cells[j][r]
        owners.setdefault((j, None if cell != cell else key_of(cell)), []).append(r)
    found: dict[int, list[tuple[int, np.ndarray, np.ndarray]]] = {}
    values = list(owners.items())
    at_once = max(batch_rows // len(pairs), 1)
    for i in range(0, len(values), at_once):
        group = values[i : i + at_once]
        mixed = [np.tile(column, len(group)) for column in drawn]
        for g, ((j, _), who) in enumerate(group):
            mixed[j][g * len(pairs) : (g + 1) * len(pairs)] = cells[j][who[0]]
        change = ask(mixed).reshape(len(group), len(pairs), -1) - outputs[pairs]
        errors = change.std(axis=1, ddof=1) / np.sqrt(len(pairs))
        for g, ((j, _), who) in enumerate(group):
            for r in who:
                found.setdefault(r, []).append((j, change[g].mean(axis=0), errors[g]))
    return found


def merge_effects(fits: Any, i: int, effects: Any, t: int, k: int) -> None:
    """Put measured effects into a local model and keep the k largest weights."""
    for j, effect, error in effects:
        fits.weights[i, j], fits.std_errors[i, j] = effect[t], error[t]
        fits.chosen[i, j] = True
    order = np.argsort(-np.abs(fits.weights[i]) * fits.chosen[i], kind="stable")
    fits.chosen[i, order[k:]] = False
    fits.weights[i, order[k:]] = 0.0
