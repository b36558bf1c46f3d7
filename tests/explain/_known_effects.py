"""Models whose exact Shapley values are known, and scores of an explainer on them.

The columns of an explainer's sample are drawn independently from the background, so the truth is
an average over the background with each column shuffled by itself: for an additive model the mean
change that a row's value makes, for others all subsets of the columns that the model looks at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeRegressor


@dataclass
class KnownCase:
    """A model, its background, rows, and the columns that it looks at."""

    model: Callable[[pd.DataFrame], np.ndarray]
    background: pd.DataFrame
    rows: pd.DataFrame
    used: list[str]
    additive: bool = True

    def truth(self, seed: int = 99) -> tuple[pd.DataFrame, float]:
        """Return the effect of every value of every row, and the spread of the outputs."""
        rng = np.random.default_rng(seed)
        shuffled = self.background
        if len(shuffled) > 1:
            copies = [
                pd.DataFrame(
                    {c: X.to_numpy()[rng.permutation(len(X))] for c, X in shuffled.items()}
                )
                for _ in range(4 if not self.additive else 1)
            ]
            shuffled = pd.concat(copies, ignore_index=True).astype(self.background.dtypes)
        base = self.model(shuffled)
        effects = pd.DataFrame(0.0, index=range(len(self.rows)), columns=self.background.columns)
        spread = float(base.std() or np.std(self.model(self.rows)))

        def mean(columns: tuple[str, ...], row: int) -> float:
            mixed = shuffled.copy()
            for c in columns:
                value = self.rows[c].iloc[row]
                mixed[c] = pd.Series([value] * len(mixed), dtype=self.rows[c].dtype).to_numpy()
            return float(self.model(mixed).mean())

        for r in range(len(self.rows)):
            if self.additive:
                for c in self.used:
                    effects.loc[r, c] = mean((c,), r) - base.mean()
                continue
            value = {
                frozenset(s): mean(s, r)
                for n in range(len(self.used) + 1)
                for s in combinations(self.used, n)
            }
            d = len(self.used)
            for c in self.used:
                for s, before in value.items():
                    if c not in s:
                        share = factorial(len(s)) * factorial(d - len(s) - 1) / factorial(d)
                        effects.loc[r, c] += share * (value[s | {c}] - before)
        return effects, spread


def _normal(rng, n, d):
    return pd.DataFrame(rng.normal(size=(n, d)), columns=[f"x{j}" for j in range(d)])


def _linear(rng):
    slopes = np.array([3, -2, 1, 0.5, 0, 0])
    used = [f"x{j}" for j in range(4)]
    return KnownCase(
        lambda X: X.to_numpy() @ slopes, _normal(rng, 300, 6), _normal(rng, 12, 6), used
    )


def _flags(rng):
    """One rare flag is set in each row: it is the row's main reason."""
    names = [*(f"flag{j}" for j in range(30)), "a", "b"]
    slopes = np.r_[np.resize([4.0, -3, 5, -6], 30), 1, 0.5]

    def frame(flags):
        other = rng.normal(size=(len(flags), 2))
        return pd.DataFrame(np.hstack([flags, other]), columns=names)

    rows = np.eye(30)[rng.choice(30, 12, replace=False)]
    background = frame((rng.random((600, 30)) < 0.03) * 1.0)
    return KnownCase(lambda X: X.to_numpy(float) @ slopes, background, frame(rows), names)


def _steps(rng):
    def frame(n):
        age = rng.integers(18, 91, n).astype(float)
        return pd.DataFrame({"age": age, "z": rng.normal(size=n)})

    def model(X):
        old = 3.0 * (X["age"] >= 65) - 2.0 * (X["age"] >= 30) - 4.0 * (X["age"] >= 85)
        return (old + 0.5 * X["z"]).to_numpy()

    rows = frame(12).assign(age=np.resize([64.0, 66, 29, 31, 84, 86], 12))
    return KnownCase(model, frame(300), rows, ["age", "z"])


def _spike(rng):
    def frame(n):
        return pd.DataFrame({"x": rng.uniform(0, 100, n), "z": rng.normal(size=n)})

    rows = frame(12).assign(x=np.resize([38.0, 41, 42, 43, 46, 70], 12))
    return KnownCase(
        lambda X: (4.0 * X["x"].between(40, 44) + 0.5 * X["z"]).to_numpy(), frame(300), rows,
        ["x", "z"],
    )  # fmt: skip


def _zero_inflated(rng):
    def frame(n):
        gain = np.where(rng.random(n) < 0.9, 0, np.exp(rng.normal(9, 1.5, n))).round()
        return pd.DataFrame({"gain": gain, "z": rng.normal(size=n)})

    def model(X):
        gain = X["gain"]
        return np.where(gain == 0, 0.3, np.where(gain < 7000, -2.5, 5.0)) + 0.5 * X["z"].to_numpy()

    rows = frame(12).assign(gain=np.resize([0.0, 1500, 4000, 9000, 30000], 12))
    return KnownCase(model, frame(600), rows, ["gain", "z"])


def _levels(rng):
    """Words with rare levels, numbers and words with missing values."""
    share = np.arange(1, 61) ** -0.8
    effect = np.random.default_rng(5).normal(size=60) * 2

    def frame(n):
        city = [f"c{k}" for k in rng.choice(60, n, p=share / share.sum())]
        age = np.where(rng.random(n) < 0.15, np.nan, rng.uniform(18, 90, n))
        return pd.DataFrame({"city": pd.Series(city, dtype=object), "age": age})

    def model(X):
        city = X["city"].str[1:].astype(int).to_numpy()
        return effect[city] + np.where(X["age"].isna(), -2, 0.05 * X["age"].fillna(0))

    return KnownCase(model, frame(2000), frame(12), ["city", "age"])


def _date(rng):
    cut = pd.Timestamp("2020-03-15")

    def frame(n):
        days = pd.to_timedelta(rng.integers(0, 1500, n), unit="D")
        day = pd.Timestamp("2018-01-01") + days
        return pd.DataFrame({"day": day, "z": rng.normal(size=n)})

    rows = frame(10).assign(day=[cut + pd.Timedelta(days=k) for k in [-40, -3, 0, 3, 40] * 2])
    return KnownCase(
        lambda X: (3.0 * (X["day"] >= cut) + X["z"]).to_numpy(float), frame(300), rows, ["day", "z"]
    )


def _real(rng):
    n = 1500
    T = pd.DataFrame(
        {
            "age": rng.integers(18, 91, n).astype(float),
            "dose": rng.uniform(0, 10, n),
            "group": rng.integers(0, 4, n).astype(float),
            "u": rng.normal(size=n),
        }
    )
    grouped = np.where(T["group"] == 2, 2, 0) + 0.3 * T["dose"] * (T["group"] != 1)
    y = 3.0 * (T["age"] >= 65) + grouped + T["u"] + rng.normal(0, 0.3, n)
    return T, y.to_numpy()


def _boosting(rng):
    T, y = _real(rng)
    model = HistGradientBoostingRegressor(max_iter=60, random_state=0).fit(T, y)
    return KnownCase(model.predict, T[:300], T[300:308].reset_index(drop=True), list(T), False)


def _deep_tree(rng):
    T, y = _real(rng)
    model = DecisionTreeRegressor(max_depth=10, random_state=0).fit(T, y)
    return KnownCase(model.predict, T[:300], T[300:308].reset_index(drop=True), list(T), False)


def _probability(rng):
    T, y = _real(rng)
    model = HistGradientBoostingClassifier(max_iter=40, random_state=0).fit(T, y > np.median(y))
    rows = T[300:308].reset_index(drop=True)
    return KnownCase(lambda X: model.predict_proba(X)[:, 1], T[:300], rows, list(T), False)


def _saturated(rng):
    X = _normal(rng, 1500, 5)
    y = X.to_numpy() @ [5, -4, 3, 0, 0] + rng.logistic(size=1500) > 0
    model = LogisticRegression(C=100).fit(X, y)
    return KnownCase(
        lambda X: model.predict_proba(X)[:, 1], X[:300], _normal(rng, 12, 5), list(X), False
    )


def _together(function, used, d=5):
    def case(rng):
        return KnownCase(function, _normal(rng, 300, d), _normal(rng, 12, d), used, False)

    return case


def _beyond(rng):
    rows = _normal(rng, 12, 3).assign(x0=np.resize([6.0, -7.0], 12))
    return KnownCase(
        lambda X: (2 * X["x0"] + 3 * (X["x1"] > 0)).to_numpy(), _normal(rng, 300, 3), rows,
        ["x0", "x1"],
    )  # fmt: skip


def _constant(rng):
    rows = _normal(rng, 12, 3).assign(x0=np.resize([1.0, 3, -4], 12))
    background = _normal(rng, 300, 3).assign(x0=1.0)
    return KnownCase(lambda X: (2 * X["x0"] + X["x1"]).to_numpy(), background, rows, ["x0", "x1"])


def _one_row(rng):
    return KnownCase(
        lambda X: (2 * X["x0"] + X["x1"]).to_numpy(), _normal(rng, 1, 3), _normal(rng, 12, 3),
        ["x0", "x1"],
    )  # fmt: skip


CASES: dict[str, Any] = {
    "linear": _linear,
    "rare flags": _flags,
    "steps": _steps,
    "spike": _spike,
    "zero-inflated": _zero_inflated,
    "levels and missing": _levels,
    "date cut-off": _date,
    "boosting": _boosting,
    "deep tree": _deep_tree,
    "boosted probability": _probability,
    "saturated logistic": _saturated,
    "exclusive or": _together(lambda X: (2 * np.sign(X["x0"] * X["x1"])).to_numpy(), ["x0", "x1"]),
    "product": _together(lambda X: (X["x0"] * X["x1"] + X["x2"]).to_numpy(), ["x0", "x1", "x2"]),
    "three together": _together(
        lambda X: (np.sign(X["x0"] * X["x1"] * X["x2"]) + X["x3"]).to_numpy(),
        ["x0", "x1", "x2", "x3"],
    ),
    "beyond the background": _beyond,
    "constant column": _constant,
    "one row of background": _one_row,
}


def scores(explainer: Any, case: KnownCase) -> dict[str, np.ndarray]:
    """Explain a case's rows: errors in spreads of the output, one per column or per row."""
    truth, spread = case.truth()
    columns = list(truth.columns)
    effects = truth.to_numpy() / spread
    weight, error = np.full((2, *effects.shape), np.nan)
    found = explainer(case.model).fit(case.background).explain(case.rows)
    for i, item in enumerate(found):
        for f in item.features:
            weight[i, columns.index(f.feature)] = f.weight / spread
            error[i, columns.index(f.feature)] = f.std_error / spread
    shown, large = ~np.isnan(weight), np.abs(effects) > 0.05
    off = np.abs(np.nan_to_num(weight) - effects)
    rest = np.array([abs(item.rest) for item in found]) / spread
    noted = np.array([item.note is not None for item in found])
    main = np.abs(effects).argmax(axis=1)
    # A hundredth of the spread does not matter.
    held = np.abs(weight - effects) <= 1.96 * error + 0.01
    return {
        "wrong sign": (weight * effects < 0)[large & shown],
        "error": off[shown | large],
        "main reason shown": shown[np.arange(len(main)), main],
        "held": held[shown],
        "held, large": held[shown & large],
        "width": 1.96 * error[shown & large],
        "silent gap": (rest > 0.1) & ~noted,
        "quietly wrong": (off.max(axis=1) > 0.25) & ~noted,
        "cried wolf": (off.max(axis=1) < 0.1) & noted,
    }
