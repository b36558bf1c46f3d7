"""Prepare mixed frames: missing values, categories, dates, scales, joins."""

__all__: list[str] = []
