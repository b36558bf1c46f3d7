"""Fixtures of the text tests: NLTK without data, and with a sentence model trained here."""

import os
from pathlib import Path

import pytest

from tests.text._corpus import real_documents


@pytest.fixture
def nltk_without_data(monkeypatch, tmp_path):
    """Let NLTK find no data at all."""
    nltk = pytest.importorskip("nltk")
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])
    nltk.tokenize._get_punkt_tokenizer.cache_clear()
    yield nltk
    nltk.tokenize._get_punkt_tokenizer.cache_clear()


@pytest.fixture(scope="session")
def punkt_folder(tmp_path_factory):
    """Return a folder of NLTK data whose sentence model was trained on real documents.

    The model that NLTK's authors offer has to be downloaded; any model puts the same code to work.
    Where NLTK_DATA names a folder with that model, it is used instead.
    """
    pytest.importorskip("nltk")
    from nltk.tabdata import TabEncoder
    from nltk.tokenize.punkt import PunktTrainer

    for folder in os.environ.get("NLTK_DATA", "").split(os.pathsep):
        if folder and Path(folder, "tokenizers", "punkt_tab", "english").is_dir():
            return folder
    trainer = PunktTrainer()
    trainer.INCLUDE_ALL_COLLOCS = True
    trainer.train("\n\n".join(real_documents(2500)), finalize=True)
    params = trainer.get_params()
    params.abbrev_types |= {"mr", "dr", "u.s", "e.g", "i.e", "etc", "cf", "fig"}
    root = tmp_path_factory.mktemp("nltk_data")
    folder = root / "tokenizers" / "punkt_tab" / "english"
    folder.mkdir(parents=True)
    encoder = TabEncoder()
    for name, text in {
        "collocations.tab": encoder.tups2tab(params.collocations),
        "sent_starters.txt": encoder.set2txt(params.sent_starters),
        "abbrev_types.txt": encoder.set2txt(params.abbrev_types),
        "ortho_context.tab": encoder.ivdict2tab(params.ortho_context),
    }.items():
        (folder / name).write_text(text, "utf-8")
    for path in (root, *root.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)  # NLTK refuses what others can write
    return str(root)


@pytest.fixture
def nltk_with_punkt(monkeypatch, punkt_folder):
    """Let NLTK find a sentence model."""
    import nltk

    monkeypatch.setattr(nltk.data, "path", [punkt_folder])
    nltk.tokenize._get_punkt_tokenizer.cache_clear()
    yield nltk
    nltk.tokenize._get_punkt_tokenizer.cache_clear()
