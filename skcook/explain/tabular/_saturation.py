"""What an additive model leaves over because the output saturates.

A probability cannot exceed 1: a model that is additive before its last step is not after it, and
an additive fit leaves over a function of its own value, ``F(s)``. That function is learned as a sum
of cosines, since a cosine of a sum is a product over the summands. Columns are drawn independently,
so a product's average is the product of the columns' averages, with LIME's kernel as without: the
differences that explain a row are known exactly, without the sample and its noise.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve

#: Number of cosines; more make no difference to a logistic function.
N_WAVES = 8


class Saturation:
    """A function of an additive model's value, with exact averages around any row.

    Shapes: flags (n_samples, n_flags), effect, share, column (n_flags,), left (n_samples,).
    """

    def __init__(self, flags, effect, share, column, n_columns, left):
        value = flags @ effect
        low, high = value.min(), value.max()
        self.waves = np.pi * np.arange(1, N_WAVES + 1) / (high - low if high > low else 1.0)
        basis = np.cos((value - low)[:, None] * self.waves)
        basis -= basis.mean(axis=0)
        gram = basis.T @ basis
        gram.flat[:: N_WAVES + 1] += 1.0
        coef = cho_solve(cho_factor(gram), basis.T @ left)
        #: The function's values on the sample.
        self.values = basis @ coef
        self.coef = coef * np.exp(-1j * self.waves * low)
        self.share = share
        # exp(i w s): one factor a column. A state without a flag has no effect, so its factor is 1.
        self.factor = np.exp(1j * effect[:, None] * self.waves)
        self.average = np.empty((n_columns, N_WAVES), dtype=complex)
        for j in range(n_columns):
            mine = column == j
            flagged = share[mine]
            self.average[j] = flagged @ self.factor[mine] + (1 - flagged.sum())

    def differences(self, at, known, closeness):
        """Return the weighted difference that each column's state makes.

        Shapes: at (n_rows, n_columns), known (n_rows, n_columns); returns differences (n_rows,
        n_columns).
        """
        share = np.where(known, self.share[at], 0.0)[..., None]
        same = np.where(known[..., None], self.factor[at], 1.0)
        other = (self.average - share * same) / np.maximum(1 - share, 1e-12)
        near = share / (share + closeness * (1 - share))
        mixed = near * same + (1 - near) * other
        # The product of all other columns, without dividing by one that may be 0.
        before = np.ones_like(mixed)
        np.cumprod(mixed[:, :-1], axis=1, out=before[:, 1:])
        after = np.ones_like(mixed)
        after[:, :-1] = np.cumprod(mixed[:, :0:-1], axis=1)[:, ::-1]
        return np.where(known, (((same - other) * before * after) @ self.coef).real, 0.0)
