"""The files that the sample application's NGINX serves and runs by."""

from typing import Final

from planning.shutdown import ShutdownBudget

# Above 1023, so that no capability is needed to listen.
PORT: Final = 8080
HEALTH_PATH: Final = "/healthz"


def nginx_conf(budget: ShutdownBudget, scratch_directory: str = "/tmp") -> str:  # noqa: S108  the container's own
    """Returns an ``nginx.conf`` for an unprivileged container that agrees with the budget.

    Connections stay open for longer than the load balancer keeps them idle, and workers that were
    told to stop end before the pod is killed.

    :param scratch_directory: where the container may write.
    """
    temporary_paths = "\n".join(
        f"    {kind}_temp_path {scratch_directory}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""\
daemon off;
worker_processes 2;
worker_shutdown_timeout {budget.drain_limit_seconds}s;
error_log stderr warn;
pid {scratch_directory}/nginx.pid;

events {{
    worker_connections 1024;
}}

http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log /dev/stdout;
    server_tokens off;
    keepalive_timeout {budget.keep_alive_seconds}s;
{temporary_paths}

    server {{
        listen {PORT};
        root /usr/share/nginx/html;

        location = {HEALTH_PATH} {{
            access_log off;
            default_type text/plain;
            return 200 "ok\\n";
        }}
    }}
}}
"""


def index_html(title: str) -> str:
    """Returns the page."""
    return f"""\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>Served by a pod behind an Application Load Balancer.</p></body>
</html>
"""
