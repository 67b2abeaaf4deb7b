"""``python -m cli COMMAND``."""

import gc

from .app import main

if __name__ == "__main__":
    # A command ends before its garbage would matter: it is neither collected while the SDKs load
    # nor searched through when the process ends.
    gc.disable()
    try:
        main()
    finally:
        gc.freeze()
