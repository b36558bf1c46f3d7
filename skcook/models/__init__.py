"""The cookbook's algorithms as recipes, early stopping, a leaderboard, evaluation."""

__all__: list[str] = []
