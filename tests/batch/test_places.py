import pytest

from skcook.batch._job import BatchError, Job
from skcook.batch._work_folder import places_of


@pytest.fixture
def tree(tmp_path):
    """Return a folder with a model, a file and a folder of rows, a link, and scores."""
    (tmp_path / "rows").mkdir()
    for name in ("m.skcook", "in.csv", "rows/a.parquet"):
        (tmp_path / name).write_text("precious")
    (tmp_path / "link.csv").symlink_to("in.csv")
    (tmp_path / "there").symlink_to("rows")
    return tmp_path


def places(tree, source, output, rejects=None):
    job = Job(tree / "m.skcook", tree / source, tree / output, rejects=rejects and tree / rejects)
    return places_of(job, tree / output)


REFUSED = {
    "the input": ("in.csv", "in.csv", None),
    "the input by a link": ("link.csv", "in.csv", None),
    "the input by dots": ("in.csv", "rows/../in.csv", None),
    "the folder of the input": ("rows", "rows", None),
    "the folder of the input by a link": ("rows", "there", None),
    "in the folder of the input": ("rows", "rows/out.csv", None),
    "around the input": ("rows/a.parquet", "rows", None),
    "the model": ("in.csv", "m.skcook", None),
    "around all": ("in.csv", ".", None),
    "rejects on the output": ("in.csv", "out.csv", "out.csv"),
    "rejects on the input": ("in.csv", "out.csv", "link.csv"),
    "rejects on the model": ("in.csv", "out.csv", "m.skcook"),
    "rejects in the output": ("in.csv", "rows", "rows/bad.jsonl"),
    "rejects on the lock": ("in.csv", "out.csv", ".out.csv.lock"),
    "a work folder as the input": (".out.csv.parts", "out.csv", None),
}


@pytest.mark.parametrize(("source", "output", "rejects"), REFUSED.values(), ids=REFUSED.keys())
def test_no_place_is_written_that_is_read_or_written_otherwise(tree, source, output, rejects):
    with pytest.raises(BatchError, match=r"(is the same as|lies in|holds) the .*Choose another"):
        places(tree, source, output, rejects)


def test_the_key_is_not_written(tree):
    (tree / "key.pem").write_text("precious")
    job = Job(tree / "m.skcook", tree / "in.csv", tree / "key.pem", verify_key=tree / "key.pem")
    with pytest.raises(BatchError, match="is the same as the key"):
        places_of(job, tree / "key.pem")


def test_each_output_has_its_own_rejects(tree):
    first, second = places(tree, "in.csv", "out.csv"), places(tree, "in.csv", "out.parquet")
    assert first.rejects.name == "out.csv.rejects.jsonl"
    assert second.rejects.name == "out.parquet.rejects.jsonl"


def test_folders_that_are_not_there_are_named(tree):
    with pytest.raises(BatchError, match=r"absent does not exist"):
        places(tree, "in.csv", "absent/out.csv")
    with pytest.raises(BatchError, match=r"absent does not exist"):
        places(tree, "in.csv", "out.csv", "absent/bad.jsonl")
