"""The addresses of the server, one file an idea."""

from skcook.serve.routes._aliases import blueprint as aliases
from skcook.serve.routes._aliases import register_vertex
from skcook.serve.routes._api import blueprint as api
from skcook.serve.routes._explain import blueprint as explain
from skcook.serve.routes._health import blueprint as health
from skcook.serve.routes._models import blueprint as models
from skcook.serve.routes._pages import blueprint as pages
from skcook.serve.routes._predict import blueprint as predict
from skcook.serve.routes._recommend import blueprint as recommend

__all__ = ["BLUEPRINTS", "PAGES", "register_vertex"]

BLUEPRINTS = (aliases, api, explain, health, models, predict, recommend)
PAGES = (pages,)
