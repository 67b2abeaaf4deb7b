"""Serves the pack to Pulumi, as in ``pulumi preview --policy-pack policy``."""

import sys
from pathlib import Path

# Pulumi runs this folder by itself; the rules share the program's arithmetic and its model of a
# deployment (docs/decisions/0023-the-policy-pack-uses-the-programs-arithmetic.md).
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from policy.parent import end_with_parent

end_with_parent()

from policy.server import serve  # noqa: E402  it takes longer than a parent may live

serve()
