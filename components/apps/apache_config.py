"""The files that WordPress's Apache runs by."""

from typing import Final

from planning.shutdown import ShutdownBudget

# Above 1023, so that no capability is needed to listen.
PORT: Final = 8080
HEALTH_PATH: Final = "/healthz"
DOCUMENT_ROOT: Final = "/var/www/html"
_HEALTH_FILE: Final = "/srv/health/ok"


def apache_files(budget: ShutdownBudget) -> dict[str, str]:
    """Returns the files by path that make the image's Apache unprivileged and patient.

    Connections stay open for longer than the load balancer keeps them idle, and a server that was
    told to stop ends before the pod is killed
    (https://httpd.apache.org/docs/2.4/mod/mpm_common.html#gracefulshutdowntimeout). The health file
    is read by Apache itself: neither PHP nor a database is asked.
    """
    return {
        "/etc/apache2/ports.conf": f"""\
Listen {PORT}
KeepAlive On
KeepAliveTimeout {budget.keep_alive_seconds}
GracefulShutdownTimeout {budget.drain_limit_seconds}
""",
        "/etc/apache2/sites-available/000-default.conf": f"""\
<VirtualHost *:{PORT}>
    DocumentRoot {DOCUMENT_ROOT}
    Alias {HEALTH_PATH} {_HEALTH_FILE}
    <Directory /srv/health>
        Require all granted
    </Directory>
    CustomLog /proc/self/fd/1 combined
    ErrorLog /proc/self/fd/2
</VirtualHost>
""",
        _HEALTH_FILE: "ok\n",
    }


def apache_environment(scratch_directory: str) -> dict[str, str]:
    """Returns the variables by which Apache keeps what it writes in the one writable directory."""
    return {
        "APACHE_LOCK_DIR": f"{scratch_directory}/apache",
        "APACHE_PID_FILE": f"{scratch_directory}/apache/apache2.pid",
        "APACHE_RUN_DIR": f"{scratch_directory}/apache",
    }
