"""Configuration of the documentation."""

import json
import logging
import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "warning")

import skcook

sys.path.insert(0, str(Path(__file__).parent / "_ext"))
from cross_links import guides
from llms_txt import llms_txt

project = "skcook"
author = "The skcook developers"
copyright = "2026, the skcook developers"  # noqa: A001 - Sphinx asks for this name
version = release = skcook.__version__

extensions = [
    "myst_parser",
    "cross_links",
    "page_sources",
    "check_pages",
    "one_page",
    "estimator_table",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "examples", "**/GALLERY_HEADER.rst", "sg_execution_times.rst"]
templates_path = ["_templates"]
html_theme = "furo"
html_title = "skcook"
html_static_path = ["_static"]
html_copy_source = False
html_favicon = "../skcook/serve/static/favicon.svg"
html_js_files = ["accessibility.js", "versions.js"]
html_css_files = ["versions.css"]
html_context = {
    "versions": json.loads((Path(__file__).parent / "_static/versions.json").read_text())
}
html_theme_options = {"top_of_page_buttons": ["edit"]}

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autosummary_generate = True
autosummary_ignore_module_all = False
autosummary_imported_members = True
autosummary_context = {"guides": guides()}
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

sphinx_gallery_conf = {
    "examples_dirs": ["examples"],
    "gallery_dirs": ["gallery"],
    "filename_pattern": r"plot_",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "reset_modules": ("matplotlib",),
    "write_computation_times": False,
    "nested_sections": False,
    "subsection_order": [
        f"examples/{part}"
        for part in (
            *("start", "eda", "preprocessing", "models", "text", "recommend"),
            *("explain", "review", "artifacts", "serve", "batch"),
        )
    ],
    "doc_module": ("skcook",),
    "backreferences_dir": "api/backreferences",
    "reference_url": {"skcook": None},
    "ignore_repr_types": r"matplotlib\.(axes|text)",
}

# Links into other libraries' pages need their inventories, and those the network: they are made
# where the pages are published.
if os.environ.get("READTHEDOCS"):
    extensions.append("sphinx.ext.intersphinx")
    intersphinx_mapping = {
        "python": ("https://docs.python.org/3", None),
        "numpy": ("https://numpy.org/doc/stable", None),
        "pandas": ("https://pandas.pydata.org/docs", None),
        "polars": ("https://docs.pola.rs/api/python/stable", None),
        "sklearn": ("https://scikit-learn.org/stable", None),
        "matplotlib": ("https://matplotlib.org/stable", None),
    }

# An example's requests are part of its page; the server's log of them is not.
logging.getLogger("skcook.serve").setLevel(logging.WARNING)

# An example's warning is a broken example.
warnings.filterwarnings("ignore", message="Matplotlib is currently using agg")


def setup(app):
    """Write the index for language models beside the pages."""
    app.connect(
        "build-finished",
        lambda app, error: error or (Path(app.outdir) / "llms.txt").write_text(llms_txt()),
    )
