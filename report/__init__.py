"""The report: one HTML file drawn from an exported deployment."""
