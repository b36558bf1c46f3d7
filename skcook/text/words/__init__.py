"""Words: normalise, tokenise, stem, lemmatise, tag, and leave out stop words."""
