"""Explain any prediction with LIME."""

__all__: list[str] = []
