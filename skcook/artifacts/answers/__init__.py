"""What models answer: the table of methods, values as JSON, results as flat columns."""
