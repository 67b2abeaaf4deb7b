"""All rules, a module for each subject; importing a subject registers its rules."""

from importlib import import_module
from pkgutil import iter_modules

from policy.catalogue import RULES

for _subject in iter_modules(__path__):
    import_module(f"{__name__}.{_subject.name}")

__all__ = ["RULES"]
