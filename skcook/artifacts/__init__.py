"""Save a model as one file, without pickle, and load it safely."""

__all__: list[str] = []
