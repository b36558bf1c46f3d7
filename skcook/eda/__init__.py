"""Look at data before modelling it."""

__all__: list[str] = []
