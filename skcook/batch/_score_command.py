"""The command ``skcook-score``: parse, build the job, run it, say what was done."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from skcook.batch._job import Job, Summary

EXIT_CODES = """\
exit codes:
  0  every row was scored
  1  a row does not fit the model, and the run was to stop then
  2  the command cannot be carried out: arguments, model file, output in the way
  3  finished, with rows set aside in the rejects file
  4  the input cannot be read or the output cannot be written
  130  interrupted; run again with --resume
"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="skcook-score",
        description="Score a file or a folder of rows with a saved model.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("model", metavar="MODEL", type=Path, help="a .skcook file")
    add("source", metavar="IN", type=Path, help="a CSV, Parquet or JSON lines file, or a folder")
    add("output", metavar="OUT", type=Path, help=".parquet, .csv, .jsonl; no ending: a folder")
    add(
        "--output",
        dest="outputs",
        default=None,
        metavar="NAMES",
        help="what to compute: predict, proba, or both as predict,proba (default: predict; "
        "with --recommend, nothing else)",
    )
    add("--explain", nargs="?", type=int, const=3, default=0, metavar="K",
        help="the K strongest reasons of each row (default: 3)")  # fmt: skip
    add("--recommend", type=int, default=0, metavar="K", help="the K best items of each user")
    add("--keep", default="", metavar="COLUMNS", help="columns to copy, such as id,date")
    add("--on-bad-rows", choices=["stop", "reject"], default="stop",
        help="what a row that does not fit does (default: stop)")  # fmt: skip
    add("--rejects", type=Path, default=None, metavar="FILE",
        help="where rejected rows go (default: OUT.rejects.jsonl)")  # fmt: skip
    add("--input-format", choices=["csv", "tsv", "parquet", "jsonl"], default=None)
    add("--batch-rows", type=int, default=65_536, metavar="N", help="rows scored at once")
    add("--resume", action="store_true", help="go on with an unfinished run")
    add("--overwrite", action="store_true", help="replace an output or an unfinished run")
    add("--engine", choices=["local", "dask"], default="local")
    add("--scheduler", default=None, metavar="ADDR", help="address of a Dask scheduler")
    add("--workers", type=int, default=2, metavar="N", help="workers of a local Dask cluster")
    add("--trust", action="append", default=[], metavar="TYPE",
        help="a type that the model file may hold beyond the allowed ones")  # fmt: skip
    add("--allow-pickle", action="store_true", help="the model may be a pickle: it can run code")
    add("--quiet", action="store_true", help="no progress bar and no summary")
    return parser


def build_job(arguments: argparse.Namespace) -> "Job":
    """Return the job that the command line describes."""
    from skcook.batch._batch_errors import BatchError
    from skcook.batch._job import Job
    from skcook.batch._score_files import output_paths

    default = "" if arguments.recommend else "predict"  # a reason is read beside what it explains
    named = default if arguments.outputs is None else arguments.outputs
    outputs = tuple(name.strip() for name in named.split(",") if name.strip())
    unknown = sorted(set(outputs) - {"predict", "proba"})
    if unknown:
        raise BatchError(f"--output takes predict and proba; got {', '.join(unknown)}.")
    for name in ("explain", "recommend"):
        if getattr(arguments, name) < 0:
            raise BatchError(f"--{name} must be 1 or more; got {getattr(arguments, name)}.")
    if arguments.batch_rows < 1:
        raise BatchError(f"--batch-rows must be 1 or more; got {arguments.batch_rows}.")
    if arguments.scheduler and arguments.engine != "dask":
        raise BatchError("--scheduler goes with --engine dask.")
    output, rejects = output_paths(arguments.output, arguments.rejects)
    return Job(
        model=arguments.model,
        source=arguments.source,
        output=output,
        outputs=outputs,
        explain=arguments.explain,
        recommend=arguments.recommend,
        keep=tuple(name.strip() for name in arguments.keep.split(",") if name.strip()),
        on_bad_rows=arguments.on_bad_rows,
        rejects=rejects,
        batch_rows=arguments.batch_rows,
        input_format=arguments.input_format,
        resume=arguments.resume,
        overwrite=arguments.overwrite,
        engine=arguments.engine,
        scheduler=arguments.scheduler,
        workers=arguments.workers,
        trusted=tuple(arguments.trust),
        allow_pickle=arguments.allow_pickle,
    )


def main(argv: list[str] | None = None) -> int:
    """Run the command."""
    arguments = build_parser().parse_args(argv)
    # Heavy imports wait until the arguments are known to be sound.
    from skcook.batch._batch_errors import BatchError
    from skcook.batch._score_files import run
    from skcook.exceptions import SkcookError

    try:
        summary = run(build_job(arguments), progress=not arguments.quiet)
    except BatchError as exc:
        print(f"skcook-score: {exc}", file=sys.stderr)
        return exc.exit_code
    except (SkcookError, OSError) as exc:
        print(f"skcook-score: {exc}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("skcook-score: interrupted; run again with --resume", file=sys.stderr)
        return 130
    if not arguments.quiet:
        print(describe(summary), file=sys.stderr)
    return 3 if summary.rejected else 0


def describe(summary: "Summary") -> str:
    """Return what a run did, in words."""
    lines = [
        f"{summary.rows:,} rows scored in {summary.seconds:.1f} s: {summary.output}"
        + (f" ({summary.resumed:,} of them by an earlier run)" if summary.resumed else "")
    ]
    if summary.rejected:
        lines.append(f"{summary.rejected:,} rows do not fit the model: {summary.rejects}")
    words = {"category": "unknown categories", "range": "values outside the range seen in training"}
    lines += [
        f"{column}: {count:,} {words.get(code, code)}"
        for (column, code), count in summary.warnings.most_common(20)
    ]
    return "\n".join(lines)
