"""``python -m cli COMMAND``."""

import gc
import signal

if __name__ == "__main__":
    # What takes time to import is interrupted without a traceback. `make` holds Ctrl-C back until
    # here: while Python itself starts, it would end in one.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})

    from .app import main
    from .signals import ending_in_order

    # A command ends before its garbage would matter: it is neither collected while the SDKs load
    # nor searched through when the process ends.
    gc.disable()
    try:
        with ending_in_order():
            main()
    finally:
        gc.freeze()
