"""Early stopping of boosters inside whole pipelines."""
