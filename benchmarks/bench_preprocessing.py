"""skcook.preprocessing against its peers: CPU seconds, memory, and the same results.

    python benchmarks/bench_preprocessing.py                  # 1,000,000 rows, all groups
    python benchmarks/bench_preprocessing.py --smoke          # 20,000 rows, once
    python benchmarks/bench_preprocessing.py --groups ordinal target

Each group is a function that yields `Case`s and is listed in `GROUPS`. A case names the call to
measure, its peers, and the data; every call runs in a process of its own. The outputs of those
peers that should agree are compared with ours, value by value.

The parent process touches no frame: a process that is forked from one in which polars has run
hangs. So the data is made by a child, kept as files, and read by the children that measure.
"""

# ruff: noqa: E402

import argparse
import os
import pickle
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Before numpy and polars are imported: one thread each, so that CPU seconds compare.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np
import pandas as pd
import polars as pl
from _harness import Measurement, measure, print_machine, print_rows
from scipy import sparse

OURS = "skcook"


@dataclass(frozen=True)
class Case:
    """One comparison: our call and its peers', on the same data.

    Parameters
    ----------
    title : str
        What is done, and on what.
    data : callable
        Reads the data, which is handed to each call.
    calls : dict of str to callable
        By name; `OURS` is ours.
    reach : float or None
        The ratio to reach against the first peer.
    same : tuple of str
        The peers whose output must be ours.
    tolerance : float
        By how much it may differ.
    values : callable
        Reduces an output to an array of what is compared; None takes it whole.
    head : callable
        Cuts the data to a few rows, for the call that warms up.
    """

    title: str
    data: Callable[[], Any]
    calls: dict[str, Callable[[Any], Any]]
    reach: float | None = None
    same: tuple[str, ...] = ()
    tolerance: float = 0.0
    values: Callable[[Any], np.ndarray] | None = None
    head: Callable[[Any], Any] = field(default=lambda data: data[:3000])


def as_array(out: Any) -> np.ndarray:
    """Return an output as an array: of a sparse one, the places and values of its entries."""
    if sparse.issparse(out):
        out = out.tocsr()
        out.sort_indices()
        return np.concatenate([out.indptr, out.indices, out.data])
    if isinstance(out, pl.DataFrame):
        return out.to_numpy()
    return np.asarray(out)


def difference(got: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest absolute difference; infinite where something else differs."""
    if got.shape != expected.shape:
        return np.inf
    if got.dtype == object or expected.dtype == object:
        both_missing = pd.isna(got) & pd.isna(expected)
        return 0.0 if bool(((got == expected) | both_missing).all()) else np.inf
    if not np.array_equal(np.isnan(got), np.isnan(expected)):
        return np.inf
    return float(np.nanmax(np.abs(got - expected), initial=0.0))


def run(case: Case, n_rows: int, repeats: int) -> bool:
    """Measure a case and print it; tell whether all outputs agreed."""
    rows: dict[str, Measurement | str] = {}
    results = {}
    for name, call in case.calls.items():
        keeps = name == OURS or name in case.same
        rows[name] = measure(
            call,
            setup=case.data,
            warm=lambda data, call=call: call(case.head(data)),
            digest=(case.values or as_array) if keeps else None,
            repeats=repeats,
        )
        if keeps and isinstance(rows[name], Measurement):
            results[name] = rows[name].result
    print_rows(case.title, OURS, rows)
    agreed = OURS in results
    for name in case.same:
        if name not in results or not agreed:
            print(f"  !! {name} could not be compared")
            agreed = False
            continue
        gap = difference(results[OURS], results[name])
        agreed &= gap <= case.tolerance
        print(
            f"  {'same output' if gap <= case.tolerance else '!! OTHER OUTPUT'} as {name}: "
            f"largest difference {gap:.1e}, allowed {case.tolerance:.0e}"
        )
    if case.reach is not None and n_rows >= 1_000_000:  # what the targets are set for
        peer = rows[next(name for name in rows if name != OURS)]
        if isinstance(peer, Measurement) and isinstance(rows[OURS], Measurement):
            ratio = peer.cpu / max(rows[OURS].cpu, 1e-9)
            print(
                f"  {'reached' if ratio >= case.reach else '!! MISSED'}: {ratio:.1f}x less CPU "
                f"than {peer_name(rows)}; target {case.reach:g}x"
            )
    return agreed


def peer_name(rows: dict[str, Any]) -> str:
    return next(name for name in rows if name != OURS)


def categories(n_rows: int) -> pl.DataFrame:
    """Make five columns of 10 to 10,000 strings each, the common ones first; 2 % are missing."""
    rng = np.random.default_rng(0)
    columns = {}
    for n_levels in (10, 100, 1_000, 5_000, 10_000):
        levels = np.array([f"cat{n_levels}_level_{k:05d}" for k in rng.permutation(n_levels)])
        shares = 1 / np.arange(1, n_levels + 1) ** 0.8
        codes = rng.choice(n_levels, size=n_rows, p=shares / shares.sum())
        missing = pl.Series(rng.random(n_rows) < 0.02)
        column = pl.Series(levels)[codes.tolist()]
        columns[f"c{n_levels}"] = column.zip_with(~missing, pl.Series([None], dtype=pl.String))
    return pl.DataFrame(columns)


def containers(n_rows: int) -> dict[str, Any]:
    """Return the same strings in every container."""
    in_polars = categories(n_rows)
    in_pandas = pd.DataFrame(
        {c: pd.Series(in_polars[c].to_list(), dtype="str") for c in in_polars.columns}
    )
    return {
        "pandas str": in_pandas,
        "polars String": in_polars,
        "pandas category": in_pandas.astype("category"),
        "pandas object": in_pandas.astype(object),
        "polars Categorical": in_polars.with_columns(pl.all().cast(pl.Categorical)),
        "numpy object": in_pandas.to_numpy(dtype=object),
    }


CONTAINERS = (
    "pandas str",
    "polars String",
    "pandas category",
    "pandas object",
    "polars Categorical",
    "numpy object",
)


def store(folder: Path, n_rows: int) -> None:
    """Write each container to a file."""
    for name, X in containers(n_rows).items():
        (folder / name).write_bytes(pickle.dumps(X))


def stored(name: str) -> Any:
    """Read a container; to be called in a child."""
    return pickle.loads((Path(os.environ["BENCH_DATA"]) / name).read_bytes())


def target(n_rows: int) -> np.ndarray:
    """Return a target of two classes."""
    return (np.random.default_rng(1).random(n_rows) < 0.3).astype(int)


def ordinal(n_rows: int) -> Iterator[Case]:
    """Codes of categories. scikit-learn gives a polars null a code of its own."""
    from sklearn import preprocessing as peer

    from skcook.preprocessing import OrdinalEncoder

    reach = {"pandas str": 10, "polars String": 5, "pandas category": 30, "pandas object": 1.3}
    for name in CONTAINERS:
        calls = {
            OURS: lambda X: OrdinalEncoder().fit_transform(X),
            "scikit-learn": lambda X: peer.OrdinalEncoder().fit_transform(X),
        }
        if name in ("pandas str", "polars String"):
            calls["skrub ToCategorical (no codes)"] = skrub_to_categorical
        if name == "pandas str":
            calls["feature-engine"] = feature_engine_ordinal
            calls["category-encoders"] = category_encoders_ordinal
        yield Case(
            f"OrdinalEncoder.fit_transform, {name}",
            lambda name=name: stored(name),
            calls,
            reach=reach.get(name),
            same=("scikit-learn",),
            values=codes_of_strings,
        )


def codes_of_strings(out: Any) -> np.ndarray:
    """Return codes with NaN for missing values, to which scikit-learn gives the last code.

    It does so for polars alone; each column of the data has missing values.
    """
    values = np.array(as_array(out), dtype=float)
    for column in values.T:
        if not np.isnan(column).any():
            column[column == column.max()] = np.nan
    return values


def ordinal_transform(n_rows: int) -> Iterator[Case]:
    """Codes of new rows, by fitted encoders."""
    from sklearn import preprocessing as peer

    from skcook.preprocessing import OrdinalEncoder

    for name in CONTAINERS[:-1]:
        yield Case(
            f"OrdinalEncoder.transform, {name}",
            lambda name=name: (
                X := stored(name),
                OrdinalEncoder().fit(X),
                peer.OrdinalEncoder().fit(X),
            ),
            {
                OURS: lambda data: data[1].transform(data[0]),
                "scikit-learn": lambda data: data[2].transform(data[0]),
            },
            same=("scikit-learn",),
            values=codes_of_strings,
            head=lambda data: (data[0][:3000], *data[1:]),
        )


def target_encoding(n_rows: int) -> Iterator[Case]:
    """Cross-fitted means of the target, five folds."""
    from sklearn import preprocessing as peer
    from sklearn.model_selection import KFold, StratifiedKFold

    from skcook.preprocessing import TargetEncoder

    y = target(n_rows)
    cv = StratifiedKFold(5, shuffle=True, random_state=0)
    reach = {"pandas str": 6, "polars String": 5}
    for name in CONTAINERS[:-1]:
        calls = {
            OURS: lambda X: TargetEncoder(cv=cv).fit_transform(X, y[: len(X)]),
            "scikit-learn": lambda X: peer.TargetEncoder(cv=cv).fit_transform(X, y[: len(X)]),
        }
        if name == "pandas str":
            calls["feature-engine (not cross-fitted)"] = lambda X: feature_engine_mean(X, y)
            calls["category-encoders (not cross-fitted)"] = lambda X: category_encoders_target(X, y)
        yield Case(
            f"TargetEncoder(cv=5).fit_transform, {name}",
            lambda name=name: stored(name),
            calls,
            reach=reach.get(name),
            same=("scikit-learn",),
            tolerance=1e-12,
        )
    lognormal = np.random.default_rng(2).lognormal(size=n_rows)
    folds = KFold(5, shuffle=True, random_state=0)
    yield Case(
        "TargetEncoder(cv=5).fit_transform, pandas str, continuous target",
        lambda: stored("pandas str"),
        {
            OURS: lambda X: TargetEncoder(cv=folds).fit_transform(X, lognormal[: len(X)]),
            "scikit-learn": lambda X: peer.TargetEncoder(cv=folds).fit_transform(
                X, lognormal[: len(X)]
            ),
        },
        same=("scikit-learn",),
        tolerance=1e-12,
    )


def count(n_rows: int) -> Iterator[Case]:
    """Counts of categories. feature-engine and category-encoders take pandas only."""
    from skcook.preprocessing import CountEncoder

    yield Case(
        "CountEncoder.fit_transform, pandas str, nothing missing",
        lambda: stored("pandas str").fillna("missing"),
        {
            OURS: lambda X: CountEncoder().fit_transform(X),
            "feature-engine": feature_engine_count,
            "category-encoders": category_encoders_count,
        },
        reach=8,
        same=("feature-engine", "category-encoders"),
    )
    yield Case(
        "CountEncoder.fit_transform, polars String",
        lambda: stored("polars String"),
        {
            OURS: lambda X: CountEncoder().fit_transform(X),
            "polars len().over()": lambda X: X.select(pl.len().over(c).alias(c) for c in X.columns),
        },
        same=("polars len().over()",),
    )


def one_hot(n_rows: int) -> Iterator[Case]:
    """Sparse columns of zeros and ones: one for each of 16,115 categories."""
    from sklearn import preprocessing as peer

    from skcook.preprocessing import OneHotEncoder

    for name in CONTAINERS[:4]:
        yield Case(
            f"OneHotEncoder.fit_transform, sparse, {name}",
            lambda name=name: stored(name),
            {
                OURS: lambda X: OneHotEncoder().fit_transform(X),
                "scikit-learn": lambda X: peer.OneHotEncoder().fit_transform(X),
            },
            reach=6 if name == "pandas str" else None,
            same=("scikit-learn",),
        )
    yield Case(
        "OneHotEncoder(sparse_output=False).fit_transform, pandas str, 112 columns",
        lambda: stored("pandas str")[["c10", "c100"]],
        {
            OURS: lambda X: OneHotEncoder(sparse_output=False, dtype=np.int8).fit_transform(X),
            "scikit-learn": lambda X: peer.OneHotEncoder(
                sparse_output=False, dtype=np.int8
            ).fit_transform(X),
            "pandas get_dummies": lambda X: pd.get_dummies(X, dummy_na=True, dtype=np.int8),
        },
        same=("scikit-learn", "pandas get_dummies"),
    )


def skrub_to_categorical(X):
    import skrub

    return skrub.ApplyToCols(skrub.ToCategorical()).fit_transform(X)


def feature_engine_ordinal(X):
    from feature_engine.encoding import OrdinalEncoder

    encoder = OrdinalEncoder(encoding_method="arbitrary", missing_values="ignore")
    return encoder.fit_transform(X)


def feature_engine_mean(X, y):
    from feature_engine.encoding import MeanEncoder

    return MeanEncoder(missing_values="ignore").fit_transform(X, pd.Series(y[: len(X)]))


def feature_engine_count(X):
    from feature_engine.encoding import CountFrequencyEncoder

    return CountFrequencyEncoder().fit_transform(X)


def category_encoders_ordinal(X):
    from category_encoders import OrdinalEncoder

    return OrdinalEncoder().fit_transform(X)


def category_encoders_target(X, y):
    from category_encoders import TargetEncoder

    return TargetEncoder().fit_transform(X, y[: len(X)])


def category_encoders_count(X):
    from category_encoders import CountEncoder

    return CountEncoder().fit_transform(X)


def numbers(n_rows: int) -> pd.DataFrame:
    """Make five columns of numbers, a tenth of them missing."""
    rng = np.random.default_rng(3)
    values = rng.normal(size=(n_rows, 5))
    values[rng.random(values.shape) < 0.1] = np.nan
    return pd.DataFrame(values, columns=list("abcde"))


def dates(n_rows: int) -> pd.DataFrame:
    """Make a column of times written as strings."""
    seconds = np.random.default_rng(4).integers(1.4e9, 1.7e9, n_rows).astype("datetime64[s]")
    texts = np.char.replace(np.datetime_as_string(seconds), "T", " ")
    return pd.DataFrame({"d": pd.Series(texts, dtype="str")})


def impute(n_rows: int) -> Iterator[Case]:
    """Missing values. scikit-learn fills a polars null only if told that it is missing."""
    from sklearn.impute import SimpleImputer

    from skcook.preprocessing import CategoricalImputer, NumericImputer

    for name in ("pandas str", "polars String", "pandas category"):
        container, missing = name.split()[0], None if name.startswith("polars") else np.nan
        peer = SimpleImputer(strategy="most_frequent", missing_values=missing)
        peer.set_output(transform=container)
        yield Case(
            f"CategoricalImputer().fit_transform, {name}",
            lambda name=name: stored(name),
            {
                OURS: lambda X: CategoricalImputer().fit_transform(X),
                "scikit-learn": lambda X, peer=peer: peer.fit_transform(X),
            },
            reach=8 if name == "pandas str" else None,
            same=("scikit-learn",),
            values=lambda out: as_array(out).astype(object),
        )
    for container in ("pandas", "polars"):
        for strategy in ("median", "mean", "most_frequent"):
            peer = SimpleImputer(strategy=strategy).set_output(transform=container)
            calls = {
                OURS: lambda X, s=strategy: NumericImputer(s).fit_transform(X),
                "scikit-learn": lambda X, peer=peer: peer.fit_transform(X),
            }
            if container == "pandas" and strategy != "most_frequent":
                calls["feature-engine"] = lambda X, s=strategy: feature_engine_impute(X, s)
            yield Case(
                f"NumericImputer({strategy!r}).fit_transform, {container}",
                lambda c=container: (
                    numbers(n_rows)
                    if c == "pandas"
                    else pl.DataFrame(
                        {k: pl.Series(v, nan_to_null=True) for k, v in numbers(n_rows).items()}
                    )
                ),
                calls,
                reach=6 if strategy == "median" else None,
                same=tuple(calls)[1:],
                tolerance=1e-12,
            )


def date_features(n_rows: int) -> Iterator[Case]:
    """Nine features of times written as strings; skrub makes nine others."""
    from skcook.preprocessing import DateFeatures

    for container in ("pandas", "polars"):
        calls = {
            OURS: lambda X: DateFeatures().fit_transform(X),
            "skrub": skrub_dates,
        }
        if container == "pandas":
            calls["feature-engine"] = feature_engine_dates
        yield Case(
            f"DateFeatures().fit_transform, {container}",
            lambda c=container: (
                dates(n_rows) if c == "pandas" else pl.DataFrame({"d": dates(n_rows)["d"].tolist()})
            ),
            calls,
            reach=1,
            same=("skrub",),
            values=lambda out: as_array(out[["d_year", "d_month", "d_day", "d_hour"]]),
        )


def drop_constant(n_rows: int) -> Iterator[Case]:
    """Ten columns of numbers and strings, of which none is constant, and then one."""
    from skcook.preprocessing import DropConstant

    for title, more in (("none constant", {}), ("one of eleven constant", {"same": 1.0})):
        yield Case(
            f"DropConstant().fit, pandas, {title}",
            lambda more=more: pd.concat([numbers(n_rows), stored("pandas str")], axis=1).assign(
                **more
            ),
            {
                OURS: lambda X: DropConstant().fit(X),
                "feature-engine": feature_engine_constant,
                "skrub DropUninformative": skrub_constant,
            },
            reach=50 if not more else None,
        )


def one_row(n_rows: int) -> Iterator[Case]:
    """A fitted pipeline on one row, as a server calls it, two hundred times."""
    from sklearn import preprocessing as peer
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    from skcook.preprocessing import CategoricalImputer, NumericImputer, OrdinalEncoder

    def data():
        X = pd.concat([numbers(n_rows), stored("pandas str")], axis=1)[:20_000]
        unknown = {"handle_unknown": "use_encoded_value", "unknown_value": -1}
        ours = make_pipeline(NumericImputer(), CategoricalImputer(), OrdinalEncoder(**unknown))
        theirs = make_column_transformer(
            (SimpleImputer(strategy="median"), list("abcde")),
            (
                make_pipeline(
                    SimpleImputer(strategy="most_frequent"), peer.OrdinalEncoder(**unknown)
                ),
                list(X.columns[5:]),
            ),
        ).set_output(transform="pandas")
        return [X[i : i + 1] for i in range(200)], ours.fit(X), theirs.fit(X)

    yield Case(
        "200 x one row through imputers and OrdinalEncoder, pandas str, 10 columns",
        data,
        {
            OURS: lambda d: [d[1].transform(row) for row in d[0]],
            "scikit-learn": lambda d: [d[2].transform(row) for row in d[0]],
        },
        reach=3,
        same=("scikit-learn",),
        values=lambda out: np.concatenate([np.asarray(row, dtype=float) for row in out]),
        head=lambda d: (d[0][:5], *d[1:]),
    )
    yield from one_row_per_step(n_rows)


def one_row_per_step(n_rows: int) -> Iterator[Case]:
    """Each step alone on one row of a frame, against scikit-learn's with pandas output."""
    from sklearn import preprocessing as peer
    from sklearn.impute import SimpleImputer

    from skcook import preprocessing as ours

    unknown = {"handle_unknown": "use_encoded_value", "unknown_value": -1}
    dense = {"sparse_output": False, "handle_unknown": "ignore"}
    few = {"max_categories": 25}
    steps = {
        "NumericImputer": (ours.NumericImputer(), SimpleImputer(strategy="median")),
        "CategoricalImputer": (
            ours.CategoricalImputer(),
            SimpleImputer(strategy="most_frequent"),
        ),
        "NumericScaler": (ours.NumericScaler(), peer.StandardScaler()),
        "OrdinalEncoder": (ours.OrdinalEncoder(**unknown), peer.OrdinalEncoder(**unknown)),
        "OneHotEncoder": (ours.OneHotEncoder(**dense, **few), peer.OneHotEncoder(**dense, **few)),
    }
    for name, (own, other) in steps.items():

        def data(name=name, own=own, other=other):
            X = numbers(n_rows) if name.startswith("Numeric") else stored("pandas str")
            X = X[:20_000]
            other.set_output(transform="pandas")
            return [X[i : i + 1] for i in range(200)], own.fit(X), other.fit(X)

        yield Case(
            f"200 x one row through {name}, pandas, 5 columns",
            data,
            {
                OURS: lambda d: [d[1].transform(row) for row in d[0]],
                "scikit-learn": lambda d: [d[2].transform(row) for row in d[0]],
            },
            reach=1,
            head=lambda d: (d[0][:5], *d[1:]),
        )


def feature_engine_impute(X, strategy):
    from feature_engine.imputation import MeanMedianImputer

    return MeanMedianImputer(imputation_method=strategy).fit_transform(X)


def feature_engine_dates(X):
    from feature_engine.datetime import DatetimeFeatures

    features = ["year", "quarter", "month", "week", "day_of_month", "day_of_year"]
    return DatetimeFeatures(
        variables="d",
        features_to_extract=[*features, "day_of_week", "hour", "weekend"],
        format="%Y-%m-%d %H:%M:%S",
    ).fit_transform(X)


def feature_engine_constant(X):
    from feature_engine.selection import DropConstantFeatures

    return DropConstantFeatures(missing_values="ignore").fit(X)


def skrub_dates(X):
    import skrub
    from sklearn.pipeline import make_pipeline

    encoder = skrub.DatetimeEncoder(resolution="second", add_weekday=True, add_day_of_year=True)
    return make_pipeline(skrub.ToDatetime(), encoder).fit_transform(X["d"])


def skrub_constant(X):
    import skrub

    return skrub.ApplyToCols(skrub.DropUninformative(drop_if_constant=True)).fit(X)


#: Every group of cases, by the name that --groups takes.
GROUPS: dict[str, Callable[[int], Iterator[Case]]] = {
    "ordinal": ordinal,
    "ordinal-transform": ordinal_transform,
    "target": target_encoding,
    "count": count,
    "one-hot": one_hot,
    "impute": impute,
    "dates": date_features,
    "constant": drop_constant,
    "one-row": one_row,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--groups", nargs="+", choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--smoke", action="store_true", help="20,000 rows, once")
    arguments = parser.parse_args()
    n_rows, repeats = (20_000, 1) if arguments.smoke else (arguments.rows, arguments.repeats)

    warnings.filterwarnings("ignore")  # of the peers
    print_machine(
        "scikit-learn",
        "pandas",
        "polars",
        "narwhals",
        "numpy",
        "skrub",
        "feature-engine",
        "category-encoders",
    )
    print(f"{n_rows:,} rows, medians of {repeats}; ratio = peer / {OURS}")
    agreed = True
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BENCH_DATA"] = folder
        made = measure(lambda _: store(Path(folder), n_rows), repeats=1)
        if isinstance(made, str):
            print(f"The data could not be made: {made}")
            return 1
        for name in arguments.groups:
            for case in GROUPS[name](n_rows):
                agreed &= run(case, n_rows, repeats)
    if not agreed:
        print("\nSome outputs differ from ours.")
    return 0 if agreed else 1


if __name__ == "__main__":
    sys.exit(main())
