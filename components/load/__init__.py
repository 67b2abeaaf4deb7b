"""Load on an application of the stack, from inside of its cluster."""
