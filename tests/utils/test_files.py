"""A file is whole or not there; a page is whole, and no text in it becomes markup."""

import os
from pathlib import Path

import pytest

from skcook.utils._files import fill, fill_page, replacing, write_atomic


def test_a_file_is_replaced_and_keeps_its_permissions(tmp_path):
    path = tmp_path / "a"
    write_atomic(path, b"one")
    path.chmod(0o600)
    write_atomic(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_the_permissions_of_any_other(tmp_path):
    (tmp_path / "other").touch()
    write_atomic(tmp_path / "a", b"")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_what_breaks_off_leaves_the_old_file(tmp_path):
    path = tmp_path / "a"
    write_atomic(path, b"one")

    def break_off():
        with replacing(path) as temporary:
            temporary.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_still_points_to_its_file_and_a_device_stays_one(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "a")
    write_atomic(tmp_path / "link", b"one")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a").read_bytes() == b"one"
    write_atomic(Path(os.devnull), b"one")
    assert Path(os.devnull).is_char_device()


EVIL = "</style><script>alert(1)</script>"


def test_texts_are_escaped_and_markup_is_not():
    assert fill("skcook.artifacts", "cell", text=EVIL).count("<script") == 0
    assert "<td>1</td>" in fill("skcook.artifacts", "row", markup={"cells": "<td>1</td>"})
    with pytest.raises(KeyError, match="cells"):
        fill("skcook.artifacts", "row")


@pytest.mark.parametrize(
    ("package", "name", "texts", "markup"),
    [
        ("skcook.eda", "profile", {"facts": EVIL}, {"report": "<p>", "pictures": ""}),
        ("skcook.models", "report", {"facts": EVIL}, {"sections": "<p>"}),
        ("skcook.review", "comparison", {}, {"rows": "<p>"}),
        ("skcook.explain", "page", {}, {"body": "<p>"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_page_has_its_frame_and_its_style(package, name, texts, markup):
    page = fill_page(package, name, title=EVIL, markup=markup, **texts)
    assert page.lower().startswith("<!doctype html>")
    assert page.count("&lt;script&gt;") == 2 + len(texts)  # the title and the heading
    assert "<script" not in page
    assert page.count("<style>") == page.count("</style>") == page.count("</html>") == 1
    assert "h1 {" in page
    assert "<p>" in page
    assert "$" not in page
