"""The README and the user guide run, and nothing public goes unmentioned."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import skcook

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "docs" / "getting_started.md"] + sorted(
    (ROOT / "docs" / "user_guide").glob("*.md")
)
FENCE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_python_of_a_page_runs_in_order(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = page.read_text()
    namespace = {"__name__": "page"}
    blocks = list(FENCE.finditer(text))
    for block in blocks:
        line = text[: block.start(1)].count("\n")
        source = "\n" * line + block.group(1)
        exec(compile(source, str(page), "exec"), namespace)
    assert blocks or "```console" in text, f"{page.name} shows no code"


PUBLIC = [
    pytest.param(info.name, name, id=f"{info.name}.{name}")
    for info in pkgutil.iter_modules(skcook.__path__)
    if info.ispkg and info.name not in ("base", "utils")
    for name in importlib.import_module(f"skcook.{info.name}").__all__
]


@pytest.mark.parametrize(("part", "name"), PUBLIC)
def test_every_public_name_is_in_the_user_guide(part, name):
    guide = "".join(page.read_text() for page in PAGES)
    assert re.search(rf"\b{re.escape(name)}\b", guide), f"{part}.{name} is in no page of the guide"


@pytest.mark.parametrize(
    "part", [info.name for info in pkgutil.iter_modules(skcook.__path__) if info.ispkg]
)
def test_every_part_with_public_names_has_its_page_or_a_place_in_the_map(part):
    names = importlib.import_module(f"skcook.{part}").__all__
    page = ROOT / "docs" / "user_guide" / f"{part}.md"
    assert not names or page.is_file() or part in (ROOT / "docs" / "map.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_inside_the_documentation_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_index_for_language_models_has_every_public_name(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "_ext"))
    from llms_txt import llms_txt

    text = llms_txt()
    assert all(f"[{name}](" in text for name in ("OneHotEncoder", "ExplainedClassifier", "save"))
    assert not [line for line in text.splitlines() if line.endswith(": ")]
