"""A MariaDB of a test's own: a folder, a port of this machine, and a certificate."""

import ipaddress
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pymysql
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PROGRAMS: Final = ("mariadbd", "mariadb-install-db")
USER: Final = "shop"
PASSWORD: Final = "correct horse battery staple"
_START_SECONDS: Final = 30


def missing_programs() -> list[str]:
    """Returns what of Debian's package mariadb-server is not here."""
    return [name for name in PROGRAMS if _path(name) is None]


def _path(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def free_port() -> int:
    """Returns a port of this machine that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def write_certificate(folder: Path, name: str) -> Path:
    """Writes a certificate for this machine, signed by itself, with its key; returns its path."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([here]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@dataclass
class MariaDb:
    """A server that can be stopped and started again with the same data."""

    folder: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    def install(self) -> None:
        """Makes the data directory, and on the running server a database with its user."""
        self.certificate = write_certificate(self.folder, "server")
        subprocess.run(
            [
                str(_path("mariadb-install-db")),
                "--no-defaults",
                f"--datadir={self.folder}/data",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                *self._as_root(),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        self.start()
        self.run("CREATE DATABASE shop CHARACTER SET utf8mb4")
        self.run(f"CREATE USER {USER}@'%' IDENTIFIED BY '{PASSWORD}'")
        self.run(f"GRANT ALL ON shop.* TO {USER}@'%'")

    def start(self) -> None:
        """Starts the server and waits until it answers."""
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(_path("mariadbd")),
                    "--no-defaults",
                    f"--datadir={self.folder}/data",
                    f"--socket={self.folder}/s",
                    f"--pid-file={self.folder}/pid",
                    f"--port={self.port}",
                    "--bind-address=127.0.0.1",
                    f"--ssl-cert={self.certificate}",
                    f"--ssl-key={self.folder}/server.key",
                    *self._as_root(),
                ],
                stderr=log,
            )
        end = time.monotonic() + _START_SECONDS
        while not self._listens():
            if time.monotonic() > end or self._process.poll() is not None:
                raise TimeoutError((self.folder / "server.log").read_text(encoding="utf-8"))
            time.sleep(0.1)

    def stop(self) -> None:
        """Stops the server, as a failover does with the old primary."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def connect(self) -> pymysql.Connection:
        """Returns a connection of the administrator's."""
        return pymysql.connect(unix_socket=f"{self.folder}/s", user="root", autocommit=True)

    def run(self, statement: str) -> list[tuple[object, ...]]:
        """Returns the rows of a statement of the administrator's."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as found:
            return not found.connect_ex(f"{self.folder}/s")

    def _as_root(self) -> list[str]:
        # The server refuses to run as root unless it is told to.
        return ["--user=root"] if os.getuid() == 0 else []
