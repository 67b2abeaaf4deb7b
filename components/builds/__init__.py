"""Who builds: Jenkins, and the pods that its builds run in."""
