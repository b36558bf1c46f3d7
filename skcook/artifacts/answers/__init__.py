"""What models answer: values as JSON, results as flat columns, the rows that they refuse."""
