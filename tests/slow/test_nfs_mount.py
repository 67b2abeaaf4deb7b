"""Mounts with the options of the StorageClass: parsed always, and real where a kernel is at hand.

The server is Debian's NFS-Ganesha with the component's own configuration and capabilities. Where
this machine's kernel does not mount NFS, Debian's user-mode-linux is a kernel that does.
"""

import json
import os
import shutil
import subprocess
import sys
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, Final

import pytest

from components.storage.ganesha_config import CAPABILITIES, ganesha_conf
from components.storage.nfs_storage import MOUNT_OPTIONS

TRIAL: Final = Path(__file__).with_name("nfs_trial.py")
UML_MODULES: Final = Path("/usr/lib/uml/modules")
# Programs of the Debian packages that .ci/packages names.
PROGRAMS: Final = ("ganesha.nfsd", "mount.nfs4", "ip", "setpriv", "unshare")
# Options of nfs(5) with the values that they may have; none: the option stands alone.
NUMBERS: Final = {"rsize", "wsize", "timeo", "retrans"}
WORDS: Final = {"hard", "noresvport"}
TRIAL_SECONDS: Final = 150
# What user-mode-linux 6.1 says where a processor's registers (AMX: 11,008 bytes) are more than it
# has room for (2,696): https://docs.kernel.org/arch/x86/xstate.html
NO_ROOM: Final = "ptrace set fp regs failed, errno = 14"


def parsed(options: tuple[str, ...]) -> dict[str, str]:
    """Returns the value of each option; empty where it has none."""
    return {key: value for key, _, value in (option.partition("=") for option in options)}


def settings(folder: Path) -> Path:
    """Writes what a trial is to do, with files on the server below a directory."""
    path = folder / "trial.json"
    work = "/run/nfs-trial"
    trial = {
        "config": ganesha_conf(
            files=f"{work}/files", state=f"{work}/state", clients=[IPv4Network("10.77.0.0/16")]
        ),
        "capabilities": CAPABILITIES,
        "directories": [work, f"{work}/files", f"{work}/state"],
        "addresses": ["10.77.1.1", "10.77.2.1"],
        "options": ",".join(MOUNT_OPTIONS),
    }
    path.write_text(json.dumps(trial), encoding="utf-8")
    return path


def here(folder: Path) -> list[str]:
    """Returns the command of a trial on this kernel, apart from this machine's network."""
    trial = f"{sys.executable} {TRIAL} {settings(folder)}"
    return ["unshare", "-m", "-n", "sh", "-c", f"mount -t tmpfs tmpfs /run && exec {trial}"]


def in_user_mode(folder: Path) -> list[str]:
    """Returns the command of a trial on a kernel of its own, which only reads this machine's files.

    It ends by switching itself off.
    """
    (folder / "lib").mkdir()
    (folder / "lib" / "modules").symlink_to(UML_MODULES)
    first = folder / "init"
    first.write_text(
        f"""#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
modprobe -d {folder} -a nfsv4 veth
{sys.executable} {TRIAL} {settings(folder)}
echo o > /proc/sysrq-trigger
sleep 60
""",
        encoding="utf-8",
    )
    first.chmod(0o755)
    kernel = ["linux.uml", "mem=512M", "rootfstype=hostfs", "root=/dev/root", "ro"]
    return [*kernel, f"init={first}", "con0=fd:0,fd:1", "con=null", "quiet"]


def command(folder: Path) -> list[str]:
    """Returns how to run a trial on this machine; without a way the test is skipped."""
    if missing := [program for program in PROGRAMS if not shutil.which(program)]:
        pytest.skip(f"no NFS mount: {', '.join(missing)} not installed (.ci/packages)")
    kernel = Path("/proc/filesystems").read_text(encoding="utf-8")
    if "\tnfs4\n" in kernel and os.geteuid() == 0:
        return here(folder)
    if shutil.which("linux.uml") and shutil.which("modprobe") and UML_MODULES.is_dir():
        return in_user_mode(folder)
    pytest.skip(
        "no NFS mount: this user may not, or the kernel has no nfs4 in /proc/filesystems; and "
        "user-mode-linux or kmod is not installed (.ci/packages)"
    )


def trial(folder: Path) -> dict[str, Any]:
    """Runs a trial and returns what came of it."""
    with subprocess.Popen(
        command(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=TRIAL_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            output, _ = process.communicate()
    if NO_ROOM in output:
        pytest.skip(f"no NFS mount: user-mode-linux does not run on this processor: {NO_ROOM}")
    found = [line for line in output.splitlines() if line.startswith('{"kernel"')]
    assert found, output[-4000:]
    result: dict[str, Any] = json.loads(found[0])
    return result


def test_options_pin_the_version_and_wait_for_the_server() -> None:
    """Requirement 36."""
    options = parsed(MOUNT_OPTIONS)
    assert len(options) == len(MOUNT_OPTIONS)
    assert options.pop("nfsvers") == "4.1"
    assert options.keys() == NUMBERS | WORDS
    assert not {"soft", "softerr", "intr", "nolock"} & options.keys()
    assert [key for key in NUMBERS if not options[key].isdigit()] == []
    assert [key for key in WORDS if options[key]] == []


def test_the_server_offers_the_version_that_nodes_ask_for() -> None:
    config = ganesha_conf(files="/f", state="/s", clients=[IPv4Network("10.0.0.0/19")])
    assert "Protocols = 4;" in config
    assert "Minor_Versions = 1, 2;" in config
    assert config.count("{") == config.count("}")
    assert "Clients = 10.0.0.0/19;" in config


@pytest.mark.timeout(TRIAL_SECONDS + 30)
def test_a_write_outlasts_the_server(tmp_path: Path) -> None:
    """One client writes, another reads; the server is killed in between and nothing is lost."""
    found = trial(tmp_path)

    for mounted in found["mounted"]:
        # The kernel says vers for nfsvers.
        assert {option.replace("nfsvers", "vers") for option in MOUNT_OPTIONS} <= set(
            mounted.split(",")
        )
    assert found["ports"] == ["tcp 2049"]
    assert found["small"], "another client reads something else"
    # What the server's capabilities are for: owners, groups and modes that root sets for others.
    assert (found["owner"], found["modes"]) == ([33, 33], ["0o2775", "0o660"])
    assert found["during"] == found["before"], "writes were answered without a server"
    assert found["finished"], "the write did not go on"
    assert found["large"], f"{found['bytes']} bytes, and not those that were written"
