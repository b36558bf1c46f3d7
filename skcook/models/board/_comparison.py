"""The order of a board, and whether its best is better than the others, or tied with them.

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

from skcook.models.board._fit_candidates import Row, mean_score

#: Below this the best is held to be better.
LEVEL = 0.05


def rank_rows(rows: list[Row], metric: str) -> list[Row]:
    """Return the rows with the best first, and those of models that failed last."""
    failed = [row for row in rows if row["failed"]]
    ranked = [row for row in rows if not row["failed"]]
    if not ranked:
        reasons = "; ".join(f"{row['model']}: {row['error']}" for row in failed)
        all_types = all(row["error"].startswith("TypeError") for row in failed)
        raise (TypeError if all_types else ValueError)(f"Every model failed. {reasons}")
    return sorted(ranked, key=lambda row: mean_score(row, metric), reverse=True) + failed


def add_comparison(
    rows: list[Row], metric: str, test_share: float, compare: str, rope: float
) -> None:
    """Note in each row how well its scores agree with being as good as the first row's."""
    best = np.asarray(rows[0]["scores"][metric], dtype=float) if rows else np.array([])
    for place, row in enumerate(rows):
        scores = np.asarray(row["scores"][metric], dtype=float)
        p = np.nan
        if place == 0 and np.isfinite(scores).any():
            p = 1.0
        elif not row["failed"] and len(scores) == len(best):
            p = probability_of_a_tie(best, scores, test_share, compare=compare, rope=rope)
        row["p_best"] = p
        row["ties_with_best"] = bool(p >= LEVEL)


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
