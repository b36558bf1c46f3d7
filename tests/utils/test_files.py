import os
from pathlib import Path

import pytest

from skcook.utils._files import replacing, write_atomic


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
