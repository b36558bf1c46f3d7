"""Serve saved models as an HTTP API with a web page."""

__all__: list[str] = []
