"""MySQL by its operator: servers that replace one another, and what is around them."""
