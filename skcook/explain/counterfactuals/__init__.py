"""What would have to change for another answer."""
