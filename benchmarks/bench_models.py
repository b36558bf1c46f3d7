"""skcook.models on the Adult census: what a Leaderboard costs, and how good the recipes are.

    python benchmarks/bench_models.py                 all 32,561 rows
    python benchmarks/bench_models.py --rows 3000     a look
    python benchmarks/bench_models.py --only quality

The data is read from the folder named by SKCOOK_DATA. Quality is measured on 30 % of the rows,
drawn once (seed 1), that neither fit nor early stopping sees.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import statistics
import time
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from _harness import measure, median, print_machine, print_rows
from joblib.externals.loky import get_reusable_executor
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import check_scoring, roc_auc_score
from sklearn.model_selection import StratifiedKFold, train_test_split

from skcook.models import (
    EarlyStoppingClassifier,
    Leaderboard,
    make_model,
    model_names,
    tabular_pipeline,
)

COLUMNS = [
    "age",
    "workclass",
    "fnlwgt",
    "education",
    "education_num",
    "marital_status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "capital_gain",
    "capital_loss",
    "hours_per_week",
    "country",
    "income",
]
METRICS = ["roc_auc", "average_precision", "accuracy", "neg_log_loss"]


def adult(n_rows=None):
    home = Path(os.environ.get("SKCOOK_DATA", Path(__file__).parents[2] / "shared" / "data"))
    X = pd.read_csv(
        home / "adult.data", names=COLUMNS, skipinitialspace=True, na_values="?", header=None
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
    parser.add_argument("--only", choices=["board", "quality"], default=None)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    print_machine("scikit-learn", "xgboost-cpu", "lightgbm", "pandas", "numpy")
    if args.only != "quality":
        bench_board(args.rows, args.repeats)
    if args.only != "board":
        bench_quality(args.rows, args.svm)


if __name__ == "__main__":
    main()
