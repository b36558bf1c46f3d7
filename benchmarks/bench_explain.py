"""TabularExplainer against lime and shap: cost, agreement, noise, errors, recall and fit.

    python benchmarks/bench_explain.py             a smoke run of about a minute
    python benchmarks/bench_explain.py --only agreement --seeds 30
    python benchmarks/bench_explain.py --only recall --splits 5
    python benchmarks/bench_explain.py --only cold warm shap --rows 1000 --peer-rows 10

Results are compared before anything is timed. lime explains one row after the other and each costs
the same, so its time for many rows is extrapolated from a few; the lines say so. Every speed table
has the floor: the model's own calls alone. "model" is RandomForest(100) unless a line says
otherwise.
"""

import argparse
import os
import time
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from _harness import Measurement, measure, print_machine, print_rows
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skcook.explain import TabularExplainer

QUARTILE = {"method": "lime", "sampling": "iid", "n_samples": 5000}


def lime_explainer(X, seed=0, **options):
    from lime.lime_tabular import LimeTabularExplainer

    return LimeTabularExplainer(X, random_state=seed, **options)


def lime_weights(explainer, model, rows, k):
    """Return lime's weights (n, d), and the order in which it shows the columns."""
    out, order, r2 = np.zeros((len(rows), rows.shape[1])), [], []
    for i, row in enumerate(rows):
        found = explainer.explain_instance(row, model.predict_proba, num_features=k)
        for j, weight in found.local_exp[1]:
            out[i, j] = weight
        order.append([j for j, _ in found.local_exp[1]])
        r2.append(found.score)
    return out, order, np.array(r2)


def our_weights(model, X, rows, **options):
    """Return our weights and errors (n, d), the order of the columns, and R2."""
    explained = TabularExplainer(model, **options).fit(X).explain(rows, targets=[1])
    weights, errors = np.zeros((2, len(rows), rows.shape[1]))
    order = []
    for i, item in enumerate(explained):
        order.append([int(f.feature[1:]) for f in item.features])
        weights[i, order[i]], errors[i, order[i]] = item.weights, item.std_errors
    return weights, errors, order, np.array([item.r2 for item in explained])


def models(X, y):
    return {
        "forest": RandomForestClassifier(100, random_state=0).fit(X, y),
        "logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000)).fit(X, y),
    }


def agreement(seeds):
    """Compare weights with lime's over seeds, and how much both change from seed to seed."""
    print(f"\nAgreement with lime and noise over {seeds} seeds (5 rows, all columns)")
    print("  z: difference of the mean weights in its standard error, 1 if both estimate the same")
    print("  std: mean standard deviation of a weight over seeds; 'default' estimates effects, not")
    print("  bins, so its std is set against its own mean absolute weight")
    head = ("z_rms", "|z|<2", "lime", "iid 5000", "sobol 4096", "ratio", "default")
    print(f"  {'':<22}" + "".join(f"{name:>11}" for name in head))
    for name, load in (("breast cancer", load_breast_cancer), ("wine", load_wine)):
        X, rows, y, _ = train_test_split(*load(return_X_y=True), test_size=0.3, random_state=0)
        rows = rows[:5]
        for kind, model in models(X, y).items():
            d = X.shape[1]
            theirs = np.array(
                [lime_weights(lime_explainer(X, s), model, rows, d)[0] for s in range(seeds)]
            )
            variants = {
                "iid": QUARTILE,
                "sobol": {"method": "lime"},
                "default": {},
            }
            ours = {
                v: np.array(
                    [
                        our_weights(model, X, rows, n_features=None, random_state=s, **o)[0]
                        for s in range(seeds)
                    ]
                )
                for v, o in variants.items()
            }
            a, b = theirs, ours["iid"]
            error = np.sqrt((a.var(0, ddof=1) + b.var(0, ddof=1)) / seeds)
            z = (a.mean(0) - b.mean(0)) / error
            std = {v: w.std(0, ddof=1).mean() for v, w in ours.items()}
            lime_std = theirs.std(0, ddof=1).mean()
            size = np.abs(theirs.mean(0)).mean(), np.abs(ours["default"].mean(0)).mean()
            figures = [
                f"{np.sqrt((z**2).mean()):.2f}", f"{(abs(z) < 2).mean():.3f}", f"{lime_std:.5f}",
                f"{std['iid']:.5f}", f"{std['sobol']:.5f}", f"{std['sobol'] / lime_std:.2f}",
                f"{std['default'] / size[1] / (lime_std / size[0]):.2f}",
            ]  # fmt: skip
            print(f"  {name + ', ' + kind:<22}" + "".join(f"{f:>11}" for f in figures), flush=True)


def errors(seeds):
    """Count how often 95 % intervals hold the weights of a sample of 200,000."""
    print(f"\n95 % intervals that hold the weight of a 200,000-sample reference ({seeds} seeds)")
    X, rows, y, _ = train_test_split(
        *load_breast_cancer(return_X_y=True), test_size=0.3, random_state=0
    )
    for kind, model in models(X, y).items():
        for mode, options in (("default", {}), ("quartile", {"method": "lime"}),
                              ("quartile iid", QUARTILE)):  # fmt: skip
            big = {**options, "n_samples": 200_000, "n_features": None, "random_state": 12345}
            truth, own, _, _ = our_weights(model, X, rows[:5], **big)
            held = []
            for s in range(seeds):
                options = {**options, "n_features": None, "random_state": s}
                weight, error, _, _ = our_weights(model, X, rows[:5], **options)
                held.append(abs(weight - truth) <= 1.96 * np.hypot(error, own))
            print(f"  {kind:<10}{mode:<14}{np.mean(held):.3f}", flush=True)


def greedy(model, X, row, k):
    """Replace the column by its mean that moves the prediction furthest, k times."""
    mean, row, chosen = X.mean(axis=0), row.copy(), []
    before = model.predict_proba(row[None])[0, 1]
    for _ in range(k):
        changed = np.repeat(row[None], len(row), axis=0)
        np.fill_diagonal(changed, mean)
        moved = np.abs(model.predict_proba(changed)[:, 1] - before)
        moved[chosen] = -1
        chosen.append(int(moved.argmax()))
        row[chosen[-1]] = mean[chosen[-1]]
    return chosen


def recall(splits):
    """Count the columns that a sparse model truly uses among the 10 shown, and the fit."""
    print(
        f"\nRecall at 10 of the columns truly used, and local R2 (breast cancer, {splits} splits, "
    )
    print(
        "20 rows each): L1 logistic regression, and a tree of depth 4 (columns on the row's path)"
    )
    print("  'ranked' asks lime for all 30 columns and takes its first 10: its best mode")
    totals = {}
    for s in range(splits):
        X, rows, y, _ = train_test_split(
            *load_breast_cancer(return_X_y=True), test_size=0.3, random_state=s
        )
        rows = rows[:20]
        lasso = make_pipeline(
            StandardScaler(), LogisticRegression(l1_ratio=1, C=0.1, solver="liblinear")
        )
        tree = DecisionTreeClassifier(max_depth=4, random_state=0).fit(X, y)
        used = [set(np.flatnonzero(lasso.fit(X, y)[-1].coef_[0]))] * len(rows)
        paths = tree.decision_path(rows)
        on_path = [set(tree.tree_.feature[paths[i].indices]) - {-2} for i in range(len(rows))]
        for kind, model, gold in (("logistic", lasso, used), ("tree", tree, on_path)):
            found = {}
            for name, options in (
                ("lime quartile", {}), ("lime continuous", {"discretize_continuous": False}),
            ):  # fmt: skip
                explainer = lime_explainer(X, s, **options)
                _, order, r2 = lime_weights(explainer, model, rows, 10)
                found[name] = order, r2
                _, order, r2 = lime_weights(explainer, model, rows, 30)
                found[f"{name}, ranked"] = [one[:10] for one in order], r2
            for name, options in (
                ("default", {}), ("quartile", {"method": "lime"}),
            ):  # fmt: skip
                _, _, order, r2 = our_weights(model, X, rows, random_state=s, **options)
                found[f"TabularExplainer {name}"] = order, r2
            nothing = np.full(1, np.nan)
            found["greedy"] = [greedy(model, X, row, 10) for row in rows], nothing
            rng = np.random.default_rng(s)
            found["random"] = [rng.permutation(30)[:10].tolist() for _ in rows], nothing
            for name, (order, r2) in found.items():
                share = [len(set(o) & g) / len(g) for o, g in zip(order, gold, strict=True)]
                totals.setdefault(name, {}).setdefault(kind, []).append((np.mean(share), r2.mean()))
    print(f"  {'':<28}{'logistic':>10}{'R2':>8}{'tree':>10}{'R2':>8}")
    for name, kinds in totals.items():
        line = "".join(
            f"{r:>10.3f}{r2:>8.3f}" for r, r2 in (np.mean(kinds[k], axis=0) for k in kinds)
        )
        print(f"  {name:<28}{line}", flush=True)


def forest_and_rows(n_rows):
    X, y = load_breast_cancer(return_X_y=True)
    model = RandomForestClassifier(100, random_state=0).fit(X, y)
    return X, model, np.tile(X, (n_rows // len(X) + 1, 1))[:n_rows]


def cold(n_rows, peer_rows):
    """Time many rows, from the fit on, for ten features and for six."""
    X, model, rows = forest_and_rows(n_rows)

    def lime_cold(k):
        def call(_):
            explainer = lime_explainer(X)
            for row in rows[:peer_rows]:
                explainer.explain_instance(row, model.predict_proba, num_features=k)

        return call

    def scaled(result):
        if isinstance(result, str):
            return result
        factor = n_rows / peer_rows
        return Measurement(result.cpu * factor, result.wall * factor, result.peak_mb)

    def ours_cold(**options):
        def call(_):
            TabularExplainer(model, random_state=0, **options).fit(X).explain(rows, targets=[1])

        return call

    def floor(_):
        model.predict_proba(rows)
        model.predict_proba(np.tile(X, (9, 1))[:5000])

    for k in (10, 6):
        ours = f"quartile iid 5000, {k} features"
        table = {
            ours: measure(ours_cold(**QUARTILE, n_features=k)),
            "  default (surrogate, sobol 4096)": measure(ours_cold(n_features=k)),
            "floor: the model's calls": measure(floor),
            f"lime, extrapolated from {peer_rows} rows": scaled(measure(lime_cold(k))),
        }
        print_rows(f"{n_rows} rows x 30 columns, cold: fit, score and explain", ours, table)
        lime = table[f"lime, extrapolated from {peer_rows} rows"]
        for name, row in table.items():
            if isinstance(row, Measurement) and isinstance(lime, Measurement):
                print(f"    lime / {name.strip()}: {lime.cpu / row.cpu:.0f}x CPU", flush=True)


def warm():
    """Time one row where the sample is scored already, as in a server."""
    X, model, rows = forest_and_rows(20)

    def warm_state(**options):
        def setup():
            explainer = TabularExplainer(model, random_state=0, **options).fit(X)
            explainer.explain(rows[:1])
            return explainer

        return setup

    def many(explainer):
        for i in range(20):
            explainer.explain(rows[i : i + 1])

    def predict(_):
        for i in range(20):
            model.predict_proba(rows[i : i + 1])

    def lime_many(explainer):
        for i in range(5):
            explainer.explain_instance(rows[i], model.predict_proba)

    table = {
        "default": measure(many, setup=warm_state()),
        "quartile iid 5000": measure(many, setup=warm_state(**QUARTILE)),
        "default, refine=False": measure(many, setup=warm_state(refine=False)),
        "floor: predict_proba of the row": measure(predict),
        "lime": measure(lime_many, setup=lambda: lime_explainer(X)),
    }
    per = {name: (5 if name == "lime" else 20) for name in table}
    table = {
        name: row if isinstance(row, str) else Measurement(
            row.cpu / per[name], row.wall / per[name], row.peak_mb
        )
        for name, row in table.items()
    }  # fmt: skip
    print_rows("One row, warm: the sample is scored already (seconds per row)", "default", table)


def shap_times(n_rows):
    """Time shap's explainers on the same rows."""
    X, model, rows = forest_and_rows(n_rows)
    try:
        import shap
    except ImportError:
        print("\nshap is not installed: no figures")
        return

    def tree(_):
        shap.TreeExplainer(model).shap_values(rows[:50])

    def kernel(_):
        shap.KernelExplainer(model.predict_proba, X[:100]).shap_values(rows[:2], silent=True)

    def ours(_):
        TabularExplainer(model, random_state=0).fit(X).explain(rows, targets=[1])

    print(
        "\nshap, seconds per row (it explains the prediction's distance from the mean, exactly for"
    )
    print("trees; no local fit, no rule; KernelExplainer with 100 background rows)")
    table = {}
    for name, call, n in (
        (f"TabularExplainer default, {len(rows)} rows", ours, len(rows)),
        ("shap TreeExplainer, 50 rows", tree, 50),
        ("shap KernelExplainer, 2 rows", kernel, 2),
    ):
        row = measure(call, repeats=1)
        scaled = (
            row if isinstance(row, str) else Measurement(row.cpu / n, row.wall / n, row.peak_mb)
        )
        table[name] = scaled
    print_rows("", next(iter(table)), table)


def changes(n_rows):
    """Time `what_would_change` for rows of 30 columns: all of it, and beyond the model's calls."""
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    print(f"\nWhat would change, {n_rows} rows of 30 columns, warm (CPU milliseconds per row)")
    head = ("all", "model", "beyond", "asked", "answers", "valid")
    print(f"  {'':<22}" + "".join(f"{name:>10}" for name in head))
    for kind, model in models(X, y).items():
        explainer = TabularExplainer(model, random_state=0).fit(X)
        explainer.what_would_change(X[:1])
        asked = explainer._asked_of(model)
        answer, spent, rows = asked.outputs, [], []

        def outputs(cells, answer=answer, spent=spent, rows=rows):
            start = time.process_time()
            found = answer(cells)
            spent.append(time.process_time() - start)
            rows.append(len(cells[0]))
            return found

        asked.outputs = outputs
        start = time.process_time()
        found = [explainer.what_would_change(X[i : i + 1]) for i in range(n_rows)]
        total = time.process_time() - start
        del asked.outputs
        valid = [
            model.predict(X[i : i + 1].assign(**{c.feature: c.to for c in one.changes}))[0]
            == one.target
            for i, some in enumerate(found)
            for one in some
        ]
        figures = [
            *(f"{1e3 * t / n_rows:.1f}" for t in (total, sum(spent), total - sum(spent))),
            f"{sum(rows) / n_rows:.0f}", f"{len(valid) / n_rows:.1f}", f"{np.mean(valid):.3f}",
        ]  # fmt: skip
        print(f"  {kind:<22}" + "".join(f"{f:>10}" for f in figures), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100, help="rows explained in one go")
    parser.add_argument("--peer-rows", type=int, default=5, help="rows that lime is timed on")
    parser.add_argument("--seeds", type=int, default=4, help="seeds of agreement and errors")
    parser.add_argument("--splits", type=int, default=1, help="train-test splits of recall")
    parts = {
        "agreement": lambda: agreement(arguments.seeds),
        "errors": lambda: errors(arguments.seeds),
        "recall": lambda: recall(arguments.splits),
        "cold": lambda: cold(arguments.rows, arguments.peer_rows),
        "warm": warm,
        "shap": lambda: shap_times(arguments.rows),
        "changes": lambda: changes(arguments.rows),
    }
    parser.add_argument(
        "--only", choices=parts, nargs="+", default=list(parts), help="parts to run"
    )
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    print_machine("numpy", "scikit-learn", "lime", "shap")
    for name in arguments.only:
        parts[name]()


if __name__ == "__main__":
    main()
