"""What Pulumi starts as the package's plugin."""

import sys
from pathlib import Path

# Pulumi starts this folder by its path, with the program's folder as the current one.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pulumi.provider import main

from package.host import Host

if __name__ == "__main__":
    main(Host(), sys.argv[1:])
