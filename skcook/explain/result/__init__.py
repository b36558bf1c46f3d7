"""What an explanation is, and how it is shown: table, JSON, page, plots."""
