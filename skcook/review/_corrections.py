"""Corrections: what people know about a model's reasons, as plain records."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from skcook.exceptions import CorrectionError
from skcook.review._one_correction import Correction, now
from skcook.review._verdicts import FeedbackLog, decide
from skcook.utils._files import write_atomic

#: Raise it when an older reader could not use the records written now.
FORMAT = 1


class Corrections(Sequence[Correction]):
    """What people know about a model's reasons: a sequence of records that never changes.

    `add` returns a longer sequence, ``+`` joins those of several people, and each record keeps who
    said it, when and why. A :class:`ReviewedClassifier` or :class:`ReviewedRegressor` obeys them.

    ============= ================================= ==========================================
    kind          feature                           detail
    ============= ================================= ==========================================
    ``drop``      a column: held constant
    ``word``      a word: taken out of the text     ``column``, for a frame of several columns
    ``pattern``   "emails", "headers", "quotes",    ``column``
                  "signatures", "links", "numbers"
    ``merge``     a column                          ``levels``, ``into`` (None: missing)
    ``ban``       a column                          ``levels``: become the most frequent other
    ``direction`` a column of numbers               ``sign`` "up" or "down", ``target``: the class
    ``row``       `row_keys` of the row             ``label``, or ``leave_out=True``
    ============= ================================= ==========================================

    Parameters
    ----------
    records : iterable of dict, default=()
        With the keys ``kind`` and ``feature``, and where they apply ``detail``, ``votes``,
        ``who``, ``when``, ``why`` and ``model``. Of two records that correct the same, the first
        is kept.

    See Also
    --------
    Review : Makes corrections of verdicts on explanations.

    Examples
    --------
    >>> from skcook.review import Corrections
    >>> corrections = Corrections().add("drop", "branch", who="ana", why="known only afterwards")
    >>> corrections = corrections.add("direction", "age", sign="up")
    >>> print(corrections)
    drop 'branch': known only afterwards
    direction 'age', sign 'up'
    >>> Corrections.from_json(corrections.to_json()) == corrections
    True

    What cannot be understood is refused:

    >>> corrections.add("pattern", ".*")
    Traceback (most recent call last):
    ...
    skcook.exceptions.CorrectionError: There is no group of texts named '.*'; there are 'headers',
    'quotes', 'signatures', 'emails', 'links', 'numbers'. Regular expressions are not taken.
    """

    def __init__(self, records: Iterable[Any] = ()) -> None:
        if isinstance(records, str | bytes | Mapping):
            raise CorrectionError(
                f"Corrections are a list of records; got {type(records).__name__}. "
                "Corrections.from_json reads JSON text."
            )
        found: dict[tuple[str, str], Correction] = {}
        for record in records:
            correction = Correction.of(record)
            found.setdefault(correction.key, correction)
        self._items: tuple[Correction, ...] = tuple(found.values())

    def add(
        self,
        kind: str,
        feature: Any,
        *,
        who: str = "",
        why: str = "",
        when: str | None = None,
        **detail: Any,
    ) -> "Corrections":
        """Return these corrections and one more.

        Parameters
        ----------
        kind : str
            One of the kinds in the table above.
        feature : str or int
            What it is about.
        who, why : str, default=""
            Who says so, and for which reason.
        when : str, default=None
            A time in ISO 8601; None is now.
        **detail : object
            What the kind needs.

        Returns
        -------
        corrections : Corrections
            One longer, unless it held the same already.

        Raises
        ------
        CorrectionError
            If there is no such kind, or its detail is wrong.
        """
        when = now() if when is None else when
        more = Correction(kind, feature, detail, who=who, when=when, why=why)
        return Corrections([*self._items, more])

    def of_kind(self, *kinds: str) -> list[Correction]:
        """Return the corrections of some kinds.

        Parameters
        ----------
        *kinds : str
            The kinds.

        Returns
        -------
        corrections : list
            In their order.
        """
        return [item for item in self._items if item.kind in kinds]

    def to_list(self) -> list[dict[str, Any]]:
        """Return the records.

        Returns
        -------
        records : list of dict
            Plain values that JSON knows.
        """
        return [item.to_dict() for item in self._items]

    def to_frame(self) -> pd.DataFrame:
        """Return a table: one line per correction.

        Returns
        -------
        frame : pandas DataFrame
            With the columns ``kind``, ``feature``, ``detail``, ``votes``, ``who``, ``when``,
            ``why`` and ``model``.
        """
        return pd.DataFrame(self.to_list(), columns=list(Correction.__dataclass_fields__))

    def to_json(self, path: str | Path | None = None) -> str:
        """Return the corrections as JSON text.

        Parameters
        ----------
        path : str or Path, default=None
            Where to write it as well.

        Returns
        -------
        text : str
            ``{"skcook_corrections": 1, "corrections": [...]}``.
        """
        document = {"skcook_corrections": FORMAT, "corrections": self.to_list()}
        text = json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False)
        if path is not None:
            write_atomic(Path(path), f"{text}\n".encode())
        return text

    @classmethod
    def from_json(cls, source: str | Path) -> "Corrections":
        """Read what `to_json` wrote.

        Parameters
        ----------
        source : str or Path
            The text, or the path of a file (a Path).

        Returns
        -------
        corrections : Corrections
            The records.

        Raises
        ------
        CorrectionError
            If it is damaged, or of a newer version.
        """
        text = source.read_text(encoding="utf-8") if isinstance(source, Path) else source
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as exc:
            raise CorrectionError(f"The corrections are no JSON: {exc}.") from exc
        number = document.get("skcook_corrections") if isinstance(document, dict) else None
        if not isinstance(number, int) or not isinstance(document.get("corrections"), list):
            raise CorrectionError(
                'The JSON holds no corrections: {"skcook_corrections": 1, "corrections": [...]} '
                "is expected."
            )
        if number > FORMAT:
            raise CorrectionError(
                f"The corrections have format {number}; this version of skcook reads {FORMAT}."
            )
        return cls(document["corrections"])

    @classmethod
    def from_feedback(
        cls, path: str | Path, *, min_share: float = 0.5, min_votes: int = 1, who: Any = None
    ) -> "Corrections":
        """Decide corrections from a log of verdicts, as ``skcook-serve --review`` writes it.

        A reason is corrected if more than `min_share` of the verdicts on it say so. Of several
        verdicts of one person on one reason of one row the last counts.

        Parameters
        ----------
        path : str or Path
            The log: JSON lines.
        min_share : float, default=0.5
            The share of verdicts that must be exceeded.
        min_votes : int, default=1
            How many verdicts a reason needs before it is decided.
        who : str or collection of str, default=None
            Count the verdicts of these people alone.

        Returns
        -------
        corrections : Corrections
            Those that have a majority.

        Raises
        ------
        CorrectionError
            If `min_share` is not in [0, 1), or the log is of a newer version.
        """
        verdicts = FeedbackLog(path).read()
        return cls(decide(verdicts, min_share=min_share, min_votes=min_votes, who=who))

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Corrections(self._items[index])
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Correction]:
        return iter(self._items)

    def __add__(self, other: Iterable[Any]) -> "Corrections":
        return Corrections([*self._items, *other])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Corrections) and self._items == other._items

    def __hash__(self) -> int:
        return hash(tuple(item.key for item in self._items))

    def __repr__(self) -> str:
        return f"<Corrections: {len(self)}>"

    def __str__(self) -> str:
        return "\n".join(map(str, self._items)) or "No corrections."

    # A model file holds records of plain values, not classes of their own.
    def __getstate__(self) -> dict[str, Any]:
        return {"records": self.to_list()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._items = Corrections(state["records"])._items
