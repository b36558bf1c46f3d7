"""The exact k best of many scores, in bounded memory.

Scores are inner products, so a block of users against all items is one matrix product: BLAS does
it at tens of billions of operations a second. Then the selection is what costs. Each row of
scores is cut into blocks of `_WIDTH` items; the k best scores of a row can only lie in the k
blocks with the largest maxima, for each other block has k scores above all of its own. So one pass
takes the maxima, and of k blocks are ranked the scores that reach the k-th largest maximum. More
rows at once make the product cheaper, until they no longer fit into the processor's cache.

>>> import numpy as np
>>> from skcook.recommend.ranking._topk import top_k
>>> items, scores = top_k(np.array([[1.0]], "f4"), np.array([[0.1], [0.7], [0.4]], "f4"), 2)
>>> items.tolist(), scores.round(1).tolist()
([[1, 2]], [[0.699999988079071, 0.4000000059604645]])
"""

import numpy as np
import scipy.sparse as sp

_WIDTH = 128


def top_k(left, right, k, *, seen=None, block_bytes=16 << 20):
    """Return the k columns with the largest inner products for each row of `left`.

    Shapes: left (n, d), right (m, d), seen (n, m); returns columns (n, k), scores (n, k).
    """
    n, m = left.shape[0], right.shape[0]
    columns = np.empty((n, k), dtype=np.int32)
    scores = np.empty((n, k), dtype=np.float32)
    if m == 0:
        return columns, scores
    for start, stop, block in score_blocks(left, right, seen=seen, block_bytes=block_bytes):
        columns[start:stop], scores[start:stop] = select(block, m, k)
    return columns, scores


def score_blocks(left, right, *, seen=None, block_bytes=16 << 20):
    """Compute all scores, block of rows by block of rows, in one buffer.

    Either side may be sparse, as histories and the weights between items are.

    Shapes: returns block (stop - start, padded m).
    """
    n, (m, d) = left.shape[0], right.shape
    padded = -(-m // _WIDTH) * _WIDTH
    is_sparse = sp.issparse(left) or sp.issparse(right)
    if is_sparse:
        transposed = right.T.tocsr() if sp.issparse(right) else np.ascontiguousarray(right.T)
    else:
        transposed = np.zeros((d, padded), dtype=np.float32)
        transposed[:, :m] = right.T
    rows = max(1, min(n, block_bytes // (4 * padded)))
    buffer = np.empty((rows, padded), dtype=np.float32)
    for start in range(0, n, rows):
        stop = min(start + rows, n)
        block = buffer[: stop - start]
        if is_sparse:
            product = left[start:stop] @ transposed
            block[:, :m] = product.toarray() if sp.issparse(product) else product
        else:
            np.matmul(left[start:stop], transposed, out=block)
        block[:, m:] = -np.inf
        if seen is not None:
            starts = seen.indptr[start : stop + 1]
            rows_of = np.repeat(np.arange(stop - start) * padded, np.diff(starts))
            block.ravel()[rows_of + seen.indices[starts[0] : starts[-1]]] = -np.inf
        yield start, stop, block


def inner(left, right):
    """Return the inner product of each row of `left` with that of `right`.

    Shapes: left, right (n, d); returns products (n,).
    """
    if sp.issparse(left) or sp.issparse(right):
        return np.asarray(sp.csr_matrix(left).multiply(right).sum(axis=1)).ravel()
    return np.einsum("ij,ij->i", left, right)


def select(block, m, k):
    """Return the k largest of each row of scores.

    Shapes: block (rows, padded); returns columns, scores (rows, k).
    """
    rows, padded = block.shape
    if padded // _WIDTH <= k:
        columns = _largest(block[:, :m], k)
        scores = np.take_along_axis(block, columns, axis=1)
        order = np.argsort(-scores, axis=1, kind="stable")
        return tuple(np.take_along_axis(found, order, axis=1) for found in (columns, scores))
    cut = block.reshape(rows, -1, _WIDTH)
    maxima = cut.max(axis=2)
    best = _largest(maxima, k)
    few = cut[np.arange(rows)[:, None], best].reshape(rows, k * _WIDTH)
    # The least of these maxima is a bar that k scores reach, and few more: only they are sorted.
    bar = np.take_along_axis(maxima, best, axis=1).min(axis=1, keepdims=True)
    row, at = np.divmod(np.flatnonzero(few >= bar), k * _WIDTH)
    scores = few[row, at]
    order = np.lexsort((-scores, row))
    chosen = order[np.searchsorted(row, np.arange(rows))[:, None] + np.arange(k)]
    at = at[chosen]
    columns = np.take_along_axis(best, at // _WIDTH, axis=1) * _WIDTH + at % _WIDTH
    return columns, scores[chosen]


def _largest(values, k):
    """Return where the k largest of each row are, in ascending order; of equal ones the first."""
    rows, n = values.shape
    # To part values costs a fifth of parting their places.
    bar = np.partition(values, n - k, axis=1)[:, n - k, None]
    where = np.flatnonzero(values >= bar)
    if len(where) > rows * k:
        above, ties = values > bar, values == bar
        room = k - above.sum(axis=1, keepdims=True)
        where = np.flatnonzero(above | (ties & (ties.cumsum(axis=1) <= room)))
    return where.reshape(rows, k) % n
