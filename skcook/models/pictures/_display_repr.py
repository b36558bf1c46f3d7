"""How a display shows itself where no picture is: as a line, and as a small table."""

import html
from abc import ABC, abstractmethod
from typing import Any

#: Most numbers in a line, and in a table.
IN_LINE, IN_TABLE = 5, 30


class DisplayRepr(ABC):
    """The repr and the HTML of a display: its numbers, since the picture shows itself.

    A subclass names what it is of in ``estimator_name`` or ``method`` and gives `_numbers`.
    """

    @abstractmethod
    def _numbers(self) -> list[tuple[str, Any]]:
        """Return the numbers by their names, the most important first."""

    def __repr__(self) -> str:
        numbers = self._numbers()
        parts = [f"{name}={_shown(value)}" for name, value in numbers[:IN_LINE]]
        more = ["..."] if len(numbers) > IN_LINE else []
        return f"{type(self).__name__}({', '.join([*self._of(), *parts, *more])})"

    def _repr_html_(self) -> str:
        numbers = self._numbers()
        rows = "".join(
            f"<tr><th>{html.escape(str(name))}</th><td>{html.escape(_shown(value))}</td></tr>"
            for name, value in numbers[:IN_TABLE]
        )
        left = len(numbers) - IN_TABLE
        more = f"<p>and {left} more</p>" if left > 0 else ""
        title = html.escape(" of ".join([type(self).__name__, *self._of()]))
        return f"<div><p><b>{title}</b></p><table>{rows}</table>{more}</div>"

    def _of(self) -> list[str]:
        name = getattr(self, "estimator_name", None) or getattr(self, "method", None)
        return [str(name)] if name else []


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
