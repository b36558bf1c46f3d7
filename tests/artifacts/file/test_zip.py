"""The zip: the same bytes for the same members, and limits on what is read."""

import io
import zipfile

import pytest

from skcook.artifacts.file._members import LARGE, MEMBERS, pack, unpack
from skcook.exceptions import ArtifactFormatError

PARTS = {"manifest.json": b"{}", "schema.json": b"[1, 2]" * 100, "model.skops": bytes(range(256))}


def test_what_is_packed_is_unpacked():
    data = pack(PARTS)
    assert unpack(io.BytesIO(data)) == PARTS
    assert pack(dict(PARTS)) == data


def test_what_shrinks_too_well_is_left_unpacked():
    parts = {"model.skops": b"\0" * (LARGE + 1)}
    assert unpack(io.BytesIO(pack(parts))) == parts


def test_a_bomb_is_refused_before_it_is_unpacked():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("model.skops", b"\0" * (LARGE + 1))
    with pytest.raises(ArtifactFormatError, match="looks like an attack"):
        unpack(buffer)


def test_each_member_has_its_limit():
    limit = MEMBERS["signature.json"]
    with pytest.raises(ArtifactFormatError, match="at most"):
        unpack(io.BytesIO(pack({"signature.json": bytes(limit + 1)})))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_refused(method):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as out:
        out.writestr("manifest.json", b"{}")
    with pytest.raises(ArtifactFormatError, match="packed in a way"):
        unpack(buffer)


@pytest.mark.parametrize("place", range(0, 300, 7))
def test_every_flipped_byte_is_an_artifact_error_or_harmless(place):
    data = bytearray(pack(PARTS))
    data[place % len(data)] ^= 0xFF
    try:
        found = unpack(io.BytesIO(bytes(data)))
    except ArtifactFormatError:
        return
    assert found == PARTS
