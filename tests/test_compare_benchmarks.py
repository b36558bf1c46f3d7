"""Two checkouts are compared by what the same benchmark prints in each."""

import subprocess
import sys
from pathlib import Path

COMPARE = Path(__file__).parent.parent / "benchmarks" / "compare.py"
BENCH = """
import sys, package
print("1,000 rows of", *sys.argv[1:])
for name in ("ours", "peer"):
    print(f"  {name}   {package.SECONDS[name]:.3f} s   12 MB")
print("ours", "is", package.SECONDS["ours"] + 0.5)
"""


def checkout(folder, ours, bench=BENCH):
    (folder / "benchmarks").mkdir(parents=True)
    (folder / "benchmarks" / "bench_it.py").write_text(bench)
    (folder / "package.py").write_text(f"SECONDS = dict(ours={ours}, peer=2.0)")
    return folder


def compare(*arguments):
    command = [sys.executable, COMPARE, *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_figures_that_differ_become_ratios_after_to_before(tmp_path):
    before, after = checkout(tmp_path / "a", 1.0), checkout(tmp_path / "b", 0.8)
    done = compare(before, after, "bench_it", "--rounds", "1", "--", "all kinds")
    assert done.stdout.splitlines()[1:] == [
        "1000 rows of all kinds",
        "ours 0.80x s 12 MB",
        "peer 2 s 12 MB",
        "ours is 0.87x",
    ]


def test_a_benchmark_that_fails_ends_the_comparison(tmp_path):
    before, after = checkout(tmp_path / "a", 1.0), checkout(tmp_path / "b", 1.0, "1 / 0")
    done = compare(before, after, "bench_it")
    assert done.returncode == 1
    assert "b/benchmarks/bench_it.py ended with exit code 1" in done.stderr
