"""What Pulumi starts as the package's plugin; ``python -m package schema`` writes its schema."""

import sys
from pathlib import Path

# Pulumi starts this folder by its path, with the program's folder as the current one.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pulumi.provider import main

from package.host import SCHEMA_FILE, Host, schema_text

if __name__ == "__main__":
    if sys.argv[1:] == ["schema"]:
        SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
    else:
        main(Host(), sys.argv[1:])
