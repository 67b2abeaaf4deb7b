"""A deployment: its resources, what they say of each other, and its form as an export."""
