"""The commands behind `make`: ``python -m cli COMMAND``."""
