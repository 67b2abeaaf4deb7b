"""Serves the API until it is told to stop, and then until requests under way have ended."""

import logging
import os

import uvicorn

from .app import make_app
from .database import Database
from .logs import log_as_json
from .settings import Settings


def main() -> None:
    """Runs the server."""
    settings = Settings.read(os.environ)
    log_as_json(settings.configuration.log_level)
    logging.getLogger(__name__).info("serving on port %s", settings.port)
    uvicorn.run(
        make_app(Database(settings.database), settings.configuration),
        host="0.0.0.0",  # noqa: S104  of the pod, which a network policy guards
        port=settings.port,
        # Longer than the load balancer keeps a connection idle, which it would else reuse too late.
        timeout_keep_alive=settings.keep_alive_seconds,
        # SIGTERM: no new connections, and requests under way have so long.
        timeout_graceful_shutdown=settings.drain_limit_seconds,
        access_log=False,
        log_config=None,
        server_header=False,
    )


if __name__ == "__main__":
    main()
