"""Score whole files from Python, and by the command ``skcook-score``."""

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


def score(
    model,
    source,
    output,
    *,
    outputs=("predict",),
    explain=0,
    recommend=0,
    similar=0,
    keep=(),
    on_bad_rows="stop",
    rejects=None,
    batch_rows=65_536,
    input_format=None,
    delimiter=None,
    decimal=None,
    encoding=None,
    escape_csv=True,
    resume=False,
    overwrite=False,
    engine="local",
    scheduler=None,
    workers=2,
    trusted=(),
    allow_pickle=False,
    verify_key=None,
    progress=False,
) -> Summary:
    """Score a file or a folder of rows with a saved model.

    Rows are checked against the schema saved with the model, as the server checks them, scored in
    batches in bounded memory, and written in parts that appear whole or not at all.

    Parameters
    ----------
    model : str or Path
        A model saved by `skcook.artifacts.save`: a path, or an address that fsspec knows, such as
        ``s3://bucket/model.skcook``.
    source : str or Path
        A CSV, TSV, Parquet or JSON lines file, or a folder of files of one format, with
        partition folders such as ``country=fr/`` if there are any. Text may be packed by gzip
        (``.csv.gz``). A path or an address.
    output : str or Path
        A ``.parquet``, ``.csv`` or ``.jsonl`` file; without an ending, a folder of Parquet parts.
        A path or an address.
    outputs : sequence of str, default=("predict",)
        What to compute: "predict" and "proba", "explain", or the name of another method of the
        model that takes rows, such as "decision_function" or "transform"; an error lists them.
    explain : int, default=0
        How many reasons a row gets, as columns ``reason_1``, ``reason_1_weight``, ...
    recommend : int, default=0
        How many items each user gets; the output has one row per item.
    similar : int, default=0
        How many similar items each item gets; the output has one row per similar item.
    keep : sequence of str, default=()
        Columns of the input to copy to the output.
    on_bad_rows : {"stop", "reject"}, default="stop"
        Whether a row that does not fit ends the run, or is set aside with its reasons.
    rejects : str or Path or None, default=None
        Where rejected rows go, as JSON lines; None puts them beside the output, as
        ``OUT.rejects.jsonl``.
    batch_rows : int, default=65536
        Rows scored at once.
    input_format : {"csv", "tsv", "parquet", "jsonl"} or None, default=None
        None tells it from the ending.
    delimiter, decimal, encoding : str or None, default=None
        How the cells of a text file are written; None looks at the beginning of the file, and
        ``summary.notes`` says what was taken.
    escape_csv : bool, default=True
        Whether cells of CSV output that a spreadsheet would take for a formula get a ``'`` first.
    resume : bool, default=False
        Go on with an unfinished run of the same job.
    overwrite : bool, default=False
        Replace an output that an earlier run wrote, or throw an unfinished run away. A file that
        has no column of scores, and a folder of other files, are never replaced.
    engine : {"local", "dask"}, default="local"
        What does the work.
    scheduler : str or None, default=None
        Address of a Dask scheduler; None starts a cluster on this machine.
    workers : int, default=2
        Number of workers of such a cluster.
    trusted : sequence of str, default=()
        Types that the model file may hold beyond the allowed ones.
    allow_pickle : bool, default=False
        Take a pickle or joblib file too. **It can run any code.**
    verify_key : str, bytes or Path, default=None
        Demand that the model's file is signed by this key, as for `skcook.artifacts.load`.
    progress : bool, default=False
        Show rows, rate and time left on the error stream.

    Returns
    -------
    summary : Summary
        With ``rows``, ``rejected``, ``output``, ``rejects``, ``resumed``, ``seconds``,
        ``warnings`` and ``notes``.

    Raises
    ------
    RuntimeError
        With what stands in the way; its subclasses tell the input from the output and from rows
        that do not fit. What was scored is kept for a run with `resume`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.ensemble import HistGradientBoostingRegressor
    >>> from skcook import artifacts, batch
    >>> from skcook.datasets import load_penguins
    >>> X = load_penguins().data[["bill_length_mm", "body_mass_g"]].dropna()
    >>> bills, mass = X[["bill_length_mm"]], X["body_mass_g"]
    >>> model = HistGradientBoostingRegressor(max_iter=5).fit(bills, mass)
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = artifacts.save(model, folder / "mass.skcook", X_example=bills)
    >>> X.to_csv(folder / "birds.csv", index=False)
    >>> summary = batch.score(folder / "mass.skcook", folder / "birds.csv", folder / "out.csv")
    >>> summary.rows, summary.rejected
    (342, 0)

    What a run did not write, it does not replace:

    >>> batch.score(folder / "mass.skcook", folder / "birds.csv", folder / "birds.csv")
    Traceback (most recent call last):
        ...
    skcook.batch._job.BatchError: The output (...birds.csv) is the same as the input (...
    """
    given = dict(locals())
    progress = given.pop("progress")
    from skcook.batch._score_files import run

    return run(Job(**given), progress=progress)


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
    given = {key: value for key, value in vars(arguments).items() if key != "quiet"}
    if given["outputs"] is None:
        # A reason is read beside what it explains; a list of items is read by itself.
        given["outputs"] = () if given["recommend"] or given["similar"] else ("predict",)
    return Job(**given)


def main(argv: list[str] | None = None) -> int:
    """Run the command."""
    arguments = build_parser().parse_args(argv)
    try:
        # Heavy imports wait until the arguments are known to be sound.
        from skcook.batch._score_files import run

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
    words = {
        "category": "unknown categories",
        "range": "values outside the range seen in training",
        "never_missing": "missing values, where none was missing in training",
        "offset": "times with an offset, converted to UTC",
    }
    lines += [
        f"{column}: {count:,} {words.get(code, code)}"
        for (column, code), count in summary.warnings.most_common(20)
    ]
    return "\n".join(map(printable, lines))
