"""The shipped stacks with each backend of shared storage, with WordPress on it."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from programs import run_platform

BACKENDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "efs": {
        "backend": "efs",
        "lifecycleDays": 30,
        "throughputMode": "provisioned",
        "provisionedMibps": 128,
        "defaultClass": True,
    },
    "in-cluster": {"backend": "in-cluster", "defaultClass": True},
    "external": {
        "backend": "external",
        "server": "nfs.corp.internal",
        "share": "/exports/team",
        "classes": {
            "keep": {"default": True},
            "scratch": {"reclaimPolicy": "Delete", "onDelete": "delete"},
        },
    },
}


@cache
def exported_backend(backend: str, stack: str) -> str:
    """Returns the export; the program runs once for each in a test process."""
    changes = {"nfs": dict(BACKENDS[backend]), "wordpress": {}}
    return json.dumps(run_platform(changes, stack))
