"""Whole files through a saved model: skcook-score against the bare model, flat memory, reasons.

    python benchmarks/bench_batch.py                    # a smoke run
    python benchmarks/bench_batch.py --rows 2000000     # the figures of the documentation

The floor is the least that any tool has to do: read the same Parquet batches with pyarrow, turn
each into a frame, call the bare model, write the probabilities. Every run scores the same rows, and
its output is compared with the floor's before a figure is printed.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from _harness import Measurement, measure, print_machine, print_rows
from lightgbm import LGBMClassifier
from sklearn.pipeline import make_pipeline

from skcook import artifacts, batch
from skcook.explain import ExplainedClassifier, TabularExplainer
from skcook.preprocessing import CategoricalImputer, NumericImputer, OrdinalEncoder

BATCH = 65_536


def make_rows(n: int, seed: int) -> pd.DataFrame:
    """Return mixed columns with missing values; a row's id is its position."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({f"n{i}": rng.normal(size=n) for i in range(5)})
    for i in range(5):
        frame.loc[rng.random(n) < 0.1, f"n{i}"] = np.nan
    for i, levels in enumerate([5, 20, 100]):
        words = np.array([f"level {j}" for j in range(levels)], dtype=object)
        values = words[rng.integers(0, levels, n)]
        values[rng.random(n) < 0.05] = None
        frame[f"c{i}"] = pd.Series(values, dtype="str")
    return frame


def write_file(path: Path, n: int, row_group: int) -> None:
    """Write the rows in pieces, so that this process stays small."""
    writer = None
    for start in range(0, n, 500_000):
        piece = make_rows(min(500_000, n - start), seed=start)
        piece["id"] = np.arange(start, start + len(piece))
        table = pa.Table.from_pandas(piece, preserve_index=False)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table, row_group_size=row_group)
    writer.close()


def floor(model, path: Path, output: Path, columns: list[str]) -> None:
    writer = None
    with pq.ParquetFile(path) as file:
        for records in file.iter_batches(BATCH, columns=[*columns, "id"], use_threads=False):
            frame = records.to_pandas()
            scores = model.predict_proba(frame[columns])
            table = pa.table({"id": records.column("id"), "p": scores[:, 1]})
            writer = writer or pq.ParquetWriter(output, table.schema)
            writer.write_table(table)
    writer.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=1)
    rows, repeats = (arguments := parser.parse_args()).rows, arguments.repeats
    print_machine("scikit-learn", "pandas", "pyarrow", "lightgbm", "lime")
    folder = Path(tempfile.mkdtemp())

    X = make_rows(20_000, seed=1)
    y = (X["n0"].fillna(0) + X["c0"].eq("level 1") > 0.5).astype(int)
    pipe = make_pipeline(
        NumericImputer(),
        CategoricalImputer(),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        LGBMClassifier(n_estimators=100, n_jobs=1, verbose=-1),
    ).fit(X, y)
    artifacts.save(pipe, folder / "bare.skcook", X_example=X)
    columns = list(X.columns)

    def score(source: str, output: str, model: str = "bare", **options):
        return batch.score(
            folder / f"{model}.skcook",
            folder / source,
            folder / output,
            keep=["id"],
            batch_rows=BATCH,
            overwrite=True,
            **options,
        )

    sizes = {"in": (rows, 100_000), "five": (5 * rows, 100_000), "group": (rows, rows)}
    for name, (n, row_group) in sizes.items():
        write_file(folder / f"{name}.parquet", n, row_group)
    write_file(folder / "warm.parquet", 3000, 3000)

    def compared(path: Path, column: str):
        table = pq.read_table(path)
        assert table.column("id").to_pylist() == list(range(rows))
        return table.column(column).to_numpy()

    proba = {"outputs": ["proba"]}
    cases: dict[str, Measurement | str] = {
        "skcook-score": measure(
            lambda _: score("in.parquet", "ours.parquet", **proba),
            warm=lambda _: score("warm.parquet", "warm-out.parquet", **proba),
            repeats=repeats,
            digest=lambda summary: summary.rows,
        ),
        "the bare model (the floor)": measure(
            lambda _: floor(pipe, folder / "in.parquet", folder / "floor.parquet", columns),
            warm=lambda _: floor(pipe, folder / "warm.parquet", folder / "w.parquet", columns),
            repeats=repeats,
        ),
    }
    ours = compared(folder / "ours.parquet", "probability_1")
    difference = np.abs(ours - compared(folder / "floor.parquet", "p")).max()
    print_rows(f"{rows:,} rows of Parquet; largest difference {difference}", "skcook-score", cases)
    assert difference == 0

    memory = {
        f"{n:,} rows, row groups of {group:,}": measure(
            lambda _, name=name: score(f"{name}.parquet", f"{name}-out.parquet", **proba),
            warm=lambda _: score("warm.parquet", "warm-out.parquet", **proba),
            repeats=1,
            digest=lambda summary: summary.rows,
        )
        for name, (n, group) in sizes.items()
    }
    print_rows("Memory against the size of file and row group", next(iter(memory)), memory)

    explained = ExplainedClassifier(pipe, explainer=TabularExplainer(n_samples=4096)).fit(X, y)
    artifacts.save(explained, folder / "explained.skcook", X_example=X)
    n_explained = min(rows, 20_000)
    write_file(folder / "few.parquet", n_explained, n_explained)
    reasons = measure(
        lambda _: score("few.parquet", "why.parquet", "explained", outputs=(), explain=3),
        warm=lambda _: score("warm.parquet", "w.parquet", "explained", outputs=(), explain=3),
        repeats=1,
        digest=lambda summary: summary.rows,
    )
    print_rows(
        "Three reasons a row; lime's cost is that of 3 rows, by the row",
        "skcook-score --explain, a row",
        {
            "skcook-score --explain, a row": _each(reasons, n_explained),
            "lime, a row": _each(measure(lambda _: lime(pipe, X), repeats=1), 3),
        },
    )


def _each(cost: Measurement | str, n: int) -> Measurement | str:
    return cost if isinstance(cost, str) else Measurement(cost.cpu / n, cost.wall / n, cost.peak_mb)


def lime(pipe, X: pd.DataFrame) -> None:
    """Explain 3 rows with lime, which takes numbers alone: words go in as codes."""
    from lime.lime_tabular import LimeTabularExplainer

    prepared = pipe[:-1].transform(X).to_numpy(dtype=float)
    explainer = LimeTabularExplainer(prepared, categorical_features=[5, 6, 7], random_state=0)
    for row in prepared[:3]:
        explainer.explain_instance(
            row,
            lambda a: pipe[-1].predict_proba(pd.DataFrame(a, columns=X.columns)),
            num_samples=4096,
        )


if __name__ == "__main__":
    main()
