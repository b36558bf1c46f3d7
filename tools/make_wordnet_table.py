"""Make skcook/text/data/wordnet.z: the lemma table that ``lemmatize="wordnet"`` reads.

The table is derived from the files ``index.*`` and ``*.exc`` of WordNet 3.0 (Debian's package
``wordnet-base`` has them in /usr/share/wordnet): each lemma of one word with its parts of speech,
and the irregular forms. Lemmas of several words ("ice_cream") are left out: no tokenizer makes
them.

    python tools/make_wordnet_table.py /usr/share/wordnet skcook/text/data/wordnet.z

The same input makes the same file, byte by byte, with the same zlib.
"""

import argparse
import sys
import zlib
from collections import defaultdict
from pathlib import Path

FILES = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}


def read_irregular(folder, name):
    """Return each irregular form of one word with its lemmas, such as {"geese": ["goose"]}."""
    lines = map(str.split, (folder / f"{name}.exc").read_text("utf-8").splitlines())
    return {form: lemmas for form, *lemmas in lines if "_" not in form}


def read_lemmas(folder, wanted):
    """Return each lemma of one word, or wanted, with its parts of speech: {"run": "nv"}."""
    found = defaultdict(str)
    for pos, name in FILES.items():
        for line in (folder / f"index.{name}").read_text("utf-8").splitlines():
            if line.startswith(" "):  # the licence
                continue
            lemma = line.split(" ", 1)[0]
            if "_" not in lemma or lemma in wanted:
                found[lemma] += pos
    return found


def make_table(folder):
    """Return the table as text, one line a set of parts of speech or an irregular form."""
    irregular = {pos: read_irregular(folder, name) for pos, name in FILES.items()}
    wanted = {lemma for forms in irregular.values() for some in forms.values() for lemma in some}
    by_pos = defaultdict(list)
    for lemma, pos in sorted(read_lemmas(folder, wanted).items()):
        by_pos[pos].append(lemma)
    lines = [f"{pos}\t{' '.join(lemmas)}" for pos, lemmas in by_pos.items()]
    for pos, forms in irregular.items():
        lines += [f"{pos}!{form}\t{' '.join(lemmas)}" for form, lemmas in forms.items()]
    return "\n".join(lines)


def main():
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", type=Path, help="folder of WordNet 3.0's index.* and *.exc")
    parser.add_argument("target", type=Path, help="file to write")
    arguments = parser.parse_args()
    data = zlib.compress(make_table(arguments.source).encode(), 9)
    arguments.target.write_bytes(data)
    sys.stdout.write(f"{arguments.target}: {len(data):,} bytes\n")


if __name__ == "__main__":
    main()
