"""Score whole files with a saved model."""

__all__: list[str] = []
