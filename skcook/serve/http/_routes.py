"""A route and what the server must know of it, in one place.

A view is registered with its addresses, with who may call it, with the kind of headers that its
answers get, and with its part of the OpenAPI document. The hooks around requests and the document
read it from here, so that adding a route is writing its view.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint

from skcook.serve._config import ServeConfig
from skcook.serve.model._service import ModelService

Document = dict[str, Any]

#: Of an address without a model's name: {address: operations}, for all models at once.
DescribeServer = Callable[[ServeConfig], Document]
#: Of an address with one: the same, for one model.
DescribeModel = Callable[[ModelService, ServeConfig], Document]


@dataclass(frozen=True)
class Route:
    """What is known of a view beside its code."""

    #: Whether it needs no key: who checks that the server lives, or reads how to call it.
    is_open: bool = False
    #: Whether its answers are data, and not pages or what pages load.
    is_data: bool = True
    describe_server: DescribeServer | None = None
    describe_model: DescribeModel | None = None


class Routes(Blueprint):
    """A blueprint that keeps a `Route` for each of its views."""

    def __init__(self, name: str) -> None:
        super().__init__(name, __name__)
        self.known: dict[str, Route] = {}

    def add(
        self,
        *rules: str,
        methods: Iterable[str] = ("GET",),
        is_open: bool = False,
        is_data: bool = True,
        describe_server: DescribeServer | None = None,
        describe_model: DescribeModel | None = None,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a view at one or more addresses."""
        route = Route(is_open, is_data, describe_server, describe_model)

        def register(view: Callable[..., Any]) -> Callable[..., Any]:
            name = view.__name__
            for rule in rules:
                self.add_url_rule(rule, name, view, methods=list(methods))
            self.known[f"{self.name}.{name}"] = route
            return view

        return register


def addresses(end: str) -> tuple[str, str]:
    """Return the addresses of something of a model: of its newest version, and of a named one."""
    return f"/v1/models/<name>{end}", f"/v1/models/<name>/versions/<version>{end}"
