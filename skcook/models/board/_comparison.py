"""Whether the best of a board is better than the others, or tied with them.

The scores of k folds are no k independent numbers: the training rows of two folds overlap. Two
answers take that into account:

- the corrected resampled t-test of Nadeau and Bengio (2003), which adds the share of test to
  training rows to the variance of the mean difference;
- the correlated Bayesian t-test of Benavoli et al. (2017), whose posterior gives the probability
  that the difference lies in a region of practical equivalence (ROPE), or beyond it.

References
----------
Nadeau C., Bengio Y. (2003), "Inference for the Generalization Error", Machine Learning 52.
Benavoli A., Corani G., Demsar J., Zaffalon M. (2017), "Time for a Change: a Tutorial for Comparing
Multiple Classifiers Through Bayesian Analysis", JMLR 18.
"""

import numpy as np
from scipy import stats

#: Below this the best is held to be better.
LEVEL = 0.05


def probability_of_a_tie(
    best: np.ndarray,
    other: np.ndarray,
    test_share: float,
    *,
    compare: str = "corrected_t",
    rope: float = 0.01,
) -> float:
    """Return how well the scores of the folds agree with `other` being as good as `best`.

    Shapes: best (n_folds,), other (n_folds,).
    """
    both = np.isfinite(best) & np.isfinite(other)
    difference = (best - other)[both]
    n = len(difference)
    if n < 2:
        return np.nan
    mean, variance = difference.mean(), difference.var(ddof=1)
    scale = np.sqrt(variance * (1 / n + test_share / (1 - test_share)))
    # Rounding in the last digit is no difference between folds.
    if scale <= 1e-12 * max(1.0, np.abs(best[both]).max()):
        near = rope if compare == "bayes" else 1e-12
        return float(abs(mean) <= near)
    if compare == "bayes":
        return float(stats.t.cdf(rope, df=n - 1, loc=mean, scale=scale))
    return float(2 * stats.t.sf(abs(mean) / scale, df=n - 1))
