"""A small API over one table of MySQL, made to run on this platform."""
