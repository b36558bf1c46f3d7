import numpy as np
import pytest

from skcook.explain.tabular import _gram_matrices as _grams
from skcook.explain.tabular._gram_matrices import Grams


@pytest.mark.parametrize("many_pairs", [0, 100], ids=["row by row", "all pairs"])
@pytest.mark.parametrize("n_rows", [1, 40])
def test_products_are_the_weighted_ones(monkeypatch, n_rows, many_pairs):
    monkeypatch.setattr(_grams, "MANY_PAIRS", many_pairs)
    rng = np.random.default_rng(0)
    columns = np.asfortranarray(rng.normal(size=(500, 6)), dtype=np.float32)
    w = rng.random((n_rows, 500)).astype(np.float32)
    expected = np.einsum("np,rn,nq->rpq", columns, w, columns, dtype=float)
    grams = Grams(columns)
    for _ in range(2):  # the second time with what the first has kept
        assert grams(w) == pytest.approx(expected, rel=1e-4, abs=1e-3)
        assert (grams(w) == grams(w).transpose(0, 2, 1)).all()
