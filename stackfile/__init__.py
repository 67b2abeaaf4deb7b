"""The sections of a stack file as frozen pydantic models; ``settings.py`` reads them."""
