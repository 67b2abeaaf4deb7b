"""Where pods live: a network namespace each, or addresses of the loopback interface."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, Protocol

from components.apps.nginx_config import PORT, nginx_conf
from planning.shutdown import ShutdownBudget

NetworkKind = Literal["namespaces", "loopback"]
BALANCER_PORT: Final = 8000
HTML: Final = "/usr/share/nginx/html"
_FIRST_POD: Final = 11
# Bytes: small buffers of the kernel let a slow reader hold back NGINX itself, as a slow link would.
_SMALL_BUFFER: Final = 32768

_MOUNTS: Final = f"""
mount --bind "$1" /etc/nginx/nginx.conf && mount --bind "$2" {HTML} &&
mount -t tmpfs tmpfs /tmp && exec nginx
"""


class Network(Protocol):
    """Addresses, and how a pod is started at one."""

    kind: NetworkKind

    def address(self, pod: int | None = None) -> str:
        """Returns the address of a pod, or else of the balancer."""
        ...

    def add(self, pod: int) -> None:
        """Makes the pod's network."""
        ...

    def remove(self, pod: int) -> None:
        """Makes the pod's network vanish, with every process that still is in it."""
        ...

    def command(self, pod: int, conf: Path, site: Path) -> list[str]:
        """Returns the command that runs NGINX as the pod."""
        ...

    def conf(self, budget: ShutdownBudget, pod: int, site: Path) -> str:
        """Returns the configuration that the pod runs with."""
        ...


class Namespaces:
    """A namespace per pod, joined by a bridge in the balancer's namespace: a dead pod is silent."""

    kind: NetworkKind = "namespaces"

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.balancer = f"{prefix}-lb"

    def address(self, pod: int | None = None) -> str:
        """Returns the address of a pod, or else of the balancer."""
        return "10.77.0.1" if pod is None else f"10.77.0.{_FIRST_POD + pod}"

    def create(self) -> None:
        """Makes the balancer's namespace."""
        _ip("netns", "add", self.balancer)
        _ip("-n", self.balancer, "link", "set", "lo", "up")
        _ip("-n", self.balancer, "link", "add", "br0", "type", "bridge")
        _ip("-n", self.balancer, "addr", "add", f"{self.address()}/24", "dev", "br0")
        _ip("-n", self.balancer, "link", "set", "br0", "up")

    def add(self, pod: int) -> None:
        """Makes the pod's namespace and its link to the bridge."""
        name, link = f"{self.prefix}-{pod}", f"pod{pod}"
        _ip("netns", "add", name)
        peer = ("peer", "name", "eth0", "netns", name)
        _ip("link", "add", link, "netns", self.balancer, "type", "veth", *peer)
        _ip("-n", name, "addr", "add", f"{self.address(pod)}/24", "dev", "eth0")
        _ip("-n", name, "link", "set", "eth0", "up")
        _ip("-n", self.balancer, "link", "set", link, "master", "br0", "up")
        setting = f"echo 4096 16384 {_SMALL_BUFFER} >/proc/sys/net/ipv4/tcp_wmem"
        _run("nsenter", f"--net=/run/netns/{name}", "sh", "-c", setting)

    def remove(self, pod: int) -> None:
        """Takes the pod's link away, then its namespace."""
        name = f"{self.prefix}-{pod}"
        with suppress(subprocess.CalledProcessError):
            _ip("-n", self.balancer, "link", "del", f"pod{pod}")
        _remove_namespace(name)

    def remove_all(self) -> None:
        """Ends whatever runs in the namespaces and removes them."""
        for line in _ip("netns", "list").splitlines():
            name = line.split()[0]
            if name.startswith(f"{self.prefix}-"):
                _remove_namespace(name)

    def command(self, pod: int, conf: Path, site: Path) -> list[str]:
        """Returns NGINX with the files of a pod mounted as its Deployment mounts them."""
        namespace = f"--net=/run/netns/{self.prefix}-{pod}"
        shell = ["unshare", "--mount", "sh", "-c", _MOUNTS, "sh", str(conf), str(site)]
        return ["nsenter", namespace, *shell]

    def conf(self, budget: ShutdownBudget, pod: int, site: Path) -> str:
        """Returns what the component writes, as it is."""
        del pod, site
        return nginx_conf(budget)

    def inside(self, command: list[str]) -> list[str]:
        """Returns the command that runs in the balancer's namespace."""
        return ["nsenter", f"--net=/run/netns/{self.balancer}", *command]


class Loopback:
    """An address of 127.0.0.0/8 per pod: a dead pod refuses connections."""

    kind: NetworkKind = "loopback"

    def __init__(self, number: int) -> None:
        self.number = number

    def address(self, pod: int | None = None) -> str:
        """Returns the address of a pod, or else of the balancer."""
        host = 1 if pod is None else _FIRST_POD + pod
        return f"127.77.{self.number % 250}.{host}"

    def add(self, pod: int) -> None:
        """Does nothing: the addresses are there."""

    def remove(self, pod: int) -> None:
        """Does nothing: nobody listens any more."""

    def command(self, pod: int, conf: Path, site: Path) -> list[str]:
        """Returns NGINX with its file."""
        del pod, site
        return ["nginx", "-c", str(conf)]

    def conf(self, budget: ShutdownBudget, pod: int, site: Path) -> str:
        """Returns what the component writes, but for what pods would have each to themselves.

        These are the directory for scratch files, that of the pages, and the address to listen at
        with its buffer.
        """
        return (
            nginx_conf(budget, scratch_directory=str(site.parent))
            .replace(HTML, str(site))
            .replace(
                f"listen {PORT};", f"listen {self.address(pod)}:{PORT} sndbuf={_SMALL_BUFFER};"
            )
        )


def permitted_kind() -> NetworkKind:
    """Returns whether namespaces may be made here, by making one."""
    trial = Namespaces(f"drain-{os.getpid()}-test")
    try:
        trial.create()
        trial.add(0)
        _run("unshare", "--mount", "true")
    except (OSError, subprocess.CalledProcessError):
        return "loopback"
    else:
        return "namespaces"
    finally:
        with suppress(OSError, subprocess.CalledProcessError):
            trial.remove_all()


def _remove_namespace(name: str) -> None:
    with suppress(subprocess.CalledProcessError):
        for pid in _ip("netns", "pids", name).split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        _ip("netns", "del", name)


def _ip(*arguments: str) -> str:
    return _run("ip", *arguments)


def _run(*command: str) -> str:
    done = subprocess.run(  # noqa: S603  our own words, no shell
        command, check=True, capture_output=True, text=True, timeout=10
    )
    return done.stdout
