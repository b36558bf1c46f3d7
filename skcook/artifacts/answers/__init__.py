"""What models answer: results as flat columns, the rows that they refuse."""
