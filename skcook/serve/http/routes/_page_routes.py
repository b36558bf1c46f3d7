"""The web pages: a form for each model, and the kinds of problems."""

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from skcook import __version__
from skcook.serve.http._errors import PROBLEMS, ProblemError
from skcook.serve.http._form import card_page, feature_fields, form_of, picture_of, shown_methods
from skcook.serve.http._routes import Routes, state
from skcook.serve.model._review_rows import can_review
from skcook.serve.model._service import ModelService

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
    known = _known(service, "model", version)
    if service.recommender is not None:
        table = service.recommender.user_table
        fields = feature_fields(table) if table is not None else []
        user_column = table.id if table is not None else ""
        return render_template("recommender.html", **known, fields=fields, user_column=user_column)
    if shape := service.picture_shape:
        fields = [picture_of(service.schema, service.example, shape)]
    else:
        fields = form_of(service.schema, service.example, service.card.get("fields"))
    predicted = service.example_results.get("predict", [""])[0]
    return render_template(
        "model.html",
        **known,
        fields=fields,
        is_picture=fields[0].widget == "image",
        shown=shown_methods(service.row_methods, service.artifact.model),
        wish=predicted,
        curves=service.curves.columns,
        comparable=_comparable(service),
    )


@routes.add("/models/<name>/card", "/models/<name>/versions/<version>/card", is_data=False)
def card(name: str, version: str | None = None) -> str:
    """Show what a model is for, how good it is and what it takes, for people."""
    service = state().models.get(name, version)
    return render_template("card.html", **_known(service, "card", version), **card_page(service))


@routes.add("/models/<name>/review", "/models/<name>/versions/<version>/review", is_data=False)
def review(name: str, version: str | None = None) -> str:
    """Show rows with the model's reasons, for people to judge."""
    models = state().models
    service = models.get(name, version)
    if state().config.review is None or not can_review(service):
        raise ProblemError("not-found", "This model is not reviewed here.")
    versions = [models.get(name, known) for known in models.versions(name)]
    same = [other.version for other in versions if other.schema.names == service.schema.names]
    return render_template("review.html", **_known(service, "review", version), versions=same)


def _address(name: str, version: str | None) -> str:
    """Return where a model, or one version of it, is asked."""
    address = f"{request.script_root}/v1/models/{name}"
    return f"{address}/versions/{version}" if version else address


def _comparable(service: ModelService) -> list[dict[str, Any]]:
    """Return the other models and versions that take the same rows and answer the same question."""
    models = state().models
    found = []
    for name in models.names():
        versions = models.versions(name)
        for version in versions:
            other = models.get(name, version)
            same = (other.task, other.schema.input, sorted(other.schema.names)) == (
                service.task, service.schema.input, sorted(service.schema.names)
            )  # fmt: skip
            if other is service or not same or "predict" not in other.methods:
                continue
            title = str(other.card.get("title") or name)
            title += f", version {version}" if len(versions) > 1 else ""
            found.append(
                {"title": title, "address": _address(name, version), "methods": other.methods}
            )
    return found


def _known(service: ModelService, tab: str, version: str | None) -> dict[str, object]:
    """Return what every page of a model knows."""
    name = service.name
    tabs = [("model", "Try it"), ("card", "Model card")]
    if state().config.review is not None and can_review(service):
        tabs.insert(1, ("review", "Review"))
    return {
        "model": service,
        "card": service.card,
        "address": _address(name, version),
        "others": [other for other in state().models.names() if other != name],
        "tab": tab,
        "tabs": [
            (key, title, url_for(f"pages.{key}", name=name, version=version)) for key, title in tabs
        ],
    }


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
