"""Products of a sample's columns, under the weights of one row after another.

For many rows the products of all pairs of columns are made once: each row's are then weighted
sums of them, and those of all rows one matrix product. For a few rows that would cost more than it
saves.
"""

import numpy as np
from scipy.linalg import blas

from skcook.explain._local_fits import mirrored

#: For fewer rows than this the products of all pairs of columns are not worth making first,
FEW_ROWS = 16
#: nor for more pairs than this, which would take too much memory.
MANY_PAIRS = 1200


class Grams:
    """The weighted products of the columns of a sample, for one weighting after another.

    Shapes: columns (n_samples, p).
    """

    def __init__(self, columns):
        self.columns = columns
        self.pairs = np.triu_indices(columns.shape[1])
        self._products = None

    def __call__(self, w):
        """Return the products under some weightings.

        Shapes: w (m, n_samples); returns raw (m, p, p).
        """
        m, p = len(w), self.columns.shape[1]
        raw = np.empty((m, p, p))
        if m < FEW_ROWS or len(self.pairs[0]) > MANY_PAIRS:
            weighted = np.empty_like(self.columns)
            for r, root in enumerate(np.sqrt(w)):
                np.multiply(self.columns, root[:, None], out=weighted)
                raw[r] = mirrored(blas.ssyrk(1.0, weighted, trans=1))
            return raw
        if self._products is None:
            first, second = self.pairs
            by_column = self.columns.T
            self._products = by_column[first] * by_column[second]
        first, second = self.pairs
        raw[:, first, second] = raw[:, second, first] = w @ self._products.T
        return raw
