"""The addresses of the server, one file per resource."""

from skcook.serve.http._routes import Routes
from skcook.serve.http.routes import (
    _change_routes,
    _model_routes,
    _page_routes,
    _platform_routes,
    _recommend_routes,
    _review_routes,
    _server_routes,
    _table_routes,
)

__all__ = ["API", "PAGES"]

API: tuple[Routes, ...] = (
    _server_routes.routes,
    _model_routes.routes,
    _change_routes.routes,
    _recommend_routes.routes,
    _review_routes.routes,
    _table_routes.routes,
    _platform_routes.routes,
)
PAGES: tuple[Routes, ...] = (_page_routes.routes,)
