"""What a model's service cannot do, as exceptions that say what happened and know no HTTP."""

from collections.abc import Sequence

from skcook.exceptions import SchemaError


class UnknownModelError(Exception):
    """A model, or a version of one, that is not here."""

    def __init__(self, sentence: str, available: Sequence[str]) -> None:
        super().__init__(sentence)
        self.available = list(available)


class UnknownIdsError(SchemaError):
    """Ids that the model does not know, where nothing can be said of unknown ones."""


class MethodUnavailableError(Exception):
    """A method that the model does not have."""

    def __init__(self, available: Sequence[str]) -> None:
        super().__init__(f"The model has {', '.join(available) or 'no method that is served'}.")
        self.available = list(available)


class TooManyRowsError(Exception):
    """More rows, or ids, than one request may have."""

    def __init__(self, n_rows: int, max_rows: int) -> None:
        super().__init__(
            f"The request has {n_rows} rows and may have {max_rows}. Send them in parts."
        )
        self.max_rows = max_rows


class QueueFullError(Exception):
    """More rows wait than are allowed to."""


class DeadlineError(Exception):
    """A request waited longer than it may."""


class ClosedError(Exception):
    """Something that is being shut down was asked to work."""


class RefusedRowsError(Exception):
    """The model raised an error over rows that fit its schema."""

    def __init__(self, positions: Sequence[int]) -> None:
        super().__init__(positions)
        self.positions = list(positions)
