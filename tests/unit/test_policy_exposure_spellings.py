"""Ingresses, Services and volumes in their spellings."""

import json
from typing import Any

import pytest
from foreign import OF_POD, manifest, resource, said, web

from deployment import types

ALB = "alb.ingress.kubernetes.io/"
TARGETS = "load-balancers-send-to-pods"
TLS = "load-balancers-speak-tls"
HEADERS = "load-balancers-drop-invalid-headers"
NFS = "nfs-volumes-by-decision"
NO_TARGET = ["names no target type"]
NO_CONTROLLER = [
    "? names none, and the load balancer controller, which has a default, is not part of the stack"
]


def _class(name: str, controller: str, **said_: Any) -> dict[str, Any]:
    marks = {"ingressclass.kubernetes.io/is-default-class": "true"} if said_.get("default") else {}
    spec: dict[str, Any] = {"controller": controller}
    if parameters := said_.get("parameters"):
        spec["parameters"] = {"kind": "IngressClassParams", "name": parameters}
    return resource(
        types.INGRESS_CLASS,
        f"class-{name}",
        {"metadata": {"name": name, "annotations": marks}, "spec": spec},
    )


def _ingress(class_name: str = "", name: str = "web", **annotations: str) -> dict[str, Any]:
    spec = {"ingressClassName": class_name} if class_name else {}
    settings = {f"{ALB}{key.replace('_', '-')}": text for key, text in annotations.items()}
    return manifest(types.INGRESS, name, spec, annotations=settings)


def _deprecated(class_name: str) -> dict[str, Any]:
    annotations = {"kubernetes.io/ingress.class": class_name}
    return manifest(types.INGRESS, "web", {}, annotations=annotations)


def _controller(chart: str = "aws-load-balancer-controller", **values: Any) -> dict[str, Any]:
    return resource(types.RELEASE, "controller", {"chart": chart, "values": values})


def _rendered(*arguments: str) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": "aws-load-balancer-controller"}
    containers = [{"name": "aws-load-balancer-controller", "args": list(arguments)}]
    template = {"spec": {"containers": containers}}
    return manifest(types.DEPLOYMENT, "lbc", {"template": template}, labels=labels)


def _by_argo(**helm: Any) -> dict[str, Any]:
    source = {"chart": "aws-load-balancer-controller", "helm": helm}
    token = "kubernetes:argoproj.io/v1alpha1:Application"
    return manifest(token, "lbc", {"sources": [{"path": "manifests"}, source]})


def _by_flux(**spec: Any) -> dict[str, Any]:
    chart = {"spec": {"chart": "aws-load-balancer-controller"}}
    token = "kubernetes:helm.toolkit.fluxcd.io/v2:HelmRelease"
    return manifest(token, "lbc", {"chart": chart, **spec})


OF_ALB = "ingress.k8s.aws/alb"
NGINX = "k8s.io/ingress-nginx"


@pytest.mark.parametrize(
    ("resources", "lines"),
    [
        ([_ingress("alb")], NO_CONTROLLER),
        ([_ingress("public"), _class("public", OF_ALB)], NO_CONTROLLER),
        ([_ingress("public"), _class("public", NGINX)], []),
        ([_ingress("alb"), _class("alb", NGINX)], []),
        ([_ingress("nginx")], []),
        ([_ingress("nginx", target_type="instance")], []),
        ([_deprecated("alb")], NO_CONTROLLER),
        ([_deprecated("nginx")], []),
        ([_ingress(), _class("x", OF_ALB, default=True)], NO_CONTROLLER),
        ([_ingress(), _class("x", NGINX, default=True)], []),
        ([_ingress("own"), _controller(ingressClass="own")], NO_TARGET),
        ([_ingress(scheme="internal")], NO_CONTROLLER),
        ([_ingress()], ["? names no class, and the default one is not part of the stack"]),
        (
            [_ingress("alb-internal", scheme="internal")],
            ["? its class alb-internal is not part of the stack"],
        ),
        # What gives the targets: the controller's own, however it is installed, Auto Mode, the
        # class's parameters.
        ([_ingress("alb"), _controller()], NO_TARGET),
        ([_ingress("alb"), _controller(defaultTargetType="ip")], []),
        ([_ingress("alb"), _rendered("--default-target-type=ip")], []),
        ([_ingress("alb"), _rendered("--cluster-name=shop")], NO_TARGET),
        ([_ingress("alb"), _by_argo(valuesObject={"defaultTargetType": "ip"})], []),
        ([_ingress("alb"), _by_argo(values="defaultTargetType: ip")], []),
        (
            [_ingress("alb"), _by_argo(parameters=[{"name": "defaultTargetType", "value": "ip"}])],
            [],
        ),
        ([_ingress("alb"), _by_argo()], NO_TARGET),
        ([_ingress("alb"), _by_flux(values={"defaultTargetType": "ip"})], []),
        (
            [_ingress("alb"), _by_flux(valuesFrom=[{"kind": "ConfigMap", "name": "x"}])],
            ["? defaultTargetType may stand in valueYamlFiles, which cannot be read"],
        ),
        (
            [
                _ingress("alb"),
                _controller("eks/aws-load-balancer-controller", defaultTargetType="ip"),
            ],
            [],
        ),
        (
            [
                _ingress("auto"),
                _class("auto", "eks.amazonaws.com/alb"),
                resource(types.CLUSTER, "shop", {"computeConfig": {"enabled": True}}),
            ],
            [],
        ),
        (
            [
                _ingress("alb", target_type="instance"),
                _class("alb", OF_ALB, parameters="ours"),
                resource(
                    "kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams",
                    "ours",
                    {"metadata": {"name": "ours"}, "spec": {"targetType": "ip"}},
                ),
            ],
            [],
        ),
    ],
)
def test_an_ingress_is_an_alb_s_by_its_controller(resources: Any, lines: list[str]) -> None:
    assert said(TARGETS, *resources) == lines


CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/x"
NEW = "ELBSecurityPolicy-TLS13-1-2-2021-06"
REDIRECT = '{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"}}'
BOTH = json.dumps([{"HTTP": 80}, {"HTTPS": 443}])


@pytest.mark.parametrize(
    ("annotations", "lines"),
    [
        ({}, ["listens for HTTP alone"]),
        ({"certificate_arn": CERTIFICATE, "ssl_policy": NEW}, []),
        ({"certificate_arn": CERTIFICATE, "ssl_policy": "ELBSecurityPolicy-FS-1-2-2019-08"}, []),
        (
            {"certificate_arn": CERTIFICATE, "ssl_policy": "ELBSecurityPolicy-2016-08"},
            ["has TLS policy ELBSecurityPolicy-2016-08"],
        ),
        ({"listen_ports": BOTH, "ssl_policy": NEW}, ["answers HTTP and does not redirect it"]),
        ({"listen_ports": BOTH, "ssl_policy": NEW, "ssl_redirect": "443"}, []),
        ({"listen_ports": BOTH, "ssl_policy": NEW, "actions.ssl_redirect": REDIRECT}, []),
    ],
)
def test_tls_is_seen_in_its_spellings(annotations: Any, lines: list[str]) -> None:
    assert said(TLS, _ingress("alb", **annotations)) == lines


def test_a_tls_policy_may_be_the_controller_s_own() -> None:
    ingress = _ingress("alb", certificate_arn=CERTIFICATE)
    assert said(TLS, ingress) == NO_CONTROLLER
    assert said(TLS, ingress, _controller()) == ["has the default TLS policy, an old one"]
    assert said(TLS, ingress, _controller(defaultSSLPolicy=NEW)) == []


def test_what_one_ingress_of_a_group_says_holds_for_all() -> None:
    attributes = {
        "load_balancer_attributes": "routing.http.drop_invalid_header_fields.enabled=true"
    }
    one = _ingress("alb", "one", **{"group.name": "shop"}, **attributes)
    two = _ingress("alb", "two", **{"group.name": "shop"})
    three = _ingress("alb", "three")
    assert said(HEADERS, one, two) == []
    assert said(HEADERS, one, two, three) == ["lets invalid header fields through"]


NLB = "service.beta.kubernetes.io/aws-load-balancer-"


@pytest.mark.parametrize(
    ("spec", "annotations", "lines"),
    [
        ({"type": "ClusterIP"}, {}, []),
        ({"type": "NodePort"}, {}, ["opens a node port"]),
        ({"type": "LoadBalancer"}, {}, ["sends to nodes and not to pods"]),
        ({"type": "LoadBalancer"}, {f"{NLB}type": "nlb"}, ["sends to nodes and not to pods"]),
        (
            {"type": "LoadBalancer", "ports": [{"nodePort": 30080}]},
            {f"{NLB}nlb-target-type": "ip"},
            ["gets node ports that it does not need"],
        ),
        (
            {
                "type": "LoadBalancer",
                "allocateLoadBalancerNodePorts": False,
                "ports": [{"nodePort": 30080}],
            },
            {f"{NLB}nlb-target-type": "ip"},
            ["opens a node port"],
        ),
        (
            {"type": "LoadBalancer", "loadBalancerClass": "tailscale"},
            {},
            ["? its class tailscale is of no load balancer of AWS's"],
        ),
        (
            {"type": "LoadBalancer"},
            {f"{NLB}nlb-target-type": "ip"},
            ["gets node ports that it does not need"],
        ),
        (
            {"type": "LoadBalancer", "allocateLoadBalancerNodePorts": False},
            {f"{NLB}type": "nlb-ip"},
            [],
        ),
        (
            {
                "type": "LoadBalancer",
                "loadBalancerClass": "eks.amazonaws.com/nlb",
                "allocateLoadBalancerNodePorts": False,
            },
            {},
            [],
        ),
    ],
)
def test_a_load_balancer_that_sends_to_pods_is_known(
    spec: Any, annotations: Any, lines: list[str]
) -> None:
    service = manifest(types.SERVICE, "web", spec, annotations=annotations)
    cluster = resource(types.CLUSTER, "shop", {})
    assert said("no-node-ports", service, cluster) == lines


@pytest.mark.parametrize(
    ("others", "lines"),
    [
        ([], NO_CONTROLLER),
        ([resource(types.CLUSTER, "shop", {})], ["sends to nodes and not to pods"]),
        ([_controller()], ["sends to nodes and not to pods"]),
        ([_controller(defaultTargetType="ip")], []),
        (
            [_controller(defaultTargetType="ip", enableServiceMutatorWebhook=False)],
            ["sends to nodes and not to pods"],
        ),
    ],
)
def test_a_service_s_targets_may_be_the_controller_s_own(others: Any, lines: list[str]) -> None:
    spec = {"type": "LoadBalancer", "allocateLoadBalancerNodePorts": False}
    # An annotation of another form hides nothing of the others.
    service = manifest(types.SERVICE, "web", spec, annotations={f"{NLB}cross-zone": True})
    assert said("no-node-ports", service, *others) == lines


def test_a_service_that_asks_for_the_controller_has_its_own_targets() -> None:
    asked = manifest(
        types.SERVICE, "web", {"type": "LoadBalancer"}, annotations={f"{NLB}type": "external"}
    )
    controller = _controller(defaultTargetType="ip", enableServiceMutatorWebhook=False)
    assert said("no-node-ports", asked, controller) == ["gets node ports that it does not need"]


def _nfs(*options: str, **said_: Any) -> dict[str, Any]:
    secret = "csi.storage.k8s.io/provisioner-secret-"
    parameters = {
        "server": "10.0.0.9",
        "onDelete": "retain",
        f"{secret}name": "options",
        f"{secret}namespace": "kube-system",
        **said_.get("parameters", {}),
    }
    data = {
        "metadata": {"name": "files"},
        "provisioner": "nfs.csi.k8s.io",
        "reclaimPolicy": said_.get("reclaimPolicy", "Delete"),
        "mountOptions": list(options),
        "parameters": {key: value for key, value in parameters.items() if value is not None},
    }
    return resource(types.STORAGE_CLASS, "files", data)


SOFT = ["does not mount hard, so that writes can be lost unnoticed"]


@pytest.mark.parametrize(
    ("storage_class", "lines"),
    [
        (_nfs("nfsvers=4.1"), []),
        (_nfs("vers=4.1"), []),
        (_nfs("v4.2"), []),
        (_nfs("nfsvers=4.1,hard"), []),
        (_nfs("nfsvers=4.1", "hard", "soft"), SOFT),
        (_nfs("nfsvers=4.1", "soft", "hard"), []),
        (_nfs("nfsvers=4.1", "softerr"), SOFT),
        (_nfs("nfsvers=3", "nolock"), ["has nolock, so that each node takes locks of its own"]),
        (_nfs("nfsvers=4.1", "nolock"), ["has nolock, which NFS 4 does not know"]),
        (_nfs("nfsvers=3", "nolock", "lock"), []),
        (_nfs(), ["pins no nfsvers"]),
        (_nfs("vers=4.1", parameters={"mountPermissions": "0"}), []),
        (_nfs("vers=4.1", parameters={"mountPermissions": "0775"}), []),
        (_nfs("vers=4.1", parameters={"mountPermissions": "777"}), ["opens volumes with mode 777"]),
        (
            _nfs("vers=4.1", parameters={"mountPermissions": "rwx"}),
            ["? parameters.mountPermissions is no mode such as 0770"],
        ),
        (_nfs("vers=4.1", parameters={"onDelete": None}), ["has no onDelete"]),
        (_nfs("vers=4.1", reclaimPolicy="Retain", parameters={"onDelete": None}), []),
    ],
)
def test_mount_options_count_as_nfs_has_them(storage_class: Any, lines: list[str]) -> None:
    assert said(NFS, storage_class) == lines


def test_what_the_driver_s_chart_says_is_judged() -> None:
    values = {"driver": {"mountPermissions": "0777"}}
    release = resource(types.RELEASE, "nfs", {"chart": "csi-driver-nfs", "values": values})
    assert said(NFS, release) == ["opens volumes with mode 0777"]


@pytest.mark.parametrize(
    ("provisioner", "others", "is_open"),
    [
        ("ebs.csi.aws.com", [], True),
        ("kubernetes.io/aws-ebs", [], True),
        ("ebs.csi.eks.amazonaws.com", [], True),
        ("efs.csi.aws.com", [], False),
        ("ebs.csi.aws.com", [resource(types.DISK_ENCRYPTION, "all", {"enabled": True})], False),
        ("ebs.csi.aws.com", [resource(types.DISK_ENCRYPTION, "all", {"enabled": False})], True),
    ],
)
def test_disks_of_each_driver_are_asked_for_encryption(
    provisioner: str,
    others: Any,
    is_open: bool,  # noqa: FBT001
) -> None:
    made = resource(types.STORAGE_CLASS, "gp3", {"provisioner": provisioner})
    assert bool(said("volumes-encrypted", made, *others)) == is_open


def test_files_may_be_backed_up_by_a_selection() -> None:
    files = resource(types.FILE_SYSTEM, "files", {"arn": "arn:files"})
    for selection, lines in (
        ({"resources": ["arn:files"]}, []),
        ({"resources": ["arn:other"]}, ["has no backups"]),
        (
            {"selectionTags": [{"key": "backup"}]},
            ["? the backup selection daily chooses by tag or pattern"],
        ),
    ):
        made = resource(types.BACKUP_SELECTION, "daily", selection)
        assert said("files-backed-up", files, made) == lines


def test_the_order_of_an_alb_s_controller_is_asked_where_there_is_one() -> None:
    rule, line = "ingresses-before-their-controller-goes", ["waits for no load balancer controller"]
    assert said(rule, _ingress("alb"), _controller()) == line
    assert said(rule, _ingress("nginx"), _controller()) == []
    assert said(rule, _ingress("alb")) == [
        "? the load balancer controller is not part of the stack"
    ]
    # A rendered chart is known by the label of what it makes.
    labels = {"app.kubernetes.io/name": "aws-load-balancer-controller"}
    assert said(rule, _ingress("alb"), manifest(types.DEPLOYMENT, "lbc", {}, labels=labels)) == line


def test_an_ingress_of_the_first_version_leads_to_its_service() -> None:
    backend = {"serviceName": "web", "servicePort": 80}
    spec = {"ingressClassName": "alb", "rules": [{"http": {"paths": [{"backend": backend}]}}]}
    ingress = manifest("kubernetes:networking.k8s.io/v1beta1:Ingress", "web", spec)
    service = manifest(types.SERVICE, "web", {"selector": OF_POD})
    home = resource(types.NAMESPACE, "shop", {"metadata": {"name": "shop"}})
    still = web(replicas=2, strategy={"rollingUpdate": {"maxUnavailable": 0}})
    assert said("rollouts-leave-no-gap", still, service, ingress, home) == [
        "is in shop, which has no readiness gates"
    ]


@pytest.mark.parametrize(
    ("values", "others", "lines"),
    [
        ({}, [], ["has no role of its own"]),
        (
            {"serviceAccount": {"create": False}},
            [],
            ["? the service account of controller is not part of the stack"],
        ),
        (
            {},
            [
                resource(
                    types.POD_IDENTITY,
                    "pods",
                    {"serviceAccount": "aws-load-balancer-controller", "roleArn": "arn:lbc"},
                ),
                resource(types.ROLE, "lbc", {"arn": "arn:lbc", "name": "lbc"}),
            ],
            [],
        ),
    ],
)
def test_a_controller_s_role_may_come_by_pod_identity(
    values: Any, others: Any, lines: list[str]
) -> None:
    release = _controller(**values)
    assert said("controllers-before-their-permissions-go", release, *others) == lines
