"""Measure a call against its peers, each in a process of its own.

Every case runs in a fresh child process: warmed on a small input, then timed `repeats` times. The
child reports CPU seconds (user and system, all its threads), wall seconds and by how much the call
raised the peak of resident memory. Medians and their ratios are printed; single absolute
times on a shared machine mean little.
"""

import gc
import multiprocessing
import platform
import re
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Measurement:
    """What a case cost: medians over its repeats."""

    cpu: float
    wall: float
    peak_mb: float
    result: Any = None


def _reset_peak() -> None:
    # Linux: writing 5 resets the high-water mark of resident memory.
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _memory_mb(field: str) -> float | None:
    """Return a figure of Linux about this process: VmRSS is its memory, VmHWM its peak."""
    status = Path("/proc/self/status")
    found = re.search(rf"^{field}:\s+(\d+)", status.read_text(), re.M) if status.exists() else None
    return int(found[1]) / 1024 if found else None


def _peak_mb() -> float:
    return _memory_mb("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _rss_mb() -> float:
    return _memory_mb("VmRSS") or 0.0


def _child(connection, setup, call, warm, digest, repeats) -> None:
    try:
        state = setup()
        if warm is not None:
            warm(state)
        cpus, walls, peaks, result = [], [], [], None
        for _ in range(repeats):
            result = None
            gc.collect()
            _reset_peak()
            before = _rss_mb()
            cpu, wall = time.process_time(), time.perf_counter()
            result = call(state)
            cpus.append(time.process_time() - cpu)
            walls.append(time.perf_counter() - wall)
            peaks.append(_peak_mb() - before)
        kept = digest(result) if digest is not None else None
        connection.send(
            Measurement(statistics.median(cpus), statistics.median(walls), max(peaks), kept)
        )
    except Exception as exc:
        connection.send(f"{type(exc).__name__}: {exc}")


def measure(
    call: Callable[[Any], Any],
    *,
    setup: Callable[[], Any] = lambda: None,
    warm: Callable[[Any], Any] | None = None,
    digest: Callable[[Any], Any] | None = None,
    repeats: int = 3,
) -> Measurement | str:
    """Run `call(setup())` in a fresh process; return its cost, or the text of its failure.

    `digest` reduces the result to something small that the caller compares between peers.
    """
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(there, setup, call, warm, digest, repeats))
    child.start()
    there.close()
    try:
        answer = here.recv()
    except EOFError:
        answer = f"the process ended with exit code {child.exitcode}"
    child.join()
    return answer


def median(runs: list[Measurement]) -> Measurement:
    """Return the medians over runs that were measured one by one."""
    return Measurement(
        statistics.median(run.cpu for run in runs),
        statistics.median(run.wall for run in runs),
        max(run.peak_mb for run in runs),
    )


def print_machine(*packages: str) -> None:
    """Print what the figures below were taken on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    print(f"{model}; {platform.system()} {platform.machine()}; Python {platform.python_version()}")
    versions = []
    for package in packages:
        try:
            versions.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            versions.append(f"{package} absent")
    print(", ".join(versions), flush=True)


def print_rows(title: str, ours: str, rows: dict[str, Measurement | str]) -> None:
    """Print one comparison: ours first, each peer with the ratio peer / ours."""
    print(f"\n{title}")
    print(f"  {'':<34}{'CPU s':>9}{'wall s':>9}{'peak MB':>9}{'CPU ratio':>11}{'wall ratio':>11}")
    base = rows[ours]
    for name, row in rows.items():
        if isinstance(row, str):
            print(f"  {name:<34}failed: {row.splitlines()[0][:90]}")
            continue
        ratios = ""
        if isinstance(base, Measurement) and name != ours:
            ratios = (
                f"{row.cpu / max(base.cpu, 1e-9):>10.1f}x{row.wall / max(base.wall, 1e-9):>10.1f}x"
            )
        print(f"  {name:<34}{row.cpu:>9.3f}{row.wall:>9.3f}{row.peak_mb:>9.0f}{ratios}", flush=True)


if __name__ == "__main__":
    sys.exit("This module is imported by the benchmarks; run one of the bench_*.py files.")
