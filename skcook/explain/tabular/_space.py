"""Rows as the numbers that a surrogate works with: terms of an additive model, and codes.

A quantity is straight lines between its quartiles: a ramp from its mean, and one from each quartile
on. A missing value, and each frequent value of a choice, is a flag. Besides, each value has a code
of one byte: the rank of a quantity among the sample's own values, or the level of a choice.
"""

import numpy as np

from skcook.explain.tabular._boosted_trees import MISSING

#: At most this many values of a choice get a flag of their own.
MAX_LEVELS = 64


class Space:
    """What the sample teaches about values, before any output is looked at.

    Parameters
    ----------
    sample : Sample
        The sample.

    Attributes
    ----------
    terms : ndarray of shape (n_samples, n_terms)
        The sample's terms, each with the mean 0.
    codes : ndarray of shape (n_samples, d)
        The sample's codes.
    of_term, ordered : ndarrays of shape (n_terms,) and (d,)
        The column of each term; whether a column's codes are in order.
    """

    def __init__(self, sample):
        cells, states = sample.values, sample.states()
        n = len(states)
        self.columns = sample.columns
        self.ordered = np.array([column.is_quantity for column in self.columns])
        self._quantities = np.flatnonzero(self.ordered)
        rare = max(8, n // 128)
        ramps, flags, self._cuts, self._common, self._enough = [], [], [], [], []
        self._low, self._high = np.full((2, len(self.columns)), np.nan)
        for j, column in enumerate(self.columns):
            counts = np.bincount(states[:, j], minlength=column.missing + 1)
            enough = np.zeros(len(counts) + 1, dtype=bool)  # the last one is that of UNSEEN, -1
            if column.is_quantity:
                known = np.unique(cells[j][~np.isnan(cells[j])])
                kept = [column.missing] if counts[-1] >= rare else []
                enough[: column.missing] = True
                if len(known):
                    self._low[j], self._high[j] = known[0], known[-1]
                if column.scale > 0 and len(known) > 1:
                    i = int(np.searchsorted(self._quantities, j))
                    edges = column.edges
                    inside = edges[(edges > known[0]) & (edges < known[-1])]
                    ends = [(column.center, -np.inf), *((knot, 0.0) for knot in inside)]
                    ramps += [(j, i, known[0], known[-1], *end, column.scale) for end in ends]
                self._cuts.append(_cuts(cells[j], known))
                self._common.append(0)
            else:
                kept = np.argsort(-counts, kind="stable")[:MAX_LEVELS]
                kept = kept[counts[kept] >= rare]
                self._cuts.append(np.zeros(0))
                self._common.append(min(int(np.append(counts[:-1], 0).argmax()), MISSING - 1))
            enough[kept] = True
            self._enough.append(enough)
            flags += [(j, state) for state in kept]
        ramps = np.array(ramps, dtype=float).reshape(-1, 7)
        flags = np.array(flags, dtype=np.intp).reshape(-1, 2)
        self._of = ramps[:, 1].astype(np.intp)
        _, _, self._floor_at, self._cap, self._knot, self._floor, self._scale = ramps.T
        self._flag_column, self._flag_state = flags.T
        self.of_term = np.concatenate([ramps[:, 0].astype(np.intp), self._flag_column])
        self._mean = 0.0
        self.terms = self.evaluate(cells, states)
        self._mean = self.terms.mean(axis=0)
        self.terms -= self._mean
        self.codes = self.encode(cells, states)

    def evaluate(self, cells, states):
        """Return the terms of rows.

        Shapes: cells (n,), states (n, d); returns terms (n, n_terms).
        """
        values = np.array([cells[j] for j in self._quantities]).reshape(-1, len(states)).T
        ramps = np.clip(values[:, self._of], self._floor_at, self._cap)
        ramps -= self._knot
        np.maximum(ramps, self._floor, out=ramps)
        ramps /= self._scale
        ramps[np.isnan(ramps)] = 0.0
        return np.hstack([ramps, states[:, self._flag_column] == self._flag_state]) - self._mean

    def encode(self, cells, states):
        """Return the codes of rows; a value that the sample has not gets the nearest one's.

        Shapes: cells (n,), states (n, d); returns codes (n, d).
        """
        codes = np.empty(states.shape, np.uint8)
        for j, column in enumerate(self.columns):
            if column.is_quantity:
                codes[:, j] = self._cuts[j].searchsorted(cells[j], "right")
                codes[np.isnan(cells[j]), j] = MISSING
            else:
                state = states[:, j]
                code = np.where(state < 0, self._common[j], np.minimum(state, MISSING - 1))
                codes[:, j] = np.where(state == column.missing, MISSING, code)
        return codes

    def unseen(self, cells, states):
        """Tell which values the sample has not, or too seldom to say anything of them.

        Shapes: cells (n,), states (n, d); returns unseen (n, d).
        """
        seen = np.column_stack([e[states[:, j]] for j, e in enumerate(self._enough)])
        for j in self._quantities:
            outside = ~((cells[j] >= self._low[j]) & (cells[j] <= self._high[j]))
            seen[:, j] &= ~(outside & ~np.isnan(cells[j]))
        return ~seen


def _cuts(values, known):
    """Return where the code of a quantity changes: between its values, or its quantiles."""
    if len(known) >= MISSING:
        present = values[~np.isnan(values)]
        known = np.unique(np.quantile(present, (np.arange(MISSING) + 0.5) / MISSING))
    return (known[1:] + known[:-1]) / 2
