"""Volumes as other people's programs write them."""

from typing import Any

import pytest
from foreign import resource, said

from deployment import types

NFS = "nfs-volumes-by-decision"
ORDER = "volumes-before-their-driver-goes"
OPTIONS = {"mountOptions": ["nfsvers=4.1"]}
NO_VERSION = ["pins no nfsvers"]


def _volume(annotations: Any = None, **spec: Any) -> dict[str, Any]:
    metadata = {"name": "files", "annotations": annotations or {}}
    return resource(types.PERSISTENT_VOLUME, "files", {"metadata": metadata, "spec": spec})


def _of_driver(server: str, **spec: Any) -> dict[str, Any]:
    attributes = {"server": server, "share": "/"}
    return _volume(csi={"driver": "nfs.csi.k8s.io", "volumeAttributes": attributes}, **spec)


@pytest.mark.parametrize(
    ("volume", "lines"),
    [
        (_volume(nfs={"server": "10.0.0.9", "path": "/"}, **OPTIONS), []),
        (_volume(nfs={"server": "fs-1.efs.eu-west-1.amazonaws.com", "path": "/"}, **OPTIONS), []),
        (_volume(nfs={"server": "10.0.0.9", "path": "/"}), NO_VERSION),
        (
            _volume(
                {"volume.beta.kubernetes.io/mount-options": "hard,nfsvers=4.1"},
                nfs={"server": "10.0.0.9", "path": "/"},
            ),
            [],
        ),
        (
            _volume(nfs={"server": "10.0.0.9"}, mountOptions=["nfsvers=4.1", "soft"]),
            ["does not mount hard, so that writes can be lost unnoticed"],
        ),
        (
            _volume(nfs={"server": "nfs.shop.svc.cluster.local", "path": "/"}, **OPTIONS),
            ["is served by nfs.shop.svc.cluster.local, which no node resolves"],
        ),
        (_of_driver("10.0.0.9", **OPTIONS), []),
        (_of_driver("10.0.0.9"), NO_VERSION),
        (_of_driver("nfs", **OPTIONS), ["is served by nfs, which no node resolves"]),
        # Volumes of other drivers have no such options.
        (_volume(csi={"driver": "efs.csi.aws.com", "volumeHandle": "fs-1"}), []),
        (_volume(hostPath={"path": "/data"}), []),
    ],
)
def test_a_volume_on_a_server_of_files_is_judged_without_a_class(
    volume: Any, lines: list[str]
) -> None:
    assert said(NFS, volume) == lines


@pytest.mark.parametrize(
    ("provisioner", "driver"),
    [
        ("ebs.csi.aws.com", "aws-ebs-csi-driver"),
        ("kubernetes.io/aws-ebs", "aws-ebs-csi-driver"),
        ("efs.csi.aws.com", "aws-efs-csi-driver"),
        ("fsx.csi.aws.com", "aws-fsx-csi-driver"),
        ("fsx.openzfs.csi.aws.com", "aws-fsx-openzfs-csi-driver"),
        ("nfs.csi.k8s.io", "csi-driver-nfs"),
        ("s3.csi.aws.com", "aws-mountpoint-s3-csi-driver"),
    ],
)
def test_volumes_wait_for_whatever_driver_they_have(provisioner: str, driver: str) -> None:
    chart = resource(types.RELEASE, "driver", {"chart": driver})
    addon = resource(types.ADDON, "driver", {"addonName": driver})
    for brought in (chart, addon):
        line = ["does not wait for driver"]
        for volume in (
            resource(types.STORAGE_CLASS, "files", {"provisioner": provisioner}),
            _volume(csi={"driver": provisioner}),
        ):
            assert said(ORDER, brought, volume) == line
            assert said(ORDER, brought, {**volume, "dependencies": [brought["urn"]]}) == []
            assert said(ORDER, volume) == []
