"""What the tests of serve share."""

import pytest
from sklearn.linear_model import LinearRegression

from skcook.serve import ServeConfig
from skcook.serve.http._app import build_app
from skcook.serve.http._routes import state_of
from tests.serve._browser import chromium
from tests.serve._helpers import ROW, artifact_of, fit_people
from tests.serve._process import Server


@pytest.fixture(scope="session")
def classifier():
    return artifact_of(fit_people())


@pytest.fixture(scope="session")
def regressor():
    return artifact_of(fit_people(LinearRegression()), name="ages", task="regressor")


@pytest.fixture
def row():
    return dict(ROW)


@pytest.fixture(params=["front", "flask"])
def make_app(request):
    """Return a factory of applications that are closed after the test, by either way."""
    apps = []

    def make(model, **settings):
        given = {"reload_interval": 0, "front": request.param == "front", **settings}
        app = build_app(model, ServeConfig(**given))
        app.testing = False
        apps.append(app)
        return app

    yield make
    for app in apps:
        state_of(app).models.close()


@pytest.fixture
def client(make_app, classifier, regressor):
    """Return a client of a server with a classifier "people" and a regressor "ages"."""
    return make_app([classifier, regressor]).test_client()


@pytest.fixture(scope="session")
def demo_server():
    """Run ``skcook-serve --demo`` as a process."""
    with Server("--demo") as server:
        yield server
        server.process.terminate()
        assert server.process.wait(60) == 0, server.log()


@pytest.fixture(scope="session")
def verdicts(tmp_path_factory):
    """Return the log of verdicts of `pages_server`."""
    return tmp_path_factory.mktemp("log") / "verdicts.jsonl"


@pytest.fixture(scope="session")
def pages_server(tmp_path_factory, verdicts):
    """Run a server with a model of each kind of page, and with reviews."""
    from tests.serve._page_models import save_models

    models = save_models(tmp_path_factory.mktemp("models"))
    with Server(*models, "--review", str(verdicts)) as running:
        yield running


@pytest.fixture(scope="session")
def browser():
    """Run one browser for all pages."""
    with chromium() as chrome:
        yield chrome
