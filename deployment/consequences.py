"""What goes with a resource that is deleted, or that another one takes the place of."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from . import types
from .deployment import Deployment
from .resource import Resource
from .steps import Place, Step, value_at

# What a resource holds that no program can make again. The services' own pages say so of each; of
# KMS: https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html.
DATA: Final[Mapping[str, str]] = {
    types.FILE_SYSTEM: "its files",
    types.LOG_GROUP: "its logs",
    types.KEY: "all that is encrypted with it, once its waiting time of 7 to 30 days is over",
    types.REPOSITORY: "its images",
    types.CLUSTER: "all objects in the cluster, those that this program did not make included",
    "aws:backup/vault:Vault": "its backups",
    "aws:codecommit/repository:Repository": "its commits",
    "aws:cognito/userPool:UserPool": "its users",
    "aws:docdb/cluster:Cluster": "its databases",
    "aws:dynamodb/table:Table": "its items",
    "aws:dynamodb/globalTable:GlobalTable": "its items",
    "aws:ebs/snapshot:Snapshot": "the snapshot",
    "aws:ebs/volume:Volume": "what is on it",
    "aws:ec2/instance:Instance": "what is on its own volumes",
    "aws:elasticache/cluster:Cluster": "its items",
    "aws:elasticache/replicationGroup:ReplicationGroup": "its items",
    "aws:elasticsearch/domain:Domain": "its indexes",
    "aws:fsx/lustreFileSystem:LustreFileSystem": "its files",
    "aws:fsx/ontapFileSystem:OntapFileSystem": "its files",
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": "its files",
    "aws:fsx/windowsFileSystem:WindowsFileSystem": "its files",
    "aws:keyspaces/table:Table": "its rows",
    "aws:kinesis/stream:Stream": "its records",
    "aws:memorydb/cluster:Cluster": "its items",
    "aws:msk/cluster:Cluster": "its topics",
    "aws:mq/broker:Broker": "its messages",
    "aws:neptune/cluster:Cluster": "its graph",
    "aws:opensearch/domain:Domain": "its indexes",
    "aws:rds/cluster:Cluster": "its databases",
    "aws:rds/clusterSnapshot:ClusterSnapshot": "the snapshot",
    "aws:rds/instance:Instance": "its databases",
    "aws:rds/snapshot:Snapshot": "the snapshot",
    "aws:redshift/cluster:Cluster": "its databases",
    "aws:redshiftserverless/namespace:Namespace": "its databases",
    "aws:route53/zone:Zone": "its records and name servers",
    types.BUCKET: "its objects",
    "aws:s3/bucketV2:BucketV2": "its objects",
    "aws:s3/directoryBucket:DirectoryBucket": "its objects",
    "aws:secretsmanager/secret:Secret": "the secret, once its recovery window is over",
    "aws:sqs/queue:Queue": "its messages",
    "aws:ssm/parameter:Parameter": "its value",
    "aws:timestreamwrite/table:Table": "its records",
    "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition": "all objects of its kind",
}
# Under these names resources have what others know them by.
_ADDRESSES: Final[tuple[Place, ...]] = (
    ("publicIp",),
    ("privateIp",),
    ("ipAddress",),
    ("spec", "clusterIP"),
    ("status", "loadBalancer", "ingress", 0, "ip"),
)
_NAMES: Final[tuple[Place, ...]] = (
    ("endpoint",),
    ("dnsName",),
    ("domainName",),
    ("repositoryUrl",),
    ("identities", 0, "oidcs", 0, "issuer"),
    ("status", "loadBalancer", "ingress", 0, "hostname"),
)
_BORROWED: Final = frozenset({"allocationId", "fileSystemId"})
# What stops, be it for the time until another one is there.
_STOPS: Final[Mapping[str, str]] = {
    types.NODE_GROUP: "its nodes go, and what runs on them starts anew on others",
    types.NAT_GATEWAY: "connections through it end",
    types.CLUSTER: "everything that runs in it ends",
    types.INTERNET_GATEWAY: "connections through it end",
}
_RETAINED: Final = "Retain"
_SERVERS_CLAIM: Final[Place] = ("spec", "datadirVolumeClaimTemplate")
_PERSISTENT_VOLUME: Final = "kubernetes:core/v1:PersistentVolume"
# By which a resource of AWS stays when Pulumi lets go of it.
_KEPT: Final = "skipDestroy"


def is_kept(resource: Resource) -> bool:
    """Returns whether the resource stays in the cloud when the engine deletes it."""
    return resource.retain_on_delete or resource.inputs.get(_KEPT) is True


def lost_data(resource: Resource, before: Deployment) -> str:
    """Returns what is gone with a resource and cannot be made again; empty: nothing.

    :param before: the deployment that it is in.
    """
    if resource.type == types.CLAIM:
        name = _name_of(resource)
        return (
            "" if _retains(before, resource.inputs.get("spec")) else f"the volume of claim {name}"
        )
    if resource.type == types.NAMESPACE:
        return ", ".join(sorted(_claims_in(resource, before)))
    if resource.type == types.STATEFUL_SET and _deletes_claims(resource):
        return ", ".join(sorted(_claims_of(resource, before)))
    if resource.type == _PERSISTENT_VOLUME:
        policy = value_at(resource.inputs, ("spec", "persistentVolumeReclaimPolicy"))
        return "what is on it" if policy == "Delete" else ""
    return DATA.get(resource.type, "")


def interruption(resource: Resource) -> str:
    """Returns what stops with a resource; empty: nothing that is known here."""
    return _STOPS.get(resource.type, "")


def known_by(resource: Resource) -> Iterator[tuple[str, str]]:
    """Yields what others know a resource by, and the value: addresses first, then names.

    A NAT gateway has its address, and a mount target its name, of another resource.
    """
    if not _BORROWED.isdisjoint(resource.inputs):
        return
    for places in (_ADDRESSES, _NAMES):
        for place in places:
            value = value_at(resource.outputs, place)
            if isinstance(value, str) and value:
                yield ("address" if places is _ADDRESSES else "name"), value


def _claims_in(namespace: Resource, before: Deployment) -> Iterator[str]:
    """Yields the volumes of claims that go with a namespace, of those that a program knows of."""
    name = _name_of(namespace)
    for token in (types.STATEFUL_SET, types.INNODB_CLUSTER, types.CLAIM):
        for resource in before.of(token):
            if value_at(resource.properties, ("metadata", "namespace")) != name:
                continue
            if token == types.STATEFUL_SET:
                yield from _claims_of(resource, before)
            elif token == types.INNODB_CLUSTER:
                if not _retains(before, value_at(resource.inputs, _SERVERS_CLAIM)):
                    yield f"all databases of InnoDBCluster {_name_of(resource)}"
            elif not _retains(before, resource.inputs.get("spec")):
                yield f"the volume of claim {_name_of(resource)}"


def _claims_of(stateful_set: Resource, before: Deployment) -> Iterator[str]:
    templates = value_at(stateful_set.inputs, ("spec", "volumeClaimTemplates"))
    for template in templates if isinstance(templates, list) else ():
        if isinstance(template, Mapping) and not _retains(before, template.get("spec")):
            name = value_at(template, ("metadata", "name"))
            yield f"the volumes of claims {name} of {_name_of(stateful_set)}"


def _deletes_claims(stateful_set: Resource) -> bool:
    # https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
    place = ("spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted")
    return value_at(stateful_set.inputs, place) == "Delete"


def _retains(before: Deployment, spec: Any) -> bool:
    """Returns whether the class of a claim keeps the volumes of claims that are gone.

    Of a class that is not in the deployment that is not known, and Kubernetes deletes by default
    (https://kubernetes.io/docs/concepts/storage/storage-classes/#reclaim-policy).
    """
    name = spec.get("storageClassName") if isinstance(spec, Mapping) else None
    return any(
        _name_of(found) == name and found.inputs.get("reclaimPolicy") == _RETAINED
        for found in before.of(types.STORAGE_CLASS)
    )


def _name_of(resource: Resource) -> str:
    """Returns the name of an object in its cluster."""
    for properties in (resource.inputs, resource.outputs):
        name = value_at(properties, ("metadata", "name"))
        if isinstance(name, str):
            return name
    return resource.name


def new_name(step: Step) -> tuple[str, str] | None:
    """Returns the names of a replaced resource and of its successor, where they differ."""
    if step.before is None:
        return None
    for key in ("name", "nodeGroupName", "bucket", "identifier"):
        old, new = step.before.outputs.get(key), step.resource.outputs.get(key)
        if isinstance(old, str) and isinstance(new, str) and old != new:
            return old, new
    return None
