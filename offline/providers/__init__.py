"""The simulated providers, on the SDK's own ``Provider`` class."""
