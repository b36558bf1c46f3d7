"""Run benchmarks of two checkouts in turn, and print what they print with ratios for figures.

    python benchmarks/compare.py ../before . bench_preprocessing --rounds 5 -- --smoke

Each round runs BEFORE and then AFTER, both with this Python's libraries. A figure that is not the
same in every run becomes the ratio of its medians, AFTER / BEFORE: 0.80x is a fifth less.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
from collections import Counter
from pathlib import Path

NUMBER = re.compile(r"(?<![\w.-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w.]*\w)")

#: The words of a line and how many lines of the same words came before it, and its figures.
Lines = dict[tuple[str, int], list[float]]


def run(checkout: Path, name: str, arguments: list[str]) -> str:
    """Return what a benchmark of a checkout prints, made with the package of that checkout."""
    script = (checkout / "benchmarks" / f"{name}.py").resolve()
    environment = os.environ | {"PYTHONPATH": str(checkout.resolve())}
    command = [sys.executable, str(script), *arguments]
    done = subprocess.run(command, check=False, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{script} ended with exit code {done.returncode}.")
    return done.stdout


def read(text: str) -> Lines:
    """Read the figures of what a benchmark printed, line by line."""
    lines: Lines = {}
    before: Counter[str] = Counter()
    for line in text.splitlines():
        words = " ".join(NUMBER.sub("#", line).split())
        lines[words, before[words]] = [float(n.replace(",", "")) for n in NUMBER.findall(line)]
        before[words] += 1
    return lines


def ratios(before: list[Lines], after: list[Lines]) -> list[str]:
    """Return the lines that every run has, with ratios of medians for the figures that vary."""
    common = [key for key in before[0] if all(key in lines for lines in before + after)]
    printed = []
    for key in common:
        texts = []
        for runs in zip(*(lines[key] for lines in before + after)):
            was = statistics.median(runs[: len(before)])
            now = statistics.median(runs[len(before) :])
            same = len(set(runs)) == 1 or not was
            texts.append(f"{now:g}" if same else f"{now / was:.2f}x")
        figures = iter(texts)
        printed.append(re.sub("#", lambda _, figures=figures: next(figures, "#"), key[0]))
    return printed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path, help="a checkout, such as a git worktree")
    parser.add_argument("after", type=Path, help="another")
    parser.add_argument("names", nargs="+", help="such as bench_text")
    parser.add_argument("--rounds", type=int, default=3)
    end = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    options, arguments = parser.parse_args(sys.argv[1:end]), sys.argv[end + 1 :]
    for name in options.names:
        runs: dict[Path, list[Lines]] = {options.before: [], options.after: []}
        for _ in range(options.rounds):
            for checkout, found in runs.items():
                found.append(read(run(checkout, name, arguments)))
        print(f"-- {name}, {options.after} / {options.before}, medians of {options.rounds}")
        print("\n".join(ratios(runs[options.before], runs[options.after])), flush=True)


if __name__ == "__main__":
    main()
