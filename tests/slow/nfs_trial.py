"""A trial of NFS mounts on real kernels' terms: a server, two clients, and an outage in a write.

Run as root where the kernel mounts NFS and the network is this process's own, with a file of JSON
that says ``config`` and ``capabilities`` of Ganesha, ``directories`` to make first, ``addresses``
of the server, one for each client, and ``options`` of the mounts. Each client has a network, a host
name and mounts of its own, so that it shares nothing with the other but the server. Prints one line
of JSON.
"""

import ctypes
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

BLOCK: Final = 256 * 1024
BLOCKS: Final = 48
# The outage begins after so many blocks and lasts so long, in seconds.
FIRST_BLOCKS: Final = 8
OUTAGE_SECONDS: Final = 6
READY_SECONDS: Final = 30
# Debian's www-data, the user of the application that shares files.
GROUP: Final = 33
_CLONE_NEWNS: Final = 0x00020000
_CLONE_NEWUTS: Final = 0x04000000
_CLONE_NEWNET: Final = 0x40000000
_MOUNT_POINT: Final = Path("/mnt")


def run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=sys.stderr, timeout=60)


def block(index: int) -> bytes:
    """Returns a block that no other is equal to."""
    return hashlib.sha256(str(index).encode()).digest() * (BLOCK // 32)


def unshare() -> None:
    """Gives this process a network, a host name and mounts of its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNS | _CLONE_NEWUTS | _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    run("mount", "--make-rprivate", "/")


def client(name: str, server: str, options: str) -> None:
    """Mounts, then does what lines on the input ask for, one line of JSON for each."""
    unshare()
    socket.sethostname(name)
    answer({"ready": True})
    for line in sys.stdin:
        verb, *words = line.split()
        if verb == "mount":
            address = server.rsplit(".", maxsplit=1)[0] + ".2"
            run("ip", "address", "add", f"{address}/24", "dev", name)
            run("ip", "link", "set", name, "up")
            run("mount", "-t", "nfs4", "-o", options, f"{server}:/", str(_MOUNT_POINT))
            answer({"mounted": proc_options()})
        elif verb == "write":
            write(_MOUNT_POINT / words[0], int(words[1]))
        elif verb == "share":
            share(_MOUNT_POINT / words[0])
        elif verb == "read":
            content = (_MOUNT_POINT / words[0]).read_bytes()
            answer({"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)})
        elif verb == "unmount":
            run("umount", str(_MOUNT_POINT))
            answer({"unmounted": True})


def share(path: Path) -> None:
    """Hands a directory to a group, as the kubelet does, and writes into it as a member.

    Then it hands over what the member wrote, as the kubelet does at the next mount, and removes
    what the member keeps from all others, as the driver does with a volume.
    """
    path.mkdir()
    os.chown(path, 0, GROUP)
    path.chmod(0o2775)
    user = ["setpriv", f"--reuid={GROUP}", f"--regid={GROUP}", "--clear-groups"]
    run(*user, "touch", str(path / "upload"))
    upload, private = path / "upload", path / "private"
    upload.chmod(0o660)
    run(*user, "mkdir", "--mode=700", str(private))
    run(*user, "touch", str(private / "file"))
    shutil.rmtree(private)
    found = upload.stat()
    modes = [oct(entry.stat().st_mode & 0o7777) for entry in (path, upload)]
    answer({"owner": [found.st_uid, found.st_gid], "modes": modes})


def proc_options() -> str:
    """Returns the options that the kernel says the mount has."""
    mounts = map(str.split, Path("/proc/mounts").read_text(encoding="utf-8").splitlines())
    return next(options for _, _, kind, options, *_ in mounts if kind == "nfs4")


def write(path: Path, blocks: int) -> None:
    """Writes blocks, each of them flushed to the server, and says so after each."""
    with path.open("wb") as file:
        for index in range(blocks):
            file.write(block(index))
            file.flush()
            os.fsync(file.fileno())
            answer({"written": index + 1})
    answer({"closed": True})


def answer(data: dict[str, Any]) -> None:
    print(json.dumps(data), flush=True)


class Client:
    """A client process."""

    def __init__(self, name: str, server: str, options: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "client", name, server, options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.next()
        run("ip", "link", "add", f"{name}-server", "type", "veth", "peer", "name", name)
        run("ip", "link", "set", name, "netns", str(self._process.pid))
        run("ip", "address", "add", f"{server}/24", "dev", f"{name}-server")
        run("ip", "link", "set", f"{name}-server", "up")

    def ask(self, line: str) -> dict[str, Any]:
        """Sends a line and returns the first answer."""
        self.send(line)
        return self.next()

    def send(self, line: str) -> None:
        """Sends a line."""
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def next(self) -> dict[str, Any]:
        """Returns the next answer."""
        assert self._process.stdout
        found: dict[str, Any] = json.loads(self._process.stdout.readline() or "{}")
        return found


class Server:
    """Ganesha, which may be killed and started again."""

    def __init__(self, config: Path, capabilities: list[str]) -> None:
        self._config = config
        kept = "".join(f",+{capability.lower()}" for capability in capabilities)
        self._bounded = ["setpriv", "--inh-caps=-all", f"--bounding-set=-all{kept}"]
        self._process = self._started()

    def kill(self) -> None:
        """Ends it at once, as a node does that loses power."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(timeout=10)

    def start_again(self) -> None:
        """Starts it on what the last one left."""
        self._process = self._started()

    def _started(self) -> "subprocess.Popen[bytes]":
        folder = self._config.parent
        command = ["ganesha.nfsd", "-F", "-L", str(folder / "log"), "-f", str(self._config)]
        process = subprocess.Popen(
            [*self._bounded, *command, "-p", str(folder / "pid")], stdout=sys.stderr
        )
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", 2049), timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return process
        process.kill()
        raise TimeoutError((folder / "log").read_text(encoding="utf-8"))


def ports() -> list[str]:
    """Returns on which TCP and UDP ports somebody listens in this network."""
    found: set[str] = set()
    for protocol, state in (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")):
        table = Path(f"/proc/net/{protocol}")
        lines = table.read_text(encoding="utf-8").splitlines()[1:] if table.exists() else []
        for _, local, _, status, *_ in map(str.split, lines):
            if status == state:
                found.add(f"{protocol[:3]} {int(local.rpartition(':')[2], 16)}")
    return sorted(found)


def outage(writer: Client, server: Server) -> dict[str, Any]:
    """Kills the server during a write, brings it back, and returns what the writer saw."""
    progress = [0]
    closed = threading.Event()

    def follow() -> None:
        while line := writer.next():
            progress[0] = line.get("written", progress[0])
            if "closed" in line:
                closed.set()
                return

    writer.send(f"write large {BLOCKS}")
    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    while progress[0] < FIRST_BLOCKS and follower.is_alive():
        time.sleep(0.01)
    server.kill()
    # What was answered before the kill may still be on its way to here.
    time.sleep(1)
    before = progress[0]
    time.sleep(OUTAGE_SECONDS - 1)
    during = progress[0]
    back = time.monotonic()
    server.start_again()
    finished = closed.wait(timeout=80)
    return {
        "before": before,
        "during": during,
        "finished": finished,
        "resumed_seconds": round(time.monotonic() - back, 1),
    }


def trial(settings: dict[str, Any]) -> None:
    """Runs the trial and prints what came of it."""
    for directory in settings["directories"]:
        Path(directory).mkdir(parents=True, exist_ok=True)
    config = Path(settings["directories"][0]) / "ganesha.conf"
    config.write_text(settings["config"], encoding="utf-8")
    run("ip", "link", "set", "lo", "up")
    server = Server(config, settings["capabilities"])
    listening = ports()
    one, other = (
        Client(f"client{index}", address, settings["options"])
        for index, address in enumerate(settings["addresses"])
    )
    mounted = [one.ask("mount"), other.ask("mount")]
    one.send("write small 1")
    while "closed" not in one.next():
        pass
    small = other.ask("read small")
    shared = one.ask("share shared")
    seen = outage(one, server)
    large = other.ask("read large") if seen["finished"] else {}
    expected = {
        name: hashlib.sha256(b"".join(map(block, range(count)))).hexdigest()
        for name, count in (("small", 1), ("large", BLOCKS))
    }
    answer(
        {
            "kernel": os.uname().release,
            "mounted": [entry.get("mounted") for entry in mounted],
            "ports": listening,
            "owner": shared.get("owner"),
            "modes": shared.get("modes"),
            "small": small.get("sha256") == expected["small"],
            "large": large.get("sha256") == expected["large"],
            "bytes": large.get("bytes"),
            **seen,
        }
    )
    if seen["finished"]:
        one.ask("unmount")
        other.ask("unmount")
    server.kill()


if sys.argv[1:2] == ["client"]:
    client(*sys.argv[2:5])
else:
    trial(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
