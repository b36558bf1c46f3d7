"""Rankings: top lists, metrics, scorers and splitters."""
