"""The addresses of the server, one file an idea."""

from skcook.serve.http.routes._api_routes import blueprint as api
from skcook.serve.http.routes._explain_routes import blueprint as explain
from skcook.serve.http.routes._health_routes import blueprint as health
from skcook.serve.http.routes._models_routes import blueprint as models
from skcook.serve.http.routes._pages_routes import blueprint as pages
from skcook.serve.http.routes._platform_routes import blueprint as aliases
from skcook.serve.http.routes._platform_routes import register_vertex
from skcook.serve.http.routes._predict_routes import blueprint as predict
from skcook.serve.http.routes._recommend_routes import blueprint as recommend

__all__ = ["BLUEPRINTS", "PAGES", "register_vertex"]

BLUEPRINTS = (aliases, api, explain, health, models, predict, recommend)
PAGES = (pages,)
