"""From documents to counted tokens: the steps, their cache, the integer codes."""
