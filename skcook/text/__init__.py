"""Clean, count and vectorize text."""

__all__: list[str] = []
