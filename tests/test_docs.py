"""The README and the user guide run, and nothing public goes unmentioned."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import skcook

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
GUIDE = [ROOT / "README.md", DOCS / "getting_started.md", *sorted(DOCS.glob("user_guide/*.md"))]
PAGES = GUIDE + sorted({*DOCS.glob("*.md"), *DOCS.glob("coming_from/*.md")} - set(GUIDE))
#: A block of code, and the output that a block of text right under it promises.
BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```$(?:\n\n```text\n(?P<output>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def numbers_apart(text):
    """Split a text into what stands between its numbers, and the numbers."""
    words = [" ".join(part.split()) for part in NUMBER.split(text)]
    return words, [float(number) for number in NUMBER.findall(text)]


def assert_same_output(got, promised):
    """Compare line by line; numbers may differ by what another processor makes of a sum."""
    got, promised = got.strip().splitlines(), promised.strip().splitlines()
    assert len(got) == len(promised), "\n".join(got)
    for line, wanted in zip(got, promised):
        if "..." in wanted:
            start, end = wanted.split("...")
            assert line.startswith(start), line
            assert line.endswith(end), line
            continue
        words, numbers = numbers_apart(line)
        wanted_words, wanted_numbers = numbers_apart(wanted)
        assert words == wanted_words, line
        assert numbers == pytest.approx(wanted_numbers, rel=0.05, abs=0.02), line


@pytest.mark.parametrize("page", [*PAGES, *ROOT.glob("[A-Z]*.md")], ids=lambda page: page.name)
def test_the_files_and_rooms_that_a_page_names_exist(page):
    text = page.read_text()
    named = re.findall(r"`((?:skcook|tests|docs|benchmarks|conda|\.ci)/[\w./-]+)`", text)
    if page.name == "map.md":
        named += [f"skcook/{room}" for room in re.findall(r"^\| `([\w/.]+)`", text, re.MULTILINE)]
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_python_of_a_page_runs_in_order(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = page.read_text()
    namespace = {"__name__": "page"}
    blocks = list(BLOCK.finditer(text))
    for block in blocks:
        line = text[: block.start("code")].count("\n")
        source = "\n" * line + block["code"]
        capsys.readouterr()
        exec(compile(source, str(page), "exec"), namespace)
        if block["output"] is not None:
            assert_same_output(capsys.readouterr().out, block["output"])
    assert blocks or "```console" in text or page not in GUIDE, f"{page.name} shows no code"


PUBLIC = [
    pytest.param(info.name, name, id=f"{info.name}.{name}")
    for info in pkgutil.iter_modules(skcook.__path__)
    if info.ispkg and info.name not in ("base", "utils")
    for name in importlib.import_module(f"skcook.{info.name}").__all__
]


@pytest.mark.parametrize(("part", "name"), PUBLIC)
def test_every_public_name_is_in_the_user_guide(part, name):
    guide = "".join(page.read_text() for page in GUIDE)
    assert re.search(rf"\b{re.escape(name)}\b", guide), f"{part}.{name} is in no page of the guide"


@pytest.mark.parametrize(
    "part", [info.name for info in pkgutil.iter_modules(skcook.__path__) if info.ispkg]
)
def test_every_part_with_public_names_has_its_page_or_a_place_in_the_map(part):
    names = importlib.import_module(f"skcook.{part}").__all__
    page = ROOT / "docs" / "user_guide" / f"{part}.md"
    assert not names or page.is_file() or part in (ROOT / "docs" / "map.md").read_text()


#: A page or a picture of the gallery is made of an example when the documentation is built.
FROM_GALLERY = re.compile(r"gallery/(\w+)/(?:images/sphx_glr_)?(plot_\w+?)(?:_\d{3}\.png|\.rst)$")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_inside_the_documentation_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text()):
        made = FROM_GALLERY.search(target)
        place = DOCS / "examples" / made[1] / f"{made[2]}.py" if made else page.parent / target
        if target.startswith("_static/made/cheat_sheet."):
            place = DOCS / "_ext" / "one_page.py"  # which makes it of its page
        assert place.exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pictures_say_what_they_show(page):
    for words, target in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", page.read_text()):
        assert len(words.split()) > 4, f"{page.name}: {target} needs a description"


@pytest.fixture
def extensions(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS / "_ext"))


def test_the_index_for_language_models_has_every_public_name(extensions):
    from llms_txt import llms_txt

    text = llms_txt()
    assert all(f"[{name}](" in text for name in ("OneHotEncoder", "ExplainedClassifier", "save"))
    assert not [line for line in text.splitlines() if line.endswith(": ")]


def test_a_build_finds_dead_links_bare_pictures_and_searches_that_miss(extensions, tmp_path):
    check_pages = pytest.importorskip("check_pages", reason="needs the group docs")
    (tmp_path / "a.html").write_text(
        '<h1 id="top"></h1><img src="p.png" alt="What says >50K"><img alt="" src="p.png?v=1">'
        '<a href="b/c.html#here"></a><a href="b/c.html#gone"></a><a href="none.html"></a>'
        '<a href="#top"></a><a href="#end"></a><a href="b/"></a><a href="https://example.org"></a>'
        '<a href="mailto:ndcg%4010"></a><a href="https://nowhere"></a>'
    )
    (tmp_path / "p.png").touch()
    (tmp_path / "b").mkdir()
    for name in ("c", "index"):
        (tmp_path / "b" / f"{name}.html").write_text('<p id="here"></p>')
    dead = {line.split()[1] for line in check_pages.dead_links(tmp_path)}
    assert dead == {"b/c.html#gone", "none.html", "#end", "mailto:ndcg%4010", "https://nowhere"}
    assert len(list(check_pages.bare_pictures(tmp_path))) == 1
    index = tmp_path / "searchindex.js"
    index.write_text(
        'Search.setIndex({"docnames":["x","y"],"terms":{"progress":[0,1],"bar":1},"titleterms":{}})'
    )
    searches = {"progress bar": "y", "progress bars": "x", "what would": "x"}
    assert list(check_pages.missed_searches(index, searches)) == [
        "a search for 'progress bars' does not find x",
        "a search for 'what would' does not find x",
    ]


@pytest.mark.parametrize(
    ("page", "source"),
    [
        ("user_guide/explain", "docs/user_guide/explain.md"),
        ("gallery/eda/plot_summary", "docs/examples/eda/plot_summary.py"),
        ("gallery/index", "docs/examples/GALLERY_HEADER.rst"),
        ("changelog", "CHANGELOG.md"),
        (
            "api/generated/skcook.preprocessing.DropCorrelated",
            "skcook/preprocessing/_dropping.py",
        ),
        ("api/generated/skcook.artifacts.save", "skcook/artifacts/file/_save.py"),
        ("search", None),
    ],
)
def test_a_page_is_edited_where_it_is_made(extensions, page, source):
    from page_sources import source_of

    assert source_of(page) == source


@pytest.mark.parametrize(("part", "name"), PUBLIC)
def test_the_page_of_a_public_name_is_edited_in_its_package(extensions, part, name):
    from page_sources import source_of

    assert source_of(f"api/generated/skcook.{part}.{name}").startswith("skcook/")


def test_the_sheet_holds_every_section_and_every_line_of_code(extensions, tmp_path):
    one_page = pytest.importorskip("one_page", reason="needs matplotlib")
    text = (DOCS / "cheat_sheet.md").read_text()
    sections = one_page.boxes(text)
    assert [box.title for box in sections] == re.findall(r"^## (.*)$", text, re.MULTILINE)
    drawn = "".join(line.replace(" ", "") for box in sections for _, line in box.lines)
    for call in re.findall(r"^\w+(?:\.\w+)?\(.*\)$", text, re.MULTILINE):
        assert call.replace(" ", "") in drawn
    one_page.write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"cheat_sheet.svg", "cheat_sheet.pdf"}
    with pytest.raises(ValueError, match="longer than a page"):
        one_page.draw(sections * 3)
