"""The web pages: a form for each model, and the kinds of problems."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from skcook import __version__
from skcook.serve.http._errors import PROBLEMS, ProblemError
from skcook.serve.http._form import form_of
from skcook.serve.http._routes import Routes
from skcook.serve.http._state import state

routes = Routes("pages")


@routes.context_processor
def _common() -> dict[str, object]:
    return {"skcook_version": __version__}


@routes.add("/", is_data=False)
def index() -> str | Response:
    """Show the models; a single one shows its own page."""
    models = state().models
    if len(models.names()) == 1:
        return redirect(url_for("pages.model", name=models.names()[0]))
    return render_template("index.html", models=[models.get(name) for name in models.names()])


@routes.add("/models/<name>", "/models/<name>/versions/<version>", is_data=False)
def model(name: str, version: str | None = None) -> str:
    """Show a form with the prediction and the reasons for it, or what is recommended to a user."""
    service = state().models.get(name, version)
    address = f"{request.script_root}/v1/models/{name}"
    address += f"/versions/{version}" if version else ""
    others = [other for other in state().models.names() if other != name]
    if service.recommender is not None:
        return render_template("recommender.html", model=service, address=address, others=others)
    return render_template(
        "model.html",
        model=service,
        address=address,
        fields=form_of(service.schema, service.example),
        others=others,
    )


@routes.add("/problems/<kind>", is_open=True, is_data=False)
def problem(kind: str) -> str:
    """Say what a kind of problem means."""
    if kind not in PROBLEMS:
        raise ProblemError("not-found", "There is no such kind of problem.")
    return render_template("problem.html", kind=kind, problem=PROBLEMS[kind])


@routes.add("/favicon.ico", is_open=True, is_data=False)
def favicon() -> Response:
    """Lead browsers to the icon."""
    return redirect(url_for("static", filename="favicon.svg"))
