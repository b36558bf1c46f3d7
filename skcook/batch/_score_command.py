"""The command ``skcook-score``: parse, build the job, run it, say what was done."""

import argparse
import sys

from skcook.batch._job import BatchError, Job, Summary, options
from skcook.exceptions import SkcookError
from skcook.utils._progress import printable

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
    add("model", metavar="MODEL", help="a .skcook file, or its address")
    add("source", metavar="IN", help="a CSV, Parquet or JSON lines file, or a folder")
    add("output", metavar="OUT", help=".parquet, .csv, .jsonl; no ending: a folder")
    for item in options():
        facts = item.metadata
        add(facts["flag"], help=facts["help"], **{"default": item.default, **facts["argparse"]})
    add("--quiet", action="store_true", help="no progress bar and no summary")
    return parser


def build_job(arguments: argparse.Namespace) -> Job:
    """Return the job that the command line describes."""
    from skcook.artifacts.file._members import place_of

    given = {key: value for key, value in vars(arguments).items() if key != "quiet"}
    for name in ("model", "source", "output"):
        given[name] = place_of(given[name])
    if given["outputs"] is None:
        # A reason is read beside what it explains; a list of items is read by itself.
        given["outputs"] = () if given["recommend"] or given["similar"] else ("predict",)
    return Job(**given)


def main(argv: list[str] | None = None) -> int:
    """Run the command."""
    arguments = build_parser().parse_args(argv)
    # Heavy imports wait until the arguments are known to be sound.
    from skcook.batch._score_files import run

    try:
        summary = run(build_job(arguments), progress=not arguments.quiet)
    except BatchError as exc:
        print(f"skcook-score: {printable(str(exc))}", file=sys.stderr)
        return exc.exit_code
    except (SkcookError, OSError) as exc:
        print(f"skcook-score: {printable(str(exc))}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("skcook-score: interrupted; run again with --resume", file=sys.stderr)
        return 130
    if not arguments.quiet:
        print(describe(summary), file=sys.stderr)
    return 3 if summary.rejected else 0


def describe(summary: Summary) -> str:
    """Return what a run did, in words."""
    lines = [
        f"{summary.rows:,} rows scored in {summary.seconds:.1f} s: {summary.output}"
        + (f" ({summary.resumed:,} of them by an earlier run)" if summary.resumed else "")
    ]
    if summary.rejected:
        lines.append(f"{summary.rejected:,} rows do not fit the model: {summary.rejects}")
    lines += summary.notes
    words = {"category": "unknown categories", "range": "values outside the range seen in training"}
    lines += [
        f"{column}: {count:,} {words.get(code, code)}"
        for (column, code), count in summary.warnings.most_common(20)
    ]
    return "\n".join(map(printable, lines))
