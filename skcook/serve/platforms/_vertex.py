"""Vertex AI, which says by environment variables at which addresses it asks."""

import os
from collections.abc import Iterator, Mapping


def vertex_addresses(
    environment: Mapping[str, str] = os.environ,
) -> Iterator[tuple[str, str, str]]:
    """Yield the addresses, each with the view that answers there, and the HTTP method."""
    if health := environment.get("AIP_HEALTH_ROUTE"):
        yield health, "platforms.ping", "GET"
    if predict := environment.get("AIP_PREDICT_ROUTE"):
        yield predict, "platforms.invocations", "POST"
