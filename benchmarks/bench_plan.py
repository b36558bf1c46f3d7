"""Predict probabilities by a plan and by its pipeline, from one row to a thousand.

    python benchmarks/bench_plan.py [--rows 1 32 256 1000] [--repeats 5]

CPU time of one call, the median of several, in one process with one thread. The pipeline is given a
frame that is there already; the plan is given plain values, as a server has them. Every answer is
compared before anything is timed: the last column is the greatest difference. "forest" compares the
walk of all trees at once with the forest's own call of the same matrix. The first model is also
pickled, for a process that does nothing but read the plan and answer one row.
"""

import argparse
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from _harness import print_machine
from bench_artifacts import mixed, people
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skrub import TableVectorizer

from skcook import plan
from skcook.artifacts import Schema
from skcook.models import tabular_pipeline
from skcook.text import TextVectorizer

CHILD = """
import resource, sys, time, pickle
start = time.process_time()
with open(sys.argv[1], "rb") as file:
    quick = pickle.load(file)
quick.predict_proba([pickle.loads(bytes.fromhex(sys.argv[2]))])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
spent, pandas = time.process_time() - start, "pandas" in sys.modules
print(f"{spent:.2f} s CPU, {peak:.0f} MiB, pandas loaded: {pandas}")
"""


def models(n: int):
    """Yield models with their names and what they are fitted on."""
    X, y = people(n)
    yield "logistic", mixed(LogisticRegression(max_iter=500)), X, y
    yield "random forest (100)", mixed(RandomForestClassifier(100, random_state=0)), X, y
    yield "HistGradientBoosting (100)", mixed(HistGradientBoostingClassifier()), X, y
    for name in ("logistic", "random_forest", "lightgbm", "xgboost", "knn", "svm"):
        yield f"tabular {name}", tabular_pipeline(name), X, y
    for estimator in (LogisticRegression(max_iter=500), RandomForestClassifier(100)):
        steps = (
            TableVectorizer(cardinality_threshold=500),
            SimpleImputer(),
            StandardScaler(),
            estimator,
        )
        yield f"TableVectorizer, {type(estimator).__name__}", make_pipeline(*steps), X, y
    documents = texts(n)
    for vectorizer in (CountVectorizer(), TfidfVectorizer(), TextVectorizer()):
        name = f"{type(vectorizer).__name__}, logistic"
        yield name, make_pipeline(vectorizer, LogisticRegression()), documents, y
    steps = make_column_transformer((TfidfVectorizer(), "text"), (StandardScaler(), ["n"]))
    beside = pd.DataFrame({"text": documents, "n": np.arange(n) / 7})
    yield "text beside a number, logistic", make_pipeline(steps, LogisticRegression()), beside, y


def texts(n: int) -> list[str]:
    """Return documents of 30 words out of 3,000."""
    rng = np.random.default_rng(0)
    words = np.array([f"word{i}" for i in range(3000)])
    return [" ".join(words[rng.integers(0, 3000, 30)]) for _ in range(n)]


def cpu(call, repeats: int) -> float:
    """Return the milliseconds of CPU of a call."""
    call()
    once = time.process_time()
    call()
    number = int(np.clip(0.02 / max(time.process_time() - once, 1e-6), 1, 500))
    times = []
    for _ in range(repeats):
        start = time.process_time()
        for _ in range(number):
            call()
        times.append((time.process_time() - start) / number)
    return 1e3 * statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 32, 256, 1000])
    parser.add_argument("--train", type=int, default=5000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    print_machine()
    print(f"{'':32}{'rows':>6}{'pipeline ms':>13}{'plan ms':>10}{'ratio':>8}  difference")
    for name, model, X, y in models(arguments.train):
        model.fit(X, y)
        schema = Schema.capture(X, model)
        start = time.process_time()
        quick = plan.compile(model, schema, X)
        compiled = time.process_time() - start
        method = "predict_proba" if "predict_proba" in quick.methods else "decision_function"
        for n in arguments.rows:
            rows = schema.parse_rows(schema.to_records(X[:n]))
            frame, ask = rows.frame, getattr(model, method)
            difference = np.abs(quick.run(method, rows) - ask(frame)).max()
            slow = cpu(lambda ask=ask, frame=frame: ask(frame), arguments.repeats)
            fast = cpu(lambda q=quick, m=method, r=rows: q.run(m, r), arguments.repeats)
            print(f"{name:32}{n:6}{slow:13.3f}{fast:10.4f}{slow / fast:8.1f}  {difference:.0e}")
        print(f"{'':32}compiled and compared in {compiled:.2f} s")
        if name == "logistic":
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "plan.pkl"
                file.write_bytes(pickle.dumps(quick))
                row = pickle.dumps(schema.to_records(X[:1])[0]).hex()
                command = [sys.executable, "-c", CHILD, str(file), row]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                print(f"{'':32}unpickled alone: {done.stdout.strip()}")


if __name__ == "__main__":
    main()
