"""A CSV file is read in the same way by the server, at each of its addresses, and by batches."""

import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from skcook import artifacts, batch
from skcook.serve import create_app

FRAME = pd.DataFrame({"n": [1, 2, 3, 4], "x": [0.5, 1.5, 2.5, 3.5]})
#: The cells of a row in a file with decimal commas, and the sum that they are; None: refused.
ROWS = {
    "a comma": ("1;2,25", 3.25),
    "thousands": ("1.200;1.234,5", 2434.5),
    "a sign": ("-1;+2,5", 1.5),
    "blanks": (" 1 ; 2,5 ", 3.5),
    "an exponent": ("1;2,5e1", 26.0),
    "a point for a comma": ("1;2.75", None),
    "commas for thousands": ("1;1,234.5", None),
    "a fraction of an integer": ("1,5;2,0", 3.5),
    "two commas": ("1;1,2,3", None),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "sum.skcook"
    return artifacts.save(LinearRegression().fit(FRAME, FRAME.sum(axis=1)), path, FRAME)


@pytest.fixture(scope="module")
def client(model):
    return create_app(model).test_client()


@pytest.mark.parametrize("case", ROWS)
def test_decimal_commas(case, model, client, tmp_path):
    cells, expected = ROWS[case]
    # The other rows show how the file is written.
    text = f"n;x\n{cells}\n5;6,5\n7;8,5\n"
    (tmp_path / "in.csv").write_text(text)
    summary = batch.score(model, tmp_path / "in.csv", tmp_path / "o.csv", on_bad_rows="reject")
    scores = pd.read_csv(tmp_path / "o.csv")["prediction"].tolist()
    assert scores == pytest.approx([11.5, 15.5] if expected is None else [expected, 11.5, 15.5])
    assert summary.rejected == (expected is None)
    for address in ("/v1/models/sum/predict", "/invocations"):
        answer = client.post(address, data=text, content_type="text/csv")
        assert answer.status_code == (422 if expected is None else 200), answer.text
        if expected is not None:
            assert answer.json["predictions"] == pytest.approx(scores)


def test_whole_columns_are_read_as_cells_are():
    arrow = pytest.importorskip("pyarrow")
    from skcook.artifacts.schema._arrow_reader import with_points
    from skcook.artifacts.schema._rows import with_point

    cells = ["1,5", "1.234,5", " -1.234.567 ", "2.75", "1.23,4", "", "NA", "1,2,3", ".5", "1.,5"]
    column = arrow.chunked_array([cells])
    (read,) = with_points(arrow.table({"x": column}), ["x"]).columns
    assert read.to_pylist() == [with_point(cell) for cell in cells]
