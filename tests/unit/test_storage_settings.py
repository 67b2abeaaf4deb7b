"""The sections nfs and wordpress: what each backend takes, and what is refused by name."""

from typing import Any, Final

import pytest
from test_settings import DEV, PROD, changed, in_stack, load, mistakes, row, told

from stackfile.files import StackFileError
from stackfile.load import check_filled_in

NFS: Final = "eks-platform:nfs"
WORDPRESS: Final = "eks-platform:wordpress"
EXTERNAL: Final = {"backend": "external", "server": "10.9.0.5", "share": "/exports"}


def external(server: object) -> dict[str, Any]:
    return {**EXTERNAL, "server": server}


MISTAKES: Final = [
    row("nfs/backend", "fsx", f"{NFS}.backend", "'efs', 'in-cluster' or 'external'", "fsx"),
    row("nfs/classes", {"a": {"reclaimPolicy": "Recycle"}}, f"{NFS}.classes.a.reclaimPolicy",
        "'Retain' or 'Delete'", "Recycle"),
    row("nfs", {**EXTERNAL, "share": "exports"}, f"{NFS}.share", "an absolute path", "'exports'"),
    row("nfs", {**EXTERNAL, "share": "/exports/../etc"}, f"{NFS}.share", "an absolute path"),
    row("nfs", {**EXTERNAL, "share": "/a b"}, f"{NFS}.share", "an absolute path"),
    row("nfs/lifecycleDays", 45, f"{NFS}.lifecycleDays", "1, 7, 14, 30, 60, 90, 180, 270 or 365",
        "got 45"),
    row("nfs/throughputMode", "fast", f"{NFS}.throughputMode", "'elastic'", "'provisioned'"),
    row("nfs", {"throughputMode": "provisioned", "provisionedMibps": 3415},
        f"{NFS}.provisionedMibps", "must be at most 3414", "got 3415"),
    row("nfs", {"backend": "in-cluster", "volumeGiB": 0}, f"{NFS}.volumeGiB", "at least 1"),
    row("nfs", {"classes": {"Shared": {}}}, f"{NFS}.classes.Shared", "must be at most 40 of"),
    row("nfs", {"classes": {"gp3": {}}}, f"{NFS}.classes.gp3", "not be gp2 or gp3"),
    row("wordpress", {"databaseGiB": 0}, f"{WORDPRESS}.databaseGiB", "at least 1"),
    row("wordpress", {"hostname": "blog"}, f"{WORDPRESS}.hostname", "must be a host name"),
]  # fmt: skip
# What no value shows by itself: what keys or sections must agree on.
AGREEMENT_MISTAKES: Final = [
    row("nfs", {"server": "10.9.0.5"}, f"{NFS}.server", "for backend external only", "is efs"),
    row("nfs", {"backend": "in-cluster", "share": "/exports"}, f"{NFS}.share",
        "for backend external only", "is in-cluster"),
    row("nfs", {"backend": "in-cluster", "backup": True}, f"{NFS}.backup",
        "for backend efs only", "is in-cluster"),
    row("nfs", {**EXTERNAL, "lifecycleDays": 30}, f"{NFS}.lifecycleDays", "for backend efs only"),
    row("nfs", {**EXTERNAL, "throughputMode": "elastic"}, f"{NFS}.throughputMode",
        "for backend efs only", "is external"),
    row("nfs", {**EXTERNAL, "volumeGiB": 20}, f"{NFS}.volumeGiB", "for backend in-cluster only"),
    row("nfs", {"backend": "external", "share": "/exports"}, f"{NFS}.server",
        "is required with backend external"),
    row("nfs", {"backend": "external", "server": "10.9.0.5"}, f"{NFS}.share",
        "is required with backend external"),
    row("nfs", {"throughputMode": "provisioned"}, f"{NFS}.provisionedMibps",
        "is required with throughputMode provisioned"),
    row("nfs", {"provisionedMibps": 64}, f"{NFS}.provisionedMibps",
        "needs throughputMode provisioned", "is elastic"),
    row("nfs", {"classes": {"a": {"default": True}, "b": {"default": True}}},
        f"{NFS}.classes.b.default", "only one class can be the default, and a is"),
    row("nfs", {"classes": {"a": {}}, "defaultClass": True}, f"{NFS}.defaultClass",
        "belongs to each entry of classes"),
    row("nfs", {"classes": {"a": {}}, "onDelete": "delete"}, f"{NFS}.onDelete",
        "belongs to each entry of classes"),
    row("wordpress", {"storageClass": "fast"}, f"{WORDPRESS}.storageClass",
        "must be a class of nfs (nfs-csi)", "got 'fast'"),
    row("wordpress", {"shutdown": {"preStopSeconds": 5}},
        f"{WORDPRESS}.shutdown.preStopSeconds", "must exceed propagationSeconds 20"),
]  # fmt: skip
SERVERS: Final = [
    ("localhost", "loopback name"),
    ("files.localhost", "loopback name"),
    ("127.0.0.1", "loopback address"),
    ("127.9.9.9", "loopback address"),
    ("169.254.169.254", "link-local address"),
    ("255.255.255.255", "no host's address"),
    ("224.0.0.1", "no host's address"),
    ("nfs.storage.svc", "cluster DNS"),
    ("nfs.storage.svc.cluster.local", "cluster DNS"),
    ("nfs.storage.svc.cluster.local.", "cluster DNS"),
    ("NFS.Storage.SVC", "cluster DNS"),
    ("storage.cluster.local", "cluster DNS"),
    ("fileserver", "without a domain"),
    ("10.0.0", "an IPv4 address or a DNS name"),
    ("nfs_1.example.org", "an IPv4 address or a DNS name"),
    ("::1", "an IPv4 address or a DNS name"),
    ("", "an IPv4 address or a DNS name"),
]


@pytest.mark.parametrize(("path", "value", "key", "fragments"), [*MISTAKES, *AGREEMENT_MISTAKES])
@pytest.mark.parametrize("base", [DEV, PROD], ids=["dev", "prod"])
def test_a_mistake_is_one_line_with_its_full_key(
    path: str, value: object, key: str, fragments: tuple[str, ...], base: dict[str, Any]
) -> None:
    told(path, value, key, fragments, base)


@pytest.mark.parametrize(("server", "reason"), SERVERS)
def test_a_server_that_no_node_reaches_is_refused_with_the_reason(server: str, reason: str) -> None:
    (line,) = mistakes(changed("nfs", external(server), DEV))

    assert line.startswith(f"{NFS}.server: ")
    assert reason in line
    assert repr(server) in line


@pytest.mark.parametrize(
    "server",
    ["10.9.0.5", "nfs.corp.internal", "svc.example.org", "fs-1.efs.eu-west-1.amazonaws.com"],
)
def test_a_server_that_a_vpc_reaches_is_taken(server: str) -> None:
    settings = load(changed("nfs", external(server), DEV))

    assert settings.nfs is not None
    assert settings.nfs.server == server


def test_several_mistakes_are_reported_together() -> None:
    section = {"backend": "external", "backup": False, "volumeGiB": 5, "server": "10.9.0.5"}
    lines = mistakes(changed("nfs", section, DEV))

    keys = {line.partition(": ")[0] for line in lines}
    assert keys == {f"{NFS}.backup", f"{NFS}.volumeGiB", f"{NFS}.share"}


def test_wordpress_needs_shared_storage() -> None:
    without = changed("nfs", "(absent)", changed("wordpress", {}, DEV))
    (line,) = mistakes(without)

    assert line == f"{WORDPRESS}: needs the section nfs: its replicas share their files"


@pytest.mark.parametrize("name", ["wordpress", "wordpress-mysql"])
def test_an_application_cannot_take_a_namespace_of_wordpress(name: str) -> None:
    (line,) = mistakes(changed("apps", {name: {}}, changed("wordpress", {}, DEV)))

    assert line.startswith(f"eks-platform:apps.{name}: ")
    assert "that of the section wordpress" in line
    assert name in load(changed("apps", {name: {}}, DEV)).apps


def test_an_application_cannot_take_the_servers_namespace() -> None:
    nfs = {"backend": "in-cluster"}
    (line,) = mistakes(changed("apps", {"nfs-server": {}}, changed("nfs", nfs, DEV)))

    assert line.startswith("eks-platform:apps.nfs-server: ")


def test_a_stack_that_names_no_classes_has_the_one_that_its_keys_describe() -> None:
    settings = load(changed("nfs", {"reclaimPolicy": "Delete", "defaultClass": True}, DEV))

    assert settings.nfs is not None
    (only,) = settings.nfs.all_classes.items()
    assert only[0] == "nfs-csi"
    assert only[1].model_dump() == {
        "reclaim_policy": "Delete",
        "on_delete": "archive",
        "default": True,
    }


@pytest.mark.parametrize("key", ["nfs", "wordpress"])
def test_volumes_of_their_own_are_for_those_who_need_one(key: str) -> None:
    section = {"backend": "in-cluster"} if key == "nfs" else {}

    assert not load(DEV).needs_volumes
    assert load(changed(key, section, DEV)).needs_volumes


def test_placeholders_of_wordpress_do_not_deploy() -> None:
    settings = load(changed("wordpress", {"hostname": "blog.example.com"}, DEV))

    with pytest.raises(StackFileError, match=f"{WORDPRESS}.hostname: blog.example.com is reserved"):
        in_stack({}, lambda: check_filled_in(settings, "444455556666"))
