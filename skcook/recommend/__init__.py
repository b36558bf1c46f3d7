"""Recommend items to users."""

__all__: list[str] = []
