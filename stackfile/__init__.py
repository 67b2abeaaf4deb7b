"""The sections of a stack file as frozen pydantic models; ``stackfile/settings.py`` reads them."""
