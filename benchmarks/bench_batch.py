"""Whole files through a saved model: skcook-score against the bare model, memory, reasons, Dask.

    python benchmarks/bench_batch.py                               # a smoke run
    python benchmarks/bench_batch.py --rows 2000000 --only speed   # the documentation's figures,
    python benchmarks/bench_batch.py --rows 2000000 --only memory  # section by section
    python benchmarks/bench_batch.py --rows 2000000 --only dask
    python benchmarks/bench_batch.py --rows 2000000 --only explain

The floor is the least that any tool has to do: read the same Parquet batches with pyarrow, turn
each into a frame, call the bare model, write the probabilities. Every run scores the same rows, and
its output is compared with the floor's before a figure is printed.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from _harness import Measurement, measure, median, print_machine, print_rows
from lightgbm import LGBMClassifier
from sklearn.pipeline import make_pipeline

from skcook import artifacts, batch
from skcook.explain import ExplainedClassifier, TabularExplainer
from skcook.preprocessing import CategoricalImputer, NumericImputer, OrdinalEncoder

BATCH = 65_536
#: Runs the command in a process of its own and prints the peak of its resident memory.
COMMAND = """
import sys
from pathlib import Path
from skcook.batch._score_command import main
code = main(sys.argv[1:])
peak = [line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line]
print(int(peak[0].split()[1]) // 1024)
sys.exit(code)
"""


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


class Bench:
    """A fitted pipeline, saved, and the folder in which all files of the run stand."""

    def __init__(self, folder: Path, rows: int, repeats: int) -> None:
        self.folder, self.rows, self.repeats = folder, rows, repeats
        self.X = make_rows(20_000, seed=1)
        self.y = (self.X["n0"].fillna(0) + self.X["c0"].eq("level 1") > 0.5).astype(int)
        self.pipe = make_pipeline(
            NumericImputer(),
            CategoricalImputer(),
            OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
            LGBMClassifier(n_estimators=100, n_jobs=1, verbose=-1),
        ).fit(self.X, self.y)
        artifacts.save(self.pipe, folder / "bare.skcook", X_example=self.X)
        write_file(folder / "warm.parquet", 3000, 3000)

    def source(self, n: int, row_group: int = 100_000) -> Path:
        path = self.folder / f"in-{n}-{row_group}.parquet"
        if not path.exists():
            write_file(path, n, row_group)
        return path

    def score(self, source: Path, output: str, model: str = "bare", **options) -> Path:
        settings = {"outputs": ["proba"], "keep": ["id"], "batch_rows": BATCH, "overwrite": True}
        target = self.folder / output
        batch.score(self.folder / f"{model}.skcook", source, target, **{**settings, **options})
        return target

    def warm(self, _) -> None:
        self.score(self.folder / "warm.parquet", "warm-out.parquet")


def read(path: Path, column: str, rows: int) -> np.ndarray:
    """Return a column of scores; each row has to be there once, in its order."""
    table = pq.read_table(path)
    assert table.column("id").to_pylist() == list(range(rows)), path
    return table.column(column).to_numpy()


def bench_speed(bench: Bench) -> None:
    source, columns = bench.source(bench.rows), list(bench.X.columns)
    ours, bare = bench.folder / "ours.parquet", bench.folder / "floor.parquet"
    few = bench.folder / "warm.parquet"
    # Alternating rounds: a drift of the machine falls on both.
    scored, floors = [], []
    for _ in range(bench.repeats):
        scored.append(measure(lambda _: bench.score(source, ours.name), warm=bench.warm, repeats=1))
        floors.append(
            measure(
                lambda _: floor(bench.pipe, source, bare, columns),
                warm=lambda _: floor(bench.pipe, few, bench.folder / "w.parquet", columns),
                repeats=1,
            )
        )
    cases = {"skcook-score": median(scored), "the bare model (the floor)": median(floors)}
    scores = read(ours, "probability_1", bench.rows)
    difference = np.abs(scores - read(bare, "p", bench.rows)).max()
    title = f"{bench.rows:,} rows of Parquet; largest difference {difference}"
    print_rows(title, "skcook-score", cases)
    pairs = [ours.cpu / bare.cpu - 1 for ours, bare in zip(scored, floors, strict=True)]
    print(
        f"  over the floor, {bench.repeats} pairs: {statistics.median(pairs):.1%} CPU "
        f"({min(pairs):.1%} to {max(pairs):.1%})"
    )
    assert difference == 0


def bench_memory(bench: Bench) -> None:
    print("\nskcook-score in a process of its own: peak of its whole resident memory")
    sizes = [(bench.rows // 2, 100_000), (5 * bench.rows, 100_000), (bench.rows, bench.rows)]
    for n, group in sizes:
        source, target = bench.source(n, group), bench.folder / "memory.parquet"
        paths = [str(path) for path in (bench.folder / "bare.skcook", source, target)]
        options = ["--output", "proba", "--keep", "id", "--overwrite", "--quiet"]
        before = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", COMMAND, *paths, *options],
            capture_output=True,
            text=True,
            check=True,
        )
        seconds = time.perf_counter() - before
        assert pq.read_metadata(target).num_rows == n
        peak = int(done.stdout)
        name = f"{n:,} rows, row groups of {min(n, group):,}"
        print(f"  {name:<44}{peak:>6} MiB{seconds:>9.1f} s wall", flush=True)
        source.unlink()


def bench_explain(bench: Bench) -> None:
    model = ExplainedClassifier(bench.pipe, explainer=TabularExplainer(n_samples=4096))
    artifacts.save(
        model.fit(bench.X, bench.y), bench.folder / "explained.skcook", X_example=bench.X
    )
    n = min(bench.rows, 20_000)
    source, options = bench.source(n), {"model": "explained", "outputs": (), "explain": 3}
    reasons = measure(
        lambda _: bench.score(source, "why.parquet", **options),
        warm=lambda _: bench.score(bench.folder / "warm.parquet", "w.parquet", **options),
        repeats=1,
        digest=lambda path: pq.read_metadata(path).num_rows,
    )
    print_rows(
        f"Three reasons a row, for 1,000 rows; from {n:,} rows, and from 3 of lime's",
        "skcook-score --explain",
        {
            "skcook-score --explain": _thousand(reasons, n),
            "lime, row by row": _thousand(measure(lambda _: lime(bench.pipe, bench.X)), 3),
        },
    )


def bench_dask(bench: Bench) -> None:
    """Score on two workers, then kill one of them in the middle; compare every row."""
    from distributed import LocalCluster

    source = bench.source(bench.rows, max(1, bench.rows // 20))
    small = {"batch_rows": max(1, bench.rows // 160)}  # a part is 8 batches: 20 parts
    expected = read(bench.score(source, "local.parquet", **small), "probability_1", bench.rows)
    print(f"\n{bench.rows:,} rows on two workers of Dask", flush=True)
    for name in ("whole", "killed"):
        target = bench.folder / f"{name}.parquet"
        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            killer = threading.Thread(target=_kill_one, args=(cluster, target))
            if name == "killed":
                killer.start()
            before = time.perf_counter()
            address = cluster.scheduler_address
            bench.score(source, target.name, engine="dask", scheduler=address, **small)
            seconds = time.perf_counter() - before
            if name == "killed":
                killer.join()
        scores = read(target, "probability_1", bench.rows)
        what = "a worker killed" if name == "killed" else "both workers whole"
        print(
            f"  {what}: {len(scores):,} unique ids in order, largest difference from one process "
            f"{np.abs(scores - expected).max()}, {seconds:.1f} s wall",
            flush=True,
        )


def _kill_one(cluster, target: Path) -> None:
    """Kill a worker once two parts are written, and others are not."""
    parts = target.with_name(f".{target.name}.parts")
    while len(list(parts.glob("*.done"))) < 2:
        time.sleep(0.002)
    os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
    print(f"  (killed a worker when {len(list(parts.glob('*.done')))} of 20 parts were done)")


def _thousand(cost: Measurement | str, n: int) -> Measurement | str:
    """Return the cost of 1,000 rows from that of n."""
    if isinstance(cost, str):
        return cost
    return Measurement(1000 * cost.cpu / n, 1000 * cost.wall / n, cost.peak_mb)


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


SECTIONS = {
    "speed": bench_speed,
    "memory": bench_memory,
    "explain": bench_explain,
    "dask": bench_dask,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--only", choices=SECTIONS, help="one section")
    arguments = parser.parse_args()
    print_machine("scikit-learn", "pandas", "pyarrow", "lightgbm", "lime", "distributed")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), arguments.rows, arguments.repeats)
        for name, section in SECTIONS.items():
            if arguments.only in (None, name):
                section(bench)


# Workers of Dask import this file.
if __name__ == "__main__":
    main()
