"""A frame as it comes, in front of a model: its columns, its texts, its names."""
