"""How a CSV file is written: what it looks like, where the caller does not say.

Spreadsheets of half of Europe write ``1,5;2,5`` in cp1252, and call it CSV. The beginning of a
file shows the encoding, the delimiter and the decimal mark; what was taken is told in a sentence.
"""

import codecs
import csv
import re
from dataclasses import dataclass

HEAD_BYTES = 1 << 16
_DELIMITERS = (",", ";", "\t", "|")
_BOMS = {codecs.BOM_UTF8: "utf8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_COMMA_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+")
_POINT_NUMBER = re.compile(r"[+-]?\d+\.\d+([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Dialect:
    """How the cells of a text file are written."""

    delimiter: str = ","
    decimal: str = "."
    encoding: str = "utf8"

    def describe(self, plain: str) -> str | None:
        """Say what was taken, or return None if it is what anyone expects."""
        words = {"\t": "a tab"}
        said = [
            f"{words.get(self.delimiter, repr(self.delimiter))} between cells"
            if self.delimiter != plain
            else "",
            "',' as the decimal mark" if self.decimal == "," else "",
            f"{self.encoding} as the encoding" if self.encoding != "utf8" else "",
        ]
        told = [part for part in said if part]
        return f"read with {', '.join(told)}" if told else None


def sniff(
    head: bytes,
    *,
    whole: bool,
    plain: str = ",",
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
) -> Dialect:
    """Look at the beginning of a file; `whole` if it is all of it."""
    encoding = encoding or _encoding_of(head, whole=whole)
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head).lstrip("\ufeff")
    if not whole and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    lines = text.splitlines()[:200]
    delimiter = delimiter or _delimiter_of(lines, plain)
    decimal = decimal or _decimal_of(lines, delimiter)
    return Dialect(delimiter, decimal, encoding)


def _encoding_of(head: bytes, *, whole: bool) -> str:
    for bom, name in _BOMS.items():
        if head.startswith(bom):
            return name
    for name in ("utf8", "cp1252"):
        try:
            codecs.getincrementaldecoder(name)().decode(head, final=whole)
        except UnicodeDecodeError:
            continue
        return name
    return "latin-1"  # every byte is a character of it


def _cells(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return []


def _delimiter_of(lines: list[str], plain: str) -> str:
    """Return the delimiter that cuts every line into as many cells as the first."""
    widths = {}
    for candidate in dict.fromkeys((plain, *_DELIMITERS)):
        rows = _cells(lines, candidate)
        # The last line may be cut within quotes.
        if rows and len(rows[0]) > 1 and all(len(row) == len(rows[0]) for row in rows[:-1]):
            widths[candidate] = len(rows[0])
    if not widths:
        return plain
    return plain if plain in widths else max(widths, key=lambda found: widths[found])


def _decimal_of(lines: list[str], delimiter: str) -> str:
    """Return the decimal mark that numbers are written with."""
    if delimiter == ",":
        return "."
    cells = [cell.strip() for row in _cells(lines, delimiter) for cell in row]
    commas = sum(_COMMA_NUMBER.fullmatch(cell) is not None for cell in cells)
    if not commas:
        return "."
    # Beside decimal commas, the point of "1.200" marks thousands.
    points = sum(
        _POINT_NUMBER.fullmatch(cell) is not None and _THOUSANDS.fullmatch(cell) is None
        for cell in cells
    )
    return "," if commas > points else "."
