"""The leaderboard: candidates, their fits, their table."""
