"""The configuration that the NFS server in the cluster runs by."""

from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import Final

from .nfs_storage import NFS_PORT

# Ganesha opens files by handle (DAC_READ_SEARCH) and does each request as the user who makes it
# (SETUID, SETGID) or, for root, as one who may change owners, modes and anybody's files. Nothing of
# this touches the node.
CAPABILITIES: Final = (
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "SETGID",
    "SETUID",
)


def ganesha_conf(
    *, files: str, state: str, clients: Sequence[IPv4Network], port: int = NFS_PORT
) -> str:
    """Returns a ``ganesha.conf`` for NFSv4.1 and later on one TCP port, with nothing beside it.

    There is no portmapper, no mount, lock or quota protocol, and no Kerberos. Parameters are those
    of https://github.com/nfs-ganesha/nfs-ganesha/tree/V4.0.8/src/config_samples.

    :param files: the exported directory.
    :param state: where the server keeps what clients have open, so that they get it back after its
        restart.
    :param clients: the blocks whose addresses may mount.
    """
    return f"""\
NFS_CORE_PARAM {{
    Protocols = 4;
    NFS_Port = {port};
    Enable_UDP = false;
    Enable_NLM = false;
    Enable_RQUOTA = false;
    # Volumes are told apart by device: in a container their UUIDs cannot be read.
    fsid_device = true;
}}

NFSv4 {{
    Minor_Versions = 1, 2;
    # A client that is gone keeps the others waiting for no longer than this after a restart, in s.
    Lease_Lifetime = 20;
    Grace_Period = 30;
    RecoveryBackend = fs;
    RecoveryRoot = "{state}";
}}

NFS_KRB5 {{
    Active_krb5 = false;
}}

EXPORT {{
    Export_Id = 1;
    Path = "{files}";
    Pseudo = "/";
    Protocols = 4;
    Transports = TCP;
    SecType = sys;
    Access_Type = NONE;
    CLIENT {{
        Clients = {", ".join(map(str, clients))};
        Access_Type = RW;
        # The driver makes directories and the kubelet hands them to a pod's group, as root.
        Squash = No_Root_Squash;
    }}
    FSAL {{
        Name = VFS;
    }}
}}

LOG {{
    Default_Log_Level = EVENT;
}}
"""
