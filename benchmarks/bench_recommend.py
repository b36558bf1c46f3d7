"""skcook.recommend against LightFM alone, implicit, and the cookbook's pivot.

    python benchmarks/bench_recommend.py                        # small, a minute
    python benchmarks/bench_recommend.py --full                 # the sizes of the documentation
    python benchmarks/bench_recommend.py --movielens FOLDER     # and quality on MovieLens small
    python benchmarks/bench_recommend.py --movielens FOLDER --rectools PYTHON    # beside RecTools

Sections: topk, ids, metrics, fit, quality, closed, all, cold. Results are compared before times are
printed.
"""

import argparse
import functools
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp

sys.path.insert(0, str(Path(__file__).parent))
from _harness import Measurement, measure, print_machine, print_rows
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, ParameterGrid

from skcook.recommend import (
    ALSRecommender,
    ColdItemSplit,
    EASERecommender,
    LeaveLastN,
    LightFMRecommender,
    PopularityRecommender,
    Ranking,
    SideTable,
    auc,
    compare_recommenders,
    precision_at_k,
    ranking_report,
    ranking_scorer,
)
from skcook.recommend.interactions._pairs import encode_pairs, read_pairs
from skcook.recommend.ranking._topk import top_k


def synthetic(n_users, n_items, n_rows, seed=0):
    """Zipf popularity, lognormal activity: pairs of row numbers, without repeats a user."""
    rng = np.random.default_rng(seed)
    activity = np.clip(rng.lognormal(3.2, 0.9, n_users), 5, 800)
    popularity = 1 / np.arange(1, n_items + 1) ** 0.8
    users = rng.choice(n_users, n_rows, p=activity / activity.sum())
    items = rng.permutation(n_items)[rng.choice(n_items, n_rows, p=popularity / popularity.sum())]
    return pd.DataFrame({"user": users, "item": items})


@functools.cache
def fitted(n_users, n_items, n_rows, d):
    """A recommender with random factors; what it costs to ask it does not depend on them."""
    X = synthetic(n_users, n_items, n_rows)
    rest = PopularityRecommender().fit(X)
    model = LightFMRecommender(d)
    rng = np.random.default_rng(1)
    vars(model).update(vars(rest) | {"handle_unknown": "features"})
    for side in ("user", "item"):
        n = len(getattr(model, f"{side}_ids_"))
        factors = rng.normal(size=(n, d)).astype("f4")
        biases = rng.normal(size=n).astype("f4")
        for name, value in (("factors", factors), ("embeddings", factors), ("table", None)):
            setattr(model, f"{side}_{name}_", value)
        setattr(model, f"{side}_biases_", biases)
        setattr(model, f"{side}_feature_biases_", biases)
    model._cache = {}
    return model


def raw_lightfm(model):
    """LightFM with the same parameters."""
    from lightfm import LightFM

    raw = LightFM(model.n_components)
    for side in ("user", "item"):
        embeddings = getattr(model, f"{side}_embeddings_")
        biases = getattr(model, f"{side}_feature_biases_")
        for name, value in (
            ("embeddings", embeddings),
            ("embedding_gradients", embeddings),
            ("embedding_momentum", embeddings),
            ("biases", biases),
            ("bias_gradients", biases),
            ("bias_momentum", biases),
        ):
            setattr(raw, f"{side}_{name}", value)
    return raw


def bench_topk(args):
    model = fitted(args.users, args.items, args.rows, args.components)
    n_users, n_items = model.seen_.shape
    users = np.column_stack([model.user_factors_, np.ones(n_users, "f4")])
    items = np.column_stack([model.item_factors_, model.item_biases_])
    seen = model.seen_.astype(np.float32)
    few = min(n_users, 200)
    raw = raw_lightfm(model)

    def arrays(_):
        return top_k(users, items, 10, seen=model.seen_)

    def frames(_):
        return [frame["score"].to_numpy() for frame in model.recommend_all(10)]

    def implicit(_):
        from implicit.cpu.topk import topk

        return topk(items, users, 10, filter_query_items=seen, num_threads=1)

    def loop(_):
        scores = np.empty((few, 10), "f4")
        everything = np.arange(n_items, dtype=np.int32)
        for user in range(few):
            row = raw.predict(np.full(n_items, user, np.int32), everything)
            row[model.seen_.indices[model.seen_.indptr[user] : model.seen_.indptr[user + 1]]] = -9e9
            best = np.argpartition(row, -10)[-10:]
            scores[user] = np.sort(row[best])[::-1]
        return scores

    rows = {
        "recommend_all, frames": measure(frames, repeats=args.repeats, digest=np.concatenate),
        "top_k, arrays": measure(arrays, repeats=args.repeats, digest=lambda r: r[1]),
        "implicit topk, 1 thread": measure(implicit, repeats=args.repeats, digest=lambda r: r[1]),
    }
    sample = measure(loop, digest=lambda r: r)
    exact = rows["top_k, arrays"].result
    print(
        "  scores equal to implicit's within 1e-4:",
        np.allclose(exact, rows["implicit topk, 1 thread"].result, atol=1e-4),
    )
    print(
        "  to LightFM.predict's:",
        np.allclose(exact[:few] + model.user_biases_[:few, None], sample.result, atol=1e-3),
    )
    factor = n_users / few
    rows[f"LightFM.predict loop (x{factor:.0f})"] = Measurement(
        sample.cpu * factor, sample.wall * factor, sample.peak_mb
    )
    print_rows(
        f"Top 10 of all {n_users} users x {n_items} items, d={args.components}, seen left out",
        "recommend_all, frames",
        rows,
    )


def bench_ids(args):
    X = synthetic(args.users, args.items, args.rows)
    strings = pd.DataFrame(
        {"user": "user" + X["user"].astype(str), "item": "item" + X["item"].astype(str)}
    )
    small = X.head(args.rows // 10)

    def ours(frame):
        pairs = read_pairs(PopularityRecommender(), frame, reset=True)
        return encode_pairs(pairs, np.ones(len(frame), dtype=bool)).seen

    def dataset(frame):
        from lightfm.data import Dataset

        data = Dataset()
        data.fit(frame["user"], frame["item"])
        return data.build_interactions(zip(frame["user"], frame["item"]))[0].tocsr()

    def pivot(frame):
        frame = frame[frame["user"] < frame["user"].max() // 20].assign(rating=1.0)
        return frame.pivot_table(index="user", columns="item", values="rating").fillna(0)

    def digest(matrix):
        return matrix.nnz

    rows = {
        "ours, int": measure(lambda _: ours(X), repeats=3, digest=digest),
        "ours, string": measure(lambda _: ours(strings), repeats=3, digest=digest),
        "LightFM Dataset, int, 1/10 of rows": measure(
            lambda _: dataset(small), repeats=1, digest=lambda m: m.nnz
        ),
        "pivot_table, int, 1/20 of users": measure(lambda _: pivot(X), repeats=1),
    }
    print(
        "  int and string give as many pairs:",
        rows["ours, int"].result == rows["ours, string"].result,
    )
    print_rows(f"{args.rows} rows of ids to a training matrix", "ours, int", rows)


def bench_metrics(args):
    from lightfm import evaluation

    n_rows = args.rows // 20
    model = fitted(args.users // 20, args.items, n_rows, args.components)
    n_users, n_items = model.seen_.shape
    test = synthetic(args.users // 20, args.items, n_rows // 8, seed=3)
    test = test[test["user"].isin(model.user_ids_) & test["item"].isin(model.item_ids_)]
    at = [
        pd.Index(model.user_ids_).get_indexer(test["user"]),
        pd.Index(model.item_ids_).get_indexer(test["item"]),
    ]
    wanted = sp.coo_matrix((np.ones(len(test), "f4"), at), shape=(n_users, n_items)).tocsr()
    wanted.data[:] = 1
    wanted = wanted - wanted.multiply(model.seen_)
    wanted.eliminate_zeros()
    test = pd.DataFrame(
        {"user": model.user_ids_[wanted.nonzero()[0]], "item": model.item_ids_[wanted.nonzero()[1]]}
    )
    train = model.seen_.astype(np.float32)
    raw = raw_lightfm(model)

    def ours(*metrics):
        def run(_):
            ranking = Ranking.from_estimator(model, test)
            order = np.argsort(pd.Index(model.user_ids_).get_indexer(ranking.user_ids))
            return [metric(ranking, per_user=True)[order] for metric in metrics]

        return measure(run, repeats=args.repeats, digest=lambda r: r)

    def theirs(*metrics):
        def run(_):
            return [metric(raw, wanted, train_interactions=train) for metric in metrics]

        return measure(run, repeats=args.repeats, digest=lambda r: r)

    title = f"of {wanted.nnz} pairs held out, {n_users} users x {n_items} items"
    for name, mine, peer in (
        ("precision@10", precision_at_k, evaluation.precision_at_k),
        ("AUC", auc, evaluation.auc_score),
    ):
        rows = {"ours": ours(mine), "lightfm.evaluation": theirs(peer)}
        gap = np.abs(rows["ours"].result[0] - rows["lightfm.evaluation"].result[0]).max()
        print(f"  largest difference for a user: {gap:.1e}")
        print_rows(f"{name} {title}", "ours", rows)
    rows = {
        "ours, nine metrics": measure(lambda _: ranking_report(model, test), repeats=args.repeats),
        "lightfm.evaluation, its four": theirs(
            evaluation.precision_at_k,
            evaluation.recall_at_k,
            evaluation.auc_score,
            evaluation.reciprocal_rank,
        ),
    }
    print_rows(f"All metrics {title}", "ours, nine metrics", rows)


def bench_fit(args):
    X = synthetic(args.users // 20, args.items // 2, args.rows // 20)
    settings = {"loss": "warp", "max_sampled": 30, "random_state": 0}

    def ours(_):
        return LightFMRecommender(30, epochs=10, random_state=0).fit(X).item_embeddings_

    def raw(_):
        from lightfm import LightFM

        codes = [pd.factorize(X[name])[0].astype(np.int32) for name in ("user", "item")]
        model = LightFM(30, **settings)
        model.fit(sp.coo_matrix((np.ones(len(X), "f4"), codes)), epochs=10)
        return model.item_embeddings

    rows = {
        "ours": measure(ours, repeats=args.repeats, digest=lambda r: r),
        "raw LightFM, ids coded": measure(raw, repeats=args.repeats, digest=lambda r: r),
    }
    print(
        "  the same to the bit:",
        all(np.array_equal(row.result, rows["ours"].result) for row in rows.values()),
    )
    print_rows(f"Fit: {len(X)} rows, d=30, 10 epochs of warp", "ours", rows)


def movielens(args):
    frame = pd.read_csv(args.movielens / "ratings.csv")
    movies = pd.read_csv(args.movielens / "movies.csv")
    movies["year"] = pd.to_numeric(movies["title"].str.extract(r"\((\d{4})\)")[0])
    return frame, {
        " and ".join(columns): SideTable(movies, id="movieId", columns=columns, title="title")
        for columns in (["genres"], ["genres", "year"])
    }


def bench_quality(args):
    frame, tables = movielens(args)
    last = LeaveLastN(5, time="timestamp")
    ((train, test),) = last.split(frame)
    X, held_out = frame.iloc[train], frame.iloc[test]

    def show(name, models):
        reports = pd.DataFrame([ranking_report(model, held_out) for model in models])
        values = ", ".join(f"{key} {value:.4f}" for key, value in reports.mean().items())
        print(f"  {name}: {values}", flush=True)

    def five(**params):
        return (LightFMRecommender(random_state=s, **params).fit(X) for s in range(5))

    print(
        f"\nMovieLens small, last 5 of each user held out ({len(held_out)} rows), means of 5 seeds"
    )
    show("popularity", [PopularityRecommender().fit(X)])
    show("LightFM with defaults", five())
    show("LightFM with genres and year", five(item_features=tables["genres and year"]))
    search = GridSearchCV(
        LightFMRecommender(epochs=20, random_state=0),
        {"n_components": [30, 64], "max_sampled": [30, 100], "item_alpha": [0.0, 1e-5]},
        cv=last,
        scoring=ranking_scorer("ndcg", k=10),
    ).fit(X)
    print(f"  GridSearchCV on the training rows chose {search.best_params_}")
    show("LightFM so tuned", five(epochs=20, **search.best_params_))


def fit_on(model, X, _):
    return model.fit(X)


def bench_closed(args):
    """EASE, ALS, implicit and RecTools, each with the settings that a validation split chose."""
    frame, _ = movielens(args)
    last = LeaveLastN(5, time="timestamp")
    ((train, test),) = last.split(frame)
    X, held_out = frame.iloc[train], frame.iloc[test]
    # The settings are chosen on the last five of the training rows: the test rows are seen once.
    ((inner, validation),) = last.split(X)
    inner, validation = X.iloc[inner], X.iloc[validation]
    print(f"\nMovieLens small, last 5 of each user held out ({len(held_out)} rows)")
    alphas = [100.0, 200.0, 400.0, 800.0]
    als_grid = ParameterGrid(
        {"n_components": [32, 64], "regularization": [0.05, 0.1, 1.0], "alpha": [1.0, 5.0, 10.0]}
    )
    ease = partial(EASERecommender, min_count=5)
    by_time = partial(ease, time="timestamp")
    grids = {
        "EASE": (ease, ParameterGrid({"alpha": alphas, "n_neighbors": [500, None]})),
        "EASE, late likes count more": (
            by_time,
            ParameterGrid(
                {"alpha": alphas, "n_neighbors": [500, None], "half_life": [2.0, 3.0, 5.0, 10.0]}
            ),
        ),
        "ALS": (partial(ALSRecommender, random_state=0), als_grid),
        "implicit": (_Implicit, als_grid),
    }
    fitted_models = {"popularity": PopularityRecommender().fit(X)}
    for name, (make, grid) in grids.items():
        scores = [ranking_report(make(**params).fit(inner), validation)["ndcg"] for params in grid]
        best = list(grid)[int(np.argmax(scores))]
        fit = measure(partial(fit_on, make(**best), X), repeats=1, digest=lambda m: m)
        fitted_models[name] = fit.result
        print(f"  {name}: {best}, fit {fit.cpu:.1f} CPU s, {fit.peak_mb:.0f} MB", flush=True)
    # Every item, without `min_count`: what rare items cost, and bring.
    whole = clone(fitted_models["EASE"]).set_params(min_count=1, n_neighbors=500)
    fit = measure(partial(fit_on, whole, X), repeats=1, digest=lambda m: m)
    fitted_models["EASE, min_count=1"] = fit.result
    print(f"  EASE, min_count=1: fit {fit.cpu:.1f} CPU s, {fit.peak_mb:.0f} MB", flush=True)
    if args.rectools is not None:
        fitted_models |= rectools(args.rectools, fitted_models["EASE"], inner, validation, X)
    for metric in ("ndcg", "recall"):
        table = compare_recommenders(fitted_models, held_out, metric=metric)
        print(f"  {metric}@10\n{table.round(4).to_string(index=False)}", flush=True)


def rectools(python, like, inner, validation, X):
    """Run RecTools in its environment; its lists as recommenders that are asked as `like` is."""
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in (("fit", inner), ("validation", validation), ("train", X)):
            rows[["userId", "movieId"]].to_csv(Path(folder) / f"{name}.csv", index=False)
        script = Path(__file__).parent / "_rectools.py"
        done = subprocess.run([python, script, folder], check=True, capture_output=True, text=True)
        print("  RecTools:\n" + done.stdout, end="", flush=True)
        lists = pd.read_csv(Path(folder) / "lists.csv")
    found = {}
    for name, rows in lists.groupby("model"):
        model = clone(like)
        vars(model).update(vars(like) | {"_cache": {}})
        n_users, n_items = like.liked_.shape
        at = (
            like._index("user").get_indexer(rows["user_id"]),
            like._index("item").get_indexer(rows["item_id"]),
        )
        model.user_factors_ = sp.csr_matrix((11.0 - rows["rank"], at), shape=(n_users, n_items))
        model.item_factors_ = sp.identity(n_items, dtype=np.float32, format="csr")
        found[f"RecTools' {name}"] = model
    return found


class _Implicit(LightFMRecommender):
    """implicit's ALS itself, its factors ranked as ours are."""

    def __init__(self, n_components=64, *, regularization=0.05, alpha=5.0):
        super().__init__(n_components)
        self.regularization = regularization
        self.alpha = alpha

    def fit(self, X, y=None):
        from implicit.cpu.als import AlternatingLeastSquares

        vars(self).update(vars(PopularityRecommender().fit(X)) | {"user_table_": None})
        self.handle_unknown, self.item_table_ = "popular", None
        als = AlternatingLeastSquares(
            self.n_components, regularization=self.regularization, alpha=self.alpha,
            random_state=0, num_threads=1,
        )  # fmt: skip
        als.fit(self.seen_.astype(np.float32), show_progress=False)
        self.user_factors_ = np.asarray(als.user_factors)
        self.item_factors_ = np.asarray(als.item_factors)
        self.user_biases_ = np.zeros(len(self.user_ids_), "f4")
        self.item_biases_ = np.zeros(len(self.item_ids_), "f4")
        self._cache = {}
        return self


def bench_all(args):
    """What it takes to answer all of 50,000 users over 5,000 items."""
    X = synthetic(50_000, 5_000, 2_000_000)
    print("\nEASE, 50,000 users x 5,000 items, CPU seconds")
    start = time.process_time()
    model = EASERecommender().fit(X)
    print(f"  fit {time.process_time() - start:.1f}, {model.item_factors_.nnz:,} weights")
    categories = {item: item % 40 for item in model.item_ids_}
    for name, settings in {
        "recommend_all": {},
        "at most 2 of 40 categories": {"max_per_category": 2, "categories": categories},
    }.items():
        start = time.process_time()
        n = sum(len(frame) for frame in model.recommend_all(k=10, verbose=0, **settings))
        print(f"  {name}: {time.process_time() - start:.1f} ({n:,} rows)", flush=True)


def bench_cold(args):
    frame, tables = movielens(args)
    print("\nMovieLens small, a tenth of the movies cold, ranked among themselves, 3 splits")
    for name, table in {"no features": None, **tables}.items():
        reports = []
        for seed, (train, test) in enumerate(ColdItemSplit(3, random_state=0).split(frame)):
            model = LightFMRecommender(random_state=seed, item_features=table)
            model.fit(frame.iloc[train])
            reports.append(ranking_report(model, frame.iloc[test], candidates="test"))
        values = pd.DataFrame(reports).mean()
        print(f"  {name}: ndcg@10 {values['ndcg']:.4f}, AUC {values['auc']:.4f}", flush=True)


SECTIONS = {
    "topk": bench_topk,
    "ids": bench_ids,
    "metrics": bench_metrics,
    "fit": bench_fit,
    "quality": bench_quality,
    "closed": bench_closed,
    "all": bench_all,
    "cold": bench_cold,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="100k users x 20k items, 5M rows")
    parser.add_argument("--users", type=int, default=5000)
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--components", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--movielens", type=Path, help="folder with ratings.csv and movies.csv")
    parser.add_argument("--rectools", help="a Python that has rectools, for the section closed")
    parser.add_argument("--only", choices=SECTIONS, help="one section")
    args = parser.parse_args()
    if args.full:
        args.users, args.items, args.rows = 100_000, 20_000, 5_000_000
    print_machine("scikit-learn", "numpy", "scipy", "pandas", "lightfm-next", "implicit")
    for name, section in SECTIONS.items():
        if args.only not in (None, name) or (
            name in ("quality", "closed", "cold") and args.movielens is None
        ):
            continue
        section(args)


if __name__ == "__main__":
    main()
