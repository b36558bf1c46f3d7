"""Small boosted trees whose Shapley values are known in closed form.

Every tree asks at most three yes-or-no questions, the same ones in all its branches, so it has
eight leaves, and a row is one of eight cases to it. Columns are drawn independently: what a tree
says on average when only some of its questions are answered is a sum over the leaves, and the
Shapley values of all eight cases are worked out once. A row's weights are then look-ups.
"""

from dataclasses import dataclass

import numpy as np

#: Values are compared by codes of one byte, see `Space`.
N_CODES = 256
MISSING = 254
#: Columns are first compared by so many coarser codes; the best column then by all.
N_COARSE = 32
DEPTH = 3
RATE = 0.5
MAX_TREES = 30
#: Trees that may fail to help the rows held out, before growing ends.
PATIENCE = 8
#: Rows that a side of a split must have, and by how many a leaf's mean is drawn to 0.
MIN_ROWS = 8
SHRINKAGE = 4.0

#: How many pairs and triples of columns are tried as first questions, and for how many columns
#: they are looked for.
SEEDS = 8
#: After so many trees at most, first questions that lost are tried again.
MOST_PATIENCE = 4
MOST_FOR_PAIRS = 256
MOST_FOR_TRIPLES = 32

#: Up to so many rows are answered all at once.
FEW_ROWS = 32

_LEAF = np.arange(2**DEPTH)
_BIT = 1 << np.arange(DEPTH)
#: For each set of questions, given as bits: leaves that agree on all others, and on those.
_OTHERS_AGREE = np.array([((_LEAF[:, None] ^ _LEAF) & ~m & 7) == 0 for m in _LEAF]).astype(float)
_THESE_AGREE = np.array([((_LEAF[:, None] ^ _LEAF) & m) == 0 for m in _LEAF]).astype(float)
PAIRS = ((0, 1), (0, 2), (1, 2))


@dataclass
class Trees:
    """Trees of three questions each.

    Shapes: columns (n_trees, 3), yes (n_trees, 3, 256) tells for which codes the answer is yes,
    values (n_trees, 8), shares (n_trees, 8) is how much of the sample a leaf has.
    """

    columns: np.ndarray
    yes: np.ndarray
    values: np.ndarray
    shares: np.ndarray

    @classmethod
    def none(cls) -> "Trees":
        """Return no trees at all."""
        return cls(
            np.zeros((0, DEPTH), np.intp),
            np.zeros((0, DEPTH, N_CODES), bool),
            np.zeros((0, 2**DEPTH)),
            np.zeros((0, 2**DEPTH)),
        )

    def __len__(self) -> int:
        return len(self.values)

    def leaves(self, codes: np.ndarray) -> np.ndarray:
        """Return the leaf of every row in every tree, shape (n_trees, n)."""
        if len(codes) <= FEW_ROWS:
            return (self._answers(codes) @ _BIT).T
        # For many rows, a question at a time: a tenth of the time (bench_explain.py, cold).
        by_column = np.ascontiguousarray(codes.T)
        out = np.zeros((len(self), len(codes)), np.uint8)
        for level in range(DEPTH):
            for t, j in enumerate(self.columns[:, level].tolist()):
                out[t] |= self.yes[t, level].view(np.uint8)[by_column[j]] << level
        return out

    def _answers(self, codes: np.ndarray) -> np.ndarray:
        """Return the answers to all questions, shape (n, n_trees, 3)."""
        tree, question = np.arange(len(self))[:, None], np.arange(DEPTH)
        return self.yes[tree, question, codes[:, self.columns]]

    def added(
        self, codes: np.ndarray, starts: np.ndarray, mover: np.ndarray, places: np.ndarray
    ) -> np.ndarray:
        """Return what movers add to the trees' sum, on paths from rows to one row.

        Shapes: codes (d,), starts (n, d), mover (n_trees, 3) is whose answer each is, places (n,
        n_movers) when each mover moves; returns added (n, n_movers).
        """
        n, n_movers = places.shape
        first = self._answers(starts)
        change = (first ^ self._answers(codes[None])) * _BIT
        order = np.argsort(places[:, mover], axis=2, kind="stable")
        turned = np.bitwise_xor.accumulate(np.take_along_axis(change, order, axis=2), axis=2)
        leaves = (first @ _BIT)[:, :, None]
        leaves = np.concatenate([leaves, leaves ^ turned], axis=2)
        gains = np.diff(self.values[np.arange(len(self))[:, None], leaves], axis=2)
        whose = np.take_along_axis(np.broadcast_to(mover, order.shape), order, axis=2)
        whose = whose + np.arange(n)[:, None, None] * n_movers
        return np.bincount(whose.ravel(), gains.ravel(), n * n_movers).reshape(n, n_movers)

    def predict(self, codes: np.ndarray) -> np.ndarray:
        """Return the sum of the trees' values, shape (n,)."""
        if not len(self):
            return np.zeros(len(codes))
        return self.values[np.arange(len(self))[:, None], self.leaves(codes)].sum(axis=0)

    def tables(self, player: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return each tree's mean, and each leaf's Shapley values and effects of pairs.

        Shapes: player (d,) is whose column each is; returns (n_trees,) and two (n_trees, 8, 3),
        one per question, and one per pair of questions 0 and 1, 0 and 2, 1 and 2.
        """
        whose = player[self.columns]
        same = whose[:, :, None] == whose[:, None, :]
        mask = same @ _BIT
        # The second question about the same player is part of the first.
        again = np.tril(same, -1).any(axis=2)
        law = np.einsum("tk,tskl->tsl", self.shares, _THESE_AGREE[mask])
        average = _OTHERS_AGREE[mask] * law[:, :, None, :]
        average[again] = np.eye(2**DEPTH)
        unknown: dict[int, np.ndarray] = {0: self.values}  # by the questions not answered
        for m in range(1, 2**DEPTH):
            s = int(m).bit_length() - 1
            before = unknown[m & ~(1 << s)]
            unknown[m] = (average[:, s] @ before[:, :, None])[:, :, 0]
        v = {7 & ~m: value for m, value in unknown.items()}  # by those answered
        alone = [v[1 << s] - v[0] for s in range(DEPTH)]
        pairs = [v[(1 << a) | (1 << b)] - v[1 << a] - v[1 << b] + v[0] for a, b in PAIRS]
        triple = v[7] - v[0] - sum(alone) - sum(pairs)
        shapley = [
            alone[s] + sum(p for p, ends in zip(pairs, PAIRS, strict=True) if s in ends) / 2
            + triple / 3
            for s in range(DEPTH)
        ]  # fmt: skip
        joint = [pair + triple / 3 for pair in pairs]
        return v[0][:, 0], np.stack(shapley, axis=2), np.stack(joint, axis=2)


class Grower:
    """Grows trees on what an additive model leaves of a sample's outputs.

    Shapes: codes (n, d), ordered (d,) tells whose codes are in order.
    """

    def __init__(self, codes: np.ndarray, ordered: np.ndarray):
        self.codes = np.ascontiguousarray(codes.T)  # (d, n)
        d = len(self.codes)
        self.ordered = ordered
        self.coarse = np.stack([_coarsen(c, o) for c, o in zip(self.codes, ordered, strict=True)])
        places = np.take_along_axis(self.coarse, self.codes.astype(np.intp), axis=1)
        self.places = places + np.arange(d)[:, None] * N_COARSE
        #: The codes of each column's upper half, and which rows have those: of mean 0, variance 1.
        self.half_codes = np.stack([_half(c, o) for c, o in zip(self.codes, ordered, strict=True)])
        halves = np.take_along_axis(self.half_codes, self.codes.astype(np.intp), axis=1)
        halves = halves - halves.mean(axis=1, keepdims=True)
        spread = halves.std(axis=1, keepdims=True)
        self.halves = (halves / np.where(spread > 0, spread, 1)).astype(np.float32)

    def grow(self, left: np.ndarray, held: np.ndarray, enough: float) -> Trees:
        """Grow trees until those rows that are held out are not followed better, or well enough.

        Shapes: left (n,), held (n,); `enough` is a mean squared error.
        """
        left = left.copy()
        train = np.flatnonzero(~held)
        # Splits are looked for on half of the rows, in turn: bench_explain.py, cold.
        halves = [train[turn::2] for turn in range(2)]
        places = [np.ascontiguousarray(self.places[:, half]) for half in halves]
        counts = [_counts(p, np.zeros(p.shape[1], np.intp), 1)[0] for p in places]
        codes = [np.ascontiguousarray(self.codes[:, half]) for half in halves]
        if (left[train] ** 2).mean() <= enough:
            return Trees.none()
        seeds = self._seeds(left[train], train)
        columns: list[list[int]] = []
        yes: list[list[np.ndarray]] = []
        values: list[np.ndarray] = []
        shares: list[np.ndarray] = []
        best, best_size = (left[held] ** 2).sum(), 0
        next_seed, patience = 0, 1
        floor = enough * held.sum()
        while len(values) < MAX_TREES and len(values) - best_size < PATIENCE and best > floor:
            turn = len(values) % 2
            half, mine = codes[turn], left[halves[turn]]
            tree = self._greedy(places[turn], counts[turn], half, mine, [])
            if len(values) >= next_seed:
                # One that loses is tried again later: bench_explain.py, cold.
                patience = min(2 * patience, MOST_PATIENCE)
                for seed in self._strongest(seeds, mine, halves[turn]):
                    other = self._greedy(places[turn], counts[turn], half, mine, seed)
                    other = self._polished(half, mine, other)
                    if tree is None or other.gain > tree.gain:
                        tree, patience = other, 1
                next_seed = len(values) + patience
            if tree is None:
                break
            leaf = tree.leaves(self.codes)
            value = RATE * _Tree.of(tree.questions, leaf[train], left[train]).means
            left -= value[leaf]
            columns.append([j for j, _ in tree.questions])
            yes.append([answer for _, answer in tree.questions])
            values.append(value)
            shares.append(np.bincount(leaf, minlength=2**DEPTH) / len(leaf))
            error = (left[held] ** 2).sum()
            if error < best * (1 - 1e-4):
                best, best_size = error, len(values)
        if not best_size:
            return Trees.none()
        kept = slice(best_size)
        return Trees(*(np.array(part[kept]) for part in (columns, yes, values, shares)))

    def _seeds(self, left, train):
        """Return pairs and triples of columns whose halves together follow what is left.

        A split that explains nothing by itself is never the best one, and may still be the first
        of a pair or three that explain a lot (`x * y`): those are looked for here.
        """
        halves, n = self.halves[:, train], len(train)
        d = len(halves)
        if d < 2 or d > MOST_FOR_PAIRS or not left.std() > 0:
            return []
        noise = float(n)
        weighted = (halves * (left / left.std())).astype(np.float32)
        first, second = np.triu_indices(d, 1)
        strength = (weighted @ halves.T)[first, second] ** 2 / noise
        found = [(s, (a, b)) for s, a, b in _largest(strength, SEEDS, first, second)]
        if 2 < d <= MOST_FOR_TRIPLES:
            triple = (weighted[first] * halves[second]) @ halves.T  # (n_pairs, d)
            pair, third = np.nonzero(second[:, None] < np.arange(d))
            strength = triple[pair, third] ** 2 / noise
            names = first[pair], second[pair], third
            found += [(s, tuple(ends)) for s, *ends in _largest(strength, SEEDS, *names)]
        return [columns for _, columns in sorted(found, reverse=True)[:SEEDS]]

    def _strongest(self, seeds, left, train):
        """Return the questions of the seed that follows best what is left now."""
        if not seeds:
            return []
        strength = [
            abs(np.prod([self.halves[j, train] for j in seed], axis=0) @ left) for seed in seeds
        ]
        return [[(int(j), self.half_codes[j]) for j in seeds[int(np.argmax(strength))]]]

    def _greedy(self, places, counts, codes, left, questions):
        """Grow one tree: what is asked already, and then the best split, again and again.

        Shapes: places, codes (d, n), counts (d, N_COARSE) is how often each place is there.
        """
        questions = list(questions)
        node = _leaves(questions, codes)
        found = None
        if not questions:
            found = _sums(places, left, node, 1), counts[None]
        while len(questions) < DEPTH:
            n_nodes = 1 << len(questions)
            if found is None:
                found = _sums(places, left, node, n_nodes), _counts(places, node, n_nodes)
            j = int(self._gains(*found, self.ordered)[0].max(axis=1).argmax())
            answer = self._split(codes, left, node, n_nodes, j)
            if answer is None:
                if not questions:
                    return None
                # The same question with one answer splits nothing.
                questions.append((questions[0][0], np.zeros(N_CODES, bool)))
                found = None
                continue
            yes = answer[codes[j]]
            questions.append((j, answer))
            if len(questions) < DEPTH:
                # The smaller side is counted, the other is what is left: bench_explain.py, cold.
                is_few = 2 * np.count_nonzero(yes) <= len(yes)
                few = np.flatnonzero(yes if is_few else ~yes)
                some, nodes = places.take(few, axis=1), node[few]
                parts = _sums(some, left[few], nodes, n_nodes), _counts(some, nodes, n_nodes)
                found = tuple(
                    np.concatenate([all_ - part, part] if is_few else [part, all_ - part])
                    for all_, part in zip(found, parts, strict=True)
                )
            node = node + (yes.astype(np.intp) << (len(questions) - 1))
        return _Tree.of(questions, node, left)

    def _split(self, codes, left, node, n_nodes, j):
        """Return the codes of a column for which the best split of all nodes says yes."""
        where = codes[j] + node * N_CODES
        sums = np.bincount(where, left, N_CODES * n_nodes).reshape(n_nodes, 1, N_CODES)
        counts = np.bincount(where, minlength=N_CODES * n_nodes).reshape(sums.shape)
        gains, order = self._gains(sums, counts, self.ordered[j : j + 1])
        cut = int(gains[0].argmax())
        if not gains[0, cut] > 0:
            return None
        answer = np.zeros(N_CODES, bool)
        answer[cut + 1 :] = True
        if order is not None:
            answer[order[0]] = answer.copy()
        return answer

    def _polished(self, codes, left, tree):
        """Move each split to where it is best beside the other two."""
        questions = list(tree.questions)
        for s in range(DEPTH):
            others = [question for i, question in enumerate(questions) if i != s]
            node = _leaves(others, codes)
            answer = self._split(codes, left, node, 1 << len(others), questions[s][0])
            if answer is not None:
                questions[s] = (questions[s][0], answer)
        return _Tree.of(questions, _leaves(questions, codes), left)

    @staticmethod
    def _gains(sums, counts, ordered):
        """Return what each split explains, and the order of the codes if it is not their own.

        Shapes: sums (n_nodes, d, n_codes); returns gains (d, n_codes - 1), order (d, n_codes).
        """
        order = None
        if not ordered.all():
            # Levels have no order but that of their means where those differ most.
            means = sums / (counts + SHRINKAGE)
            node = (means * sums).sum(axis=2).argmax(axis=0)
            loose = np.flatnonzero(~ordered)
            order = np.tile(np.arange(sums.shape[2]), (sums.shape[1], 1))
            order[loose] = np.argsort(means[node[loose], loose], axis=1, kind="stable")
            sums = np.take_along_axis(sums, order[None], axis=2)
            counts = np.take_along_axis(counts, order[None], axis=2)
        sums, counts = sums.cumsum(axis=2), counts.cumsum(axis=2)
        low, n_low = sums[:, :, :-1], counts[:, :, :-1]
        # All columns have the same rows in a node, so the same totals.
        total, n_rows = sums[:, :1, -1:], counts[:, :1, -1:]
        high, n_high = total - low, n_rows - n_low
        gain = low**2 / (n_low + SHRINKAGE)
        gain += high**2 / (n_high + SHRINKAGE)
        gain = gain.sum(axis=0) - (total**2 / (n_rows + SHRINKAGE)).sum()
        n_low = n_low.sum(axis=0)
        gain[(n_low < MIN_ROWS) | (n_low > n_rows.sum() - MIN_ROWS)] = -1.0
        return gain, order


@dataclass
class _Tree:
    """One tree while it grows.

    Shapes: means (8,) are those of its leaves; `gain` is what they explain.
    """

    questions: list[tuple[int, np.ndarray]]
    means: np.ndarray
    gain: float

    @classmethod
    def of(cls, questions, leaf, left):
        """Take the means of the leaves."""
        total = np.bincount(leaf, left, 2**DEPTH)
        means = total / (np.bincount(leaf, minlength=2**DEPTH) + SHRINKAGE)
        return cls(questions, means, float(total @ means))

    def leaves(self, codes):
        """Return the leaf of every row."""
        return _leaves(self.questions, codes)


def _sums(places, left, node, n_nodes):
    """Return the sum of each node's rows at each place.

    Shapes: places (d, n), left, node (n,); returns sums (n_nodes, d, N_COARSE).
    """
    d, n = places.shape
    size = d * N_COARSE
    where = (places + node * size).ravel() if n_nodes > 1 else places.ravel()
    sums = np.bincount(where, np.broadcast_to(left, (d, n)).ravel(), size * n_nodes)
    return sums.reshape(n_nodes, d, N_COARSE)


def _counts(places, node, n_nodes):
    """Return the number of each node's rows at each place."""
    size = len(places) * N_COARSE
    where = (places + node * size).ravel() if n_nodes > 1 else places.ravel()
    return np.bincount(where, minlength=size * n_nodes).reshape(n_nodes, -1, N_COARSE)


def _leaves(questions, codes):
    """Return which case of some questions every row is.

    Shapes: codes (d, n).
    """
    leaf = np.zeros(codes.shape[1], np.intp)
    for level, (j, answer) in enumerate(questions):
        leaf += answer[codes[j]].astype(np.intp) << level
    return leaf


def _largest(strength, n, *names):
    """Return the largest strengths above what noise would reach, each with its names."""
    limit = 2 * np.log(max(len(strength), 2)) + 4
    order = np.argsort(-strength, kind="stable")[:n]
    return [(strength[i], *(int(name[i]) for name in names)) for i in order if strength[i] > limit]


def _half(codes, ordered):
    """Return the codes of a column's upper half, or of its most frequent level."""
    counts = np.bincount(codes, minlength=N_CODES)
    if not ordered:
        return np.arange(N_CODES) == counts.argmax()
    return counts.cumsum() - counts / 2 > counts.sum() / 2


def _coarsen(codes: np.ndarray, ordered: bool) -> np.ndarray:
    """Return a coarser code for every code: ranges of equal shares, or the frequent levels."""
    counts = np.bincount(codes, minlength=N_CODES)
    if ordered:
        counts[MISSING] = 0
        middle = (counts.cumsum() - counts / 2) / max(counts.sum(), 1)
        coarse = np.minimum((middle * (N_COARSE - 1)).astype(np.intp), N_COARSE - 2)
        coarse[MISSING:] = N_COARSE - 1
        return coarse
    rank = np.argsort(np.argsort(-counts, kind="stable"), kind="stable")
    return np.minimum(rank, N_COARSE - 1)
