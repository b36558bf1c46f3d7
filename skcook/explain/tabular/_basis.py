"""The terms that curves are made of: ramps of quantities, flags of levels."""

import numpy as np

#: At most this many values of a choice get a level of their own.
MAX_LEVELS = 32


class Basis:
    """What is known of rows, as numbers in which an additive model is linear.

    A quantity is straight lines between its quartiles: a ramp from its mean, and one from each
    quartile on. A missing value, and each frequent value of a choice, is a flag.

    Shapes: cells (n_samples,), states (n_samples, d), group (n_terms,).
    """

    def __init__(self, columns, cells, states):
        rare = max(8, len(states) // 128)
        self._quantities = [j for j, column in enumerate(columns) if column.is_quantity]
        self._choices = [j for j, column in enumerate(columns) if not column.is_quantity]
        self._known = []
        self._enough = []
        ramps, flags = [], []
        for j, column in enumerate(columns):
            counts = np.bincount(states[:, j], minlength=column.missing + 1)
            enough = np.zeros(len(counts) + 1, dtype=bool)  # the last one is that of NOVEL, -1
            if column.is_quantity:
                kept = [column.missing] if counts[-1] >= rare else []
                enough[: column.missing] = True
                known = np.sort(cells[j][~np.isnan(cells[j])])
                if column.scale > 0 and len(known):
                    i, low, high = len(self._known), known[0], known[-1]
                    inside = column.edges[(column.edges > low) & (column.edges < high)]
                    ends = [(column.center, -np.inf), *((knot, 0.0) for knot in inside)]
                    ramps += [(j, i, low, high, *end, column.scale) for end in ends]
                self._known.append(known)
            else:
                kept = np.argsort(-counts, kind="stable")[:MAX_LEVELS]
                kept = kept[counts[kept] >= rare]
            enough[kept] = True
            self._enough.append(enough)
            flags += [(j, state) for state in kept]
        ramps = np.array(ramps, dtype=float).reshape(-1, 7)
        flags = np.array(flags, dtype=np.intp).reshape(-1, 2)
        self._of = ramps[:, 1].astype(np.intp)
        _, _, self._low, self._high, self._knot, self._floor, self._scale = ramps.T
        self._flag_column, self._flag_state = flags.T
        self.group = np.concatenate([ramps[:, 0].astype(np.intp), self._flag_column])

    def evaluate(self, cells, states):
        """Return the terms of rows.

        Shapes: cells (n,), states (n, d); returns terms (n, n_terms).
        """
        values = self._values(cells, states)[:, self._of]
        ramps = np.clip(values, self._low, self._high)
        ramps -= self._knot
        np.maximum(ramps, self._floor, out=ramps)
        ramps /= self._scale
        ramps[np.isnan(ramps)] = 0.0
        return np.hstack([ramps, states[:, self._flag_column] == self._flag_state])

    def place(self, cells, states):
        """Return where rows lie, as coordinates whose euclidean distance the kernel uses.

        A quantity counts by its rank in the sample, with the variance of a standardised column,
        and a missing one as a coordinate of its own. Choices are compared in `add_different`.

        Shapes: cells (n,), states (n, d); returns coordinates (n, 2 * n_quantities).
        """
        values = self._values(cells, states)
        missing = np.isnan(values)
        rank = np.empty_like(values)
        for i, known in enumerate(self._known):
            place = known.searchsorted(values[:, i], "left")
            place = place + known.searchsorted(values[:, i], "right")
            rank[:, i] = place / (2 * max(len(known), 1))
        rank[missing] = 0.5
        return np.hstack([np.sqrt(12) * rank, missing])

    def add_different(self, squared, states, others):
        """Add to squared distances the number of choices in which rows differ.

        Shapes: squared (n, m), states (n, d), others (m, d).
        """
        for j in self._choices:
            squared += states[:, j][:, None] != others[:, j]

    def estimable(self, states):
        """Tell for which values the sample has enough of the same kind.

        Shapes: states (n, d); returns enough (n, d).
        """
        return np.column_stack([enough[states[:, j]] for j, enough in enumerate(self._enough)])

    def _values(self, cells, states):
        return np.array([cells[j] for j in self._quantities]).reshape(-1, len(states)).T
