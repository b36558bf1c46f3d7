"""The zip around a model: the same bytes for the same members, read with limits."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import BinaryIO

from skcook.exceptions import ArtifactFormatError

#: The date of every member: a file's bytes should tell of its contents alone.
FIXED_DATE = (1980, 1, 1, 0, 0, 0)
#: The members that a file may have, and how many bytes each may unpack to.
MEMBERS: Mapping[str, int] = {
    "manifest.json": 2**24,
    "schema.json": 2**26,
    "model.skops": 2**36,
    "background.json": 2**28,
    "signature.json": 2**16,
}
#: A large member that unpacks to more times its size than this is taken for an attack; `pack`
#: leaves such a member unpacked.
MAX_RATIO = 200
LARGE = 2**24
#: A third of the time of zlib's default, for a tenth more bytes.
_LEVEL = 3
#: What reading a damaged zip may raise.
UNREADABLE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, MemoryError, OSError,
    RuntimeError, ValueError,
)  # fmt: skip


def pack(members: Mapping[str, bytes]) -> bytes:
    """Make a zip, the same members always as the same bytes."""
    data = _pack(members, frozenset())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        small = frozenset(info.filename for info in archive.infolist() if _is_suspicious(info))
    return _pack(members, small) if small else data


def _pack(members: Mapping[str, bytes], unpacked: frozenset[str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, FIXED_DATE)
            info.compress_type = zipfile.ZIP_STORED if name in unpacked else zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, data, compresslevel=_LEVEL)
    return buffer.getvalue()


def _is_suspicious(info: zipfile.ZipInfo) -> bool:
    return info.file_size > LARGE and info.file_size > MAX_RATIO * info.compress_size


def unpack(file: BinaryIO) -> dict[str, bytes]:
    """Read the members of a zip, within their limits."""
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            names = [info.filename for info in infos]
            if len(set(names)) != len(names):
                raise ArtifactFormatError("The file holds two members of one name.")
            strange = sorted(set(names) - set(MEMBERS))
            if strange:
                raise ArtifactFormatError(
                    f"The file holds {strange[0][:100]!r}, which no model file does."
                )
            return {info.filename: read_limited(archive, info) for info in infos}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError) as exc:
        raise ArtifactFormatError(f"The file is damaged or cut off: {exc}") from exc
    except ArtifactFormatError:
        raise
    except UNREADABLE as exc:
        raise ArtifactFormatError(f"The file cannot be unpacked: {exc}") from exc


def read_limited(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Read one member, and no more of it than its limit."""
    limit = MEMBERS[info.filename]
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArtifactFormatError(f"{info.filename} is packed in a way that no model file is.")
    if info.file_size > limit:
        raise ArtifactFormatError(
            f"{info.filename} has {info.file_size} bytes, and may have {limit} at most."
        )
    if _is_suspicious(info):
        raise ArtifactFormatError(
            f"{info.filename} would unpack to {info.file_size / 2**20:.0f} MiB from "
            f"{info.compress_size / 2**10:.0f} KiB; this looks like an attack and is refused."
        )
    # zipfile itself stops at the size that the directory names, and checks the sum.
    with archive.open(info) as member:
        data = member.read(info.file_size + 1)
    if len(data) != info.file_size:
        raise ArtifactFormatError(f"{info.filename} does not have the size that it names.")
    return data
