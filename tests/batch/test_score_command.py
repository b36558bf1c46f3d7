import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from skcook.batch._score_command import build_job, build_parser, main


def call(saved, source, output, *options):
    return main([str(saved.path), str(source), str(output), *options])


def test_a_file_is_scored_and_the_summary_says_so(saved, write, penguin_rows, tmp_path, capsys):
    frame = penguin_rows.assign(island="Atlantis")
    code = call(saved, write(frame, "csv"), tmp_path / "out.csv", "--output", "predict,proba")
    assert code == 0
    assert "333 rows scored" in (shown := capsys.readouterr().err)
    assert "island: 333 unknown categories" in shown
    assert list(pd.read_csv(tmp_path / "out.csv")) == [
        "prediction",
        "probability_Adelie",
        "probability_Chinstrap",
        "probability_Gentoo",
    ]


@pytest.mark.parametrize(
    ("options", "outputs"),
    [
        ([], ("predict",)),
        (["--explain"], ("predict",)),
        (["--explain", "2", "--output", ""], ()),
        (["--recommend", "5"], ()),
        (["--output", "predict, proba"], ("predict", "proba")),
    ],
    ids=" ".join,
)
def test_a_prediction_comes_along_unless_it_makes_no_sense(options, outputs):
    arguments = build_parser().parse_args(["m.skcook", "in.csv", "out.csv", *options])
    assert build_job(arguments).outputs == outputs


def test_rejected_rows_have_an_exit_code_of_their_own(saved, write, penguin_rows, tmp_path, capsys):
    frame = penguin_rows.head(9).copy()
    frame.loc[2, "body_mass_g"] = None
    source = write(frame, "csv")
    assert call(saved, source, tmp_path / "out.csv") == 1
    assert "row 2" in capsys.readouterr().err
    options = ("--on-bad-rows", "reject", "--overwrite")
    assert call(saved, source, tmp_path / "out.csv", *options) == 3
    assert "1 rows do not fit the model" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "code", "expected"),
    [
        (["--output", "magic"], 2, "--output takes predict, proba, "),
        (["--batch-rows", "0"], 2, "--batch-rows must be 1 or more"),
        (["--explain", "-1"], 2, "--explain must be 1 or more"),
        (["--scheduler", "tcp://127.0.0.1:1"], 2, "goes with --engine dask"),
        (["--output", "transform"], 2, "has no 'transform'"),
        (["--keep", "bird"], 4, "missing column bird"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_arguments_that_make_no_sense(
    saved, write, penguin_rows, tmp_path, capsys, options, code, expected
):
    source = write(penguin_rows.head(3), "csv")
    assert call(saved, source, tmp_path / "out.csv", *options) == code
    assert expected in capsys.readouterr().err


def test_a_file_that_is_no_model_is_refused_in_a_line(write, penguin_rows, tmp_path, capsys):
    source = write(penguin_rows.head(3), "csv")
    assert main([str(source), str(source), str(tmp_path / "out.csv")]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("skcook-score: ")
    assert "Traceback" not in shown


def test_help_is_quick_and_names_the_exit_codes(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    assert "exit codes:" in capsys.readouterr().out


@pytest.mark.slow
def test_a_killed_command_goes_on_where_it_was(saved, penguin_rows, tmp_path):
    source, output = tmp_path / "in.parquet", tmp_path / "out.parquet"
    frame = pd.concat([penguin_rows] * 120, ignore_index=True)
    frame["id"] = np.arange(len(frame))
    frame.to_parquet(source)
    command = [
        sys.executable, "-c",
        "import sys; from skcook.batch._score_command import main; sys.exit(main())",
        str(saved.path), str(source), str(output), "--keep", "id", "--batch-rows", "500", "--quiet",
    ]  # fmt: skip
    process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"})
    work, deadline = tmp_path / ".out.parquet.parts", time.monotonic() + 120
    while len(list(work.glob("*.done"))) < 3:
        assert process.poll() is None, "the command ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not output.exists()
    assert subprocess.run(command, check=False).returncode == 2  # an unfinished run is in the way
    subprocess.run([*command, "--resume"], check=True)
    scores = pd.read_parquet(output)
    assert scores["id"].tolist() == list(range(len(frame)))
    assert scores["prediction"].tolist() == list(saved.predictions) * 120
