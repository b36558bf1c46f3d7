"""skcook.models on the Adult census: what a Leaderboard costs, and how good the recipes are.

    python benchmarks/bench_models.py                 all 32,561 rows
    python benchmarks/bench_models.py --rows 3000     a look
    python benchmarks/bench_models.py --only quality
    python benchmarks/bench_models.py --only ensembles
    python benchmarks/bench_models.py --only sets --budget 15
    python benchmarks/bench_models.py --only sets --sets wine iris --mljar /path/to/its/bin/python

The data is read from the folder named by SKCOOK_DATA. Quality is measured on 30 % of the rows,
drawn once (seed 1), that neither fit nor early stopping sees.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from _harness import measure, median, print_machine, print_rows
from joblib.externals.loky import get_reusable_executor
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import check_scoring, log_loss, roc_auc_score, root_mean_squared_error
from sklearn.model_selection import StratifiedKFold, train_test_split

from skcook.datasets import load_penguins
from skcook.datasets._fetched import _ADULT_COLUMNS as ADULT_COLUMNS
from skcook.models import (
    EarlyStoppingClassifier,
    Leaderboard,
    make_model,
    model_names,
    tabular_pipeline,
)

SETS = ["breast_cancer", "wine", "digits", "iris", "diabetes", "penguins", "penguins_mass", "adult"]
METRICS = ["roc_auc", "average_precision", "accuracy", "neg_log_loss"]


def adult(n_rows=None):
    home = Path(os.environ.get("SKCOOK_DATA", Path(__file__).parents[2] / "shared" / "data"))
    X = pd.read_csv(
        home / "adult.data", names=ADULT_COLUMNS, skipinitialspace=True, na_values="?", header=None
    )
    if n_rows is not None and n_rows < len(X):
        X = X.sample(n_rows, random_state=0).reset_index(drop=True)
    return X, X.pop("income").to_numpy()


def board_models():
    return {
        "lightgbm": tabular_pipeline("lightgbm"),
        "random_forest": tabular_pipeline(make_model("random_forest", n_estimators=50)),
        "logistic": tabular_pipeline("logistic"),
        "decision_tree": tabular_pipeline("decision_tree"),
    }


def with_board(data, n_jobs=None):
    X, y = data
    board = Leaderboard(
        models=board_models(), cv=3, scoring=METRICS, refit=False, n_jobs=n_jobs, verbose=0
    ).fit(X, y)
    return board.fold_scores_.sort_values(["model", "fold"])[METRICS].to_numpy()


def with_two_jobs(data):
    return with_board(data, n_jobs=2)


def start_two_jobs(data):
    """Start the workers beforehand: that costs seconds, once per process."""
    with_two_jobs([part[:500] for part in data])


def stop_two_jobs(scores):
    """End the workers: a process that was forked waits for theirs until they tire, in minutes."""
    get_reusable_executor().shutdown()
    return scores


def with_loop(data):
    X, y = data
    folds = list(StratifiedKFold(3, shuffle=True, random_state=0).split(X, y))
    scorers = {m: m for m in METRICS if m != "average_precision"}
    from sklearn.metrics import average_precision_score, make_scorer

    scorers["average_precision"] = make_scorer(
        average_precision_score, response_method="predict_proba", pos_label=np.unique(y)[1]
    )
    rows = []
    for _, model in sorted(board_models().items()):
        for train, test in folds:
            fitted = clone(model).fit(X.iloc[train], y[train])
            scores = check_scoring(scoring=scorers)(fitted, X.iloc[test], y[test])
            rows.append([scores[m] for m in METRICS])
    return np.array(rows)


def bench_board(n_rows, repeats):
    # Alternating rounds: a drift of the machine falls on all.
    loop, board, jobs = [], [], []
    for _ in range(repeats):
        kwargs = {"setup": partial(adult, n_rows), "repeats": 1}
        loop.append(measure(with_loop, digest=lambda scores: scores, **kwargs))
        board.append(measure(with_board, digest=lambda scores: scores, **kwargs))
        jobs.append(measure(with_two_jobs, warm=start_two_jobs, digest=stop_two_jobs, **kwargs))
    same = all(np.allclose(loop[0].result, one[0].result) for one in (board, jobs))
    print(f"\nThe scores of loop and boards are {'the same' if same else 'DIFFERENT'}.")
    rows = {
        "Leaderboard": median(board),
        "a loop, the same folds": median(loop),
        "Leaderboard, n_jobs=2 (wall only)": median(jobs),
    }
    print_rows(
        f"Four models, three folds, four metrics, {n_rows or 32561} rows", "Leaderboard", rows
    )
    overhead = statistics.median(b.cpu / a.cpu - 1 for a, b in zip(loop, board, strict=True))
    print(f"  overhead of the board, median of {repeats} pairs: {overhead:+.1%} CPU")


def bench_quality(n_rows, with_svm):
    X, y = adult(n_rows)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=1)
    cookbook = {
        "n_estimators": 500,
        "max_depth": 8,
        "learning_rate": 0.05,
        "subsample": 0.7,
        "colsample_bytree": 0.7,
    }
    stopped = {
        "xgboost": make_model("xgboost", **cookbook, eval_metric="auc"),
        "lightgbm": make_model("lightgbm", **cookbook, metric="auc"),
        "HistGradientBoosting": HistGradientBoostingClassifier(learning_rate=0.05, random_state=0),
    }
    models = {name: tabular_pipeline(name) for name in model_names() if name != "svm" or with_svm}
    codes = (y_train == ">50K").astype(int)
    print(f"\nTest AUC on {len(X_test)} rows held back (seed 1)")
    print(f"  {'':<44}{'AUC':>8}{'rounds':>8}{'CPU s':>8}")
    for name, model in models.items():
        _show(name, model, X_train, codes, X_test, y_test)
    for name, model in stopped.items():
        for seed in range(3):
            stop = EarlyStoppingClassifier(tabular_pipeline(model), random_state=seed)
            _show(f"{name}, early stopping, seed {seed}", stop, X_train, codes, X_test, y_test)


def bench_ensembles(n_rows=3000, seeds=3, n_iter=8):
    """What search and blend add to the best single model of a board, on rows that it never saw."""
    X, y = adult()
    codes = (y == ">50K").astype(int)
    print(f"\nAdult, {n_rows} training rows, test on 20,000 others: AUC (log loss), CPU seconds")
    names = ["xgboost", "lightgbm", "random_forest", "extra_trees", "logistic"]
    for seed in range(seeds):
        order = np.random.default_rng(seed).permutation(len(X))
        train, test = order[:n_rows], order[n_rows : n_rows + 20_000]
        X_train, X_test = X.iloc[train].reset_index(drop=True), X.iloc[test]
        settings = {"models": names, "scoring": "roc_auc", "random_state": seed, "verbose": 0}
        line = []
        for search in (None, "random"):
            start = time.process_time()
            board = Leaderboard(**settings, search=search, n_iter=n_iter)
            board.fit(X_train, codes[train])
            fits = time.process_time() - start
            start = time.process_time()
            blend = board.blend()
            for what, model in (("best", board), ("blend", blend)):
                p = model.predict_proba(X_test)[:, 1]
                auc, loss = roc_auc_score(codes[test], p), log_loss(codes[test], p)
                label = f"{'searched ' if search else ''}{what}"
                line.append(f"{label} {auc:.4f} ({loss:.4f})")
            line.append(f"{fits:.0f} + {time.process_time() - start:.1f} s")
        ties = board.leaderboard_.query("ties_with_best")["model"].tolist()
        print(f"  seed {seed}: {', '.join(line)}; tied: {', '.join(ties)}", flush=True)


def eight_sets():
    """Data sets that packages ship, each with its task."""
    sets = {
        "breast_cancer": (load_breast_cancer, "classification"),
        "wine": (load_wine, "classification"),
        "digits": (load_digits, "classification"),
        "iris": (load_iris, "classification"),
        "diabetes": (load_diabetes, "regression"),
    }
    for name, (load, task) in sets.items():
        yield name, task, *load(return_X_y=True, as_frame=True)
    X, y = load_penguins(return_X_y=True)
    yield "penguins", "classification", X, y
    X, y = load_penguins(return_X_y=True)
    known = X["body_mass_g"].notna().to_numpy()
    yield (
        "penguins_mass",
        "regression",
        X[known].drop(columns="body_mass_g"),
        X["body_mass_g"][known],
    )
    X, y = adult(3000)
    yield "adult", "classification", X, (y == ">50K").astype(int)


def bench_sets(budget=15.0, mljar=None, names=None):
    """The mean rank of a searched and blended board beside FLAML and mljar, where they are."""
    if mljar is None and find_spec("supervised"):
        mljar = sys.executable
    print(f"\nHeld-out log loss, or RMSE, after {budget:.0f} s for each (CPU seconds)")
    ranks = []
    for name, task, X, y in eight_sets():
        if names and name not in names:
            continue
        X = X.reset_index(drop=True)
        y = np.asarray(y)
        if task == "classification":
            y = np.unique(y, return_inverse=True)[1]
        stratify = y if task == "classification" else None
        X_train, X_test, y_train, y_test = train_test_split(
            X, y, test_size=0.3, random_state=0, stratify=stratify
        )
        data = X_train, y_train, X_test
        answers = {"skcook": _with_blend(*data, task, budget)}
        if find_spec("flaml"):
            answers["FLAML"] = _with_flaml(*data, task, budget)
        if mljar:
            answers["mljar"] = _with_mljar(*data, task, budget, mljar)
        found = {who: (_loss(p, task, y_test), cpu) for who, (p, cpu) in answers.items()}
        best = sorted(loss for loss, _ in found.values())
        ranks.append({who: best.index(loss) + 1 for who, (loss, _) in found.items()})
        texts = [f"{who} {loss:.4f} ({cpu:.0f} s)" for who, (loss, cpu) in found.items()]
        print(f"  {name:<14}{', '.join(texts)}", flush=True)
        if names and len(ranks) == len(set(names)):
            break  # the next may be a file that is not there
    means = {who: np.mean([rank[who] for rank in ranks]) for who in ranks[0]}
    print(f"  mean rank: {', '.join(f'{who} {rank:.2f}' for who, rank in means.items())}")


def _with_blend(X_train, y_train, X_test, task, budget):
    start = time.process_time()
    scoring = "neg_log_loss" if task == "classification" else "neg_root_mean_squared_error"
    board = Leaderboard(
        task, scoring=scoring, search="random", time_budget=budget * 0.8, refit=False, verbose=0
    ).fit(X_train, y_train)
    return _predicted(board.blend(), task, X_test), time.process_time() - start


def _with_flaml(X_train, y_train, X_test, task, budget):
    from flaml import AutoML

    start = time.process_time()
    automl = AutoML()
    # It writes files of its boosters where it is.
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        automl.fit(
            X_train, y_train, task=task, time_budget=budget, verbose=0, n_jobs=1, seed=0,
            metric="log_loss" if task == "classification" else "rmse",
        )  # fmt: skip
    return _predicted(automl, task, X_test), time.process_time() - start


def _with_mljar(X_train, y_train, X_test, task, budget, python):
    """Let mljar's own environment fit, since it asks for other versions of our libraries."""
    program = str(Path(__file__).with_name("_mljar.py"))
    with tempfile.TemporaryDirectory() as folder:
        for file, part in {"X_train": X_train, "X_test": X_test}.items():
            part.to_csv(Path(folder, f"{file}.csv"), index=False)
        pd.DataFrame({"y": y_train}).to_csv(Path(folder, "y_train.csv"), index=False)
        command = [str(Path(python).absolute()), program, folder, task, str(budget)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=folder)
        p = pd.read_csv(Path(folder, "predictions.csv")).to_numpy()
    return (p[:, 0] if task == "regression" else p), float(done.stdout.split()[-1])


def _predicted(model, task, X):
    return model.predict(X) if task == "regression" else model.predict_proba(X)


def _loss(p, task, y):
    if task == "regression":
        return root_mean_squared_error(y, p)
    p = np.asarray(p, dtype=float)
    return log_loss(y, p / p.sum(axis=1, keepdims=True), labels=np.unique(y))


def _show(name, model, X_train, y_train, X_test, y_test):
    start = time.process_time()
    model.fit(X_train, y_train)
    auc = roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])
    rounds = getattr(model, "n_iter_", "")
    print(f"  {name:<44}{auc:>8.4f}{rounds:>8}{time.process_time() - start:>8.1f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=None, help="rows to use; all if not given")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--svm", action="store_true", help="with the svm, which takes minutes")
    parser.add_argument("--only", choices=["board", "quality", "ensembles", "sets"], default=None)
    parser.add_argument("--budget", type=float, default=15.0, help="seconds for each data set")
    parser.add_argument("--sets", nargs="+", choices=SETS, help="all if not given")
    parser.add_argument("--mljar", help="the Python of an environment that holds mljar-supervised")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    print_machine("scikit-learn", "xgboost-cpu", "lightgbm", "pandas", "numpy")
    if args.only in (None, "board"):
        bench_board(args.rows, args.repeats)
    if args.only in (None, "quality"):
        bench_quality(args.rows, args.svm)
    if args.only in (None, "ensembles"):
        bench_ensembles(args.rows or 3000, args.repeats)
    if args.only in (None, "sets"):
        bench_sets(args.budget, args.mljar, args.sets)


if __name__ == "__main__":
    main()
