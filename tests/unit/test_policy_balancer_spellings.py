"""Load balancers by the Gateway API, by a program's own hand, and by bindings of target groups."""

from typing import Any

import pytest
from foreign import OF_POD, manifest, resource, said, web

from deployment import types
from planning.weights import forward_action

TARGETS = "load-balancers-send-to-pods"
TLS = "load-balancers-speak-tls"
HEADERS = "load-balancers-drop-invalid-headers"
LOGS = "load-balancers-log-access"
ORDER = "ingresses-before-their-controller-goes"
INSTANCE = ["has target type instance"]
NEW = "ELBSecurityPolicy-TLS13-1-2-2021-06"
OLD = "has the default TLS policy, an old one"
CONTROLLER = resource(types.RELEASE, "lbc", {"chart": "aws-load-balancer-controller"})
OF_IP = resource(
    types.RELEASE,
    "lbc",
    {"chart": "aws-load-balancer-controller", "values": {"defaultTargetType": "ip"}},
)
SERVICE = manifest(types.SERVICE, "web", {"selector": OF_POD})
HTTP = {"name": "http", "protocol": "HTTP", "port": 80}
HTTPS = {"name": "https", "protocol": "HTTPS", "port": 443}


def _class(controller: str = "gateway.k8s.aws/alb", **spec: Any) -> dict[str, Any]:
    data = {"metadata": {"name": "public"}, "spec": {"controllerName": controller, **spec}}
    return resource(types.GATEWAY_CLASS, "public", data)


def _gateway(*listeners: dict[str, Any], of_class: str = "public", **spec: Any) -> dict[str, Any]:
    all_of_it = {"gatewayClassName": of_class, "listeners": list(listeners), **spec}
    token = "kubernetes:gateway.networking.k8s.io/v1beta1:Gateway"
    return manifest(token, "front", all_of_it)


def _route(*rules: dict[str, Any], name: str = "way", **parent: Any) -> dict[str, Any]:
    sends = rules or ({"backendRefs": [{"name": "web", "port": 80}]},)
    spec = {"parentRefs": [{"name": "front", **parent}], "rules": list(sends)}
    return manifest(types.HTTP_ROUTE, name, spec)


def _configured(name: str = "settings", **spec: Any) -> dict[str, Any]:
    return manifest(types.GATEWAY_CONFIGURATION, name, spec)


def _targets(name: str = "targets", **spec: Any) -> dict[str, Any]:
    return manifest(types.TARGET_CONFIGURATION, name, spec)


CONFIGURED: Any = {"infrastructure": {"parametersRef": {"name": "settings"}}}
OF_SERVICE: Any = {"targetReference": {"name": "web"}}
IP: Any = {"defaultConfiguration": {"targetType": "ip"}}


@pytest.mark.parametrize(
    ("resources", "lines"),
    [
        ([_class(), _gateway(), CONTROLLER], ["names no target type"]),
        ([_class(), _gateway(), OF_IP], []),
        ([_class(), _gateway(), _targets(**OF_SERVICE, **IP)], []),
        (
            [
                _class(),
                _gateway(),
                _targets(**OF_SERVICE, defaultConfiguration={"targetType": "instance"}),
            ],
            INSTANCE,
        ),
        ([_class(), _gateway(), _targets(targetReference={"name": "x"}, **IP), OF_IP], []),
        (
            [
                _class(),
                _gateway(**CONFIGURED),
                _configured(defaultTargetGroupConfiguration={"name": "targets"}),
                _targets(**IP),
            ],
            [],
        ),
        (
            [_class(), _gateway(), _targets(**OF_SERVICE, **IP, routeConfigurations=[{"x": 1}])],
            ["? targets has routeConfigurations, which no rule reads"],
        ),
        (
            [_class(), _gateway(**CONFIGURED), CONTROLLER],
            ["? its LoadBalancerConfiguration settings is not part of the stack"],
        ),
        (
            [_class(), _gateway()],
            [
                "? names none, and the load balancer controller, which has a default, is not part"
                " of the stack"
            ],
        ),
        # Gateways of others.
        ([_class("istio.io/gateway-controller"), _gateway()], []),
        ([_gateway(of_class="istio")], []),
        ([_gateway(of_class="mine")], ["? its class mine is not part of the stack"]),
    ],
)
def test_a_gateway_s_targets_are_seen_where_they_are_set(resources: Any, lines: list[str]) -> None:
    assert said(TARGETS, *resources, _route(), SERVICE) == lines


REDIRECT = {"filters": [{"type": "RequestRedirect", "requestRedirect": {"scheme": "https"}}]}
CLEAR = "answers HTTP and does not redirect it (listener http)"


@pytest.mark.parametrize(
    ("resources", "lines"),
    [
        ([_gateway(HTTP), _route()], [CLEAR]),
        ([_gateway(HTTP), _route(REDIRECT)], []),
        ([_gateway(HTTP)], []),
        (
            [
                _gateway(HTTP, HTTPS, **CONFIGURED),
                _configured(
                    listenerConfigurations=[{"protocolPort": "HTTPS:443", "sslPolicy": NEW}]
                ),
                _route(REDIRECT, name="up", sectionName="http"),
                _route(sectionName="https"),
            ],
            [],
        ),
        ([_gateway(HTTPS), _route(), CONTROLLER], [f"{OLD} (listener https)"]),
        (
            [
                _gateway(
                    {"name": "db", "protocol": "TLS", "port": 5432, "tls": {"mode": "Passthrough"}}
                )
            ],
            [],
        ),
        ([_gateway({"name": "db", "protocol": "TCP", "port": 5432}), _route()], []),
    ],
)
def test_a_gateway_s_listeners_are_asked_for_tls(resources: Any, lines: list[str]) -> None:
    assert said(TLS, _class(), *resources) == lines


DROPS = {"key": "routing.http.drop_invalid_header_fields.enabled", "value": "true"}
KEEPS = {**DROPS, "value": "false"}


@pytest.mark.parametrize(
    ("merging", "lines"),
    [({}, ["lets invalid header fields through"]), ({"mergingMode": "prefer-gateway"}, [])],
)
def test_a_class_s_configuration_counts_more_unless_it_yields(
    merging: Any, lines: list[str]
) -> None:
    shared: Any = {"parametersRef": {"name": "shared", "namespace": "shop"}}
    of_class = _configured("shared", loadBalancerAttributes=[KEEPS], **merging)
    own = _configured(loadBalancerAttributes=[DROPS])
    assert said(HEADERS, _class(**shared), _gateway(**CONFIGURED), of_class, own) == lines
    assert said(HEADERS, _class("gateway.k8s.aws/nlb"), _gateway()) == []
    assert said(LOGS, _class(), _gateway()) == ["keeps no access logs"]


def test_a_gateway_and_a_binding_wait_for_the_controller() -> None:
    line = ["waits for no load balancer controller"]
    binding = manifest(types.BINDING, "bound", {"serviceRef": {"name": "web"}})
    assert said(ORDER, _class(), _gateway(), CONTROLLER) == line
    assert said(ORDER, binding, CONTROLLER) == line
    assert said(ORDER, _class("istio.io/gateway-controller"), _gateway(), CONTROLLER) == []


BINDING = manifest(types.BINDING, "bound", {"serviceRef": {"name": "web"}, "targetType": "ip"})


@pytest.mark.parametrize("fronts", [[_class(), _gateway(), _route()], [BINDING]])
def test_pods_behind_each_kind_of_load_balancer_need_readiness_gates(fronts: Any) -> None:
    home = resource(types.NAMESPACE, "shop", {"metadata": {"name": "shop"}})
    still = web(replicas=2, strategy={"rollingUpdate": {"maxUnavailable": 0}})
    assert said("rollouts-leave-no-gap", still, SERVICE, *fronts, home) == [
        "is in shop, which has no readiness gates"
    ]
    (line,) = said("shutdown-numbers-agree", still, SERVICE, *fronts)
    assert line.endswith("leads to it, whose numbers this rule does not read")


def _weighted(action: str, backend: dict[str, Any], token: str = types.INGRESS) -> Any:
    """Returns an Ingress whose one backend is the action of a name."""
    spec = {"ingressClassName": "alb", "rules": [{"http": {"paths": [{"backend": backend}]}}]}
    annotations = {"alb.ingress.kubernetes.io/actions.split": action}
    return manifest(token, "front", spec, annotations=annotations)


SPLIT = forward_action({"old": 100, "web": 0}, 80)
BY_ACTION = {"service": {"name": "split", "port": {"name": "use-annotation"}}}
BY_FIRST_VERSION = {"serviceName": "split", "servicePort": "use-annotation"}
FIRST_VERSION = types.INGRESS.replace("/v1:", "/v1beta1:")


@pytest.mark.parametrize(
    ("front", "lines"),
    [
        (_weighted(SPLIT, BY_ACTION), ["is in shop, which has no readiness gates"]),
        (
            _weighted(SPLIT, BY_FIRST_VERSION, FIRST_VERSION),
            ["is in shop, which has no readiness gates"],
        ),
        (_weighted(SPLIT, {"service": {"name": "split", "port": {"number": 80}}}), []),
        (_weighted(forward_action({"old": 1}, 80), BY_ACTION), []),
        (_weighted('{"type": "redirect"}', BY_ACTION), []),
    ],
)
def test_an_action_leads_to_each_service_that_it_weighs(front: Any, lines: list[str]) -> None:
    """With a weight of 0, too: a new pod of that version has to be a healthy target."""
    home = resource(types.NAMESPACE, "shop", {"metadata": {"name": "shop"}})
    still = web(replicas=2, strategy={"rollingUpdate": {"maxUnavailable": 0}})
    assert said("rollouts-leave-no-gap", still, SERVICE, front, home) == lines


def test_an_action_that_nobody_can_read_is_not_passed_over() -> None:
    (line,) = said("shutdown-numbers-agree", web(), SERVICE, _weighted("{", BY_ACTION))
    assert line.endswith("actions.split is no action of a load balancer, written in JSON")


def _group(**properties: Any) -> dict[str, Any]:
    return resource(types.TARGET_GROUP, "targets", {"arn": "arn:targets", **properties})


def _bound(**spec: Any) -> dict[str, Any]:
    return manifest(types.BINDING, "bound", {"targetGroupARN": "arn:targets", **spec})


NODES: Any = {"tags": [{"key": "kubernetes.io/cluster/shop", "value": "owned"}], "name": "nodes"}
OF_EKS = resource(
    types.NODE_GROUP, "ours", {"resources": [{"autoscalingGroups": [{"name": "eks-1"}]}]}
)


@pytest.mark.parametrize(
    ("resources", "lines"),
    [
        ([_group(targetType="ip"), _bound()], []),
        ([_group(), _bound()], INSTANCE),
        ([_group(targetType="ip"), _bound(targetType="instance")], INSTANCE),
        ([_bound(targetType="ip")], []),
        ([_bound()], ["? targetGroupARN names arn:targets, which is not part of the stack"]),
        # Nodes of a group of one's own, and of a group that EKS makes.
        (
            [
                _group(),
                resource(
                    types.AUTO_SCALING_GROUP, "nodes", {**NODES, "targetGroupArns": ["arn:targets"]}
                ),
            ],
            INSTANCE,
        ),
        (
            [
                _group(),
                OF_EKS,
                resource(
                    types.MACHINES_ATTACHMENT,
                    "attached",
                    {"autoscalingGroupName": "eks-1", "lbTargetGroupArn": "arn:targets"},
                ),
            ],
            INSTANCE,
        ),
        # Machines that are no nodes, and targets that nobody attaches.
        (
            [
                _group(),
                resource(types.AUTO_SCALING_GROUP, "web", {"targetGroupArns": ["arn:targets"]}),
            ],
            [],
        ),
        ([_group()], []),
        ([_group(targetType="lambda")], []),
    ],
)
def test_target_groups_of_nodes_and_pods_are_told_from_others(
    resources: Any, lines: list[str]
) -> None:
    assert said(TARGETS, *resources) == lines


FORWARD = [{"type": "forward"}]
TO_HTTPS = [{"type": "redirect", "redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}}]
REFUSE = [{"type": "fixed-response"}]
IN_THE_CLEAR = ["answers HTTP and does not redirect it"]


@pytest.mark.parametrize(
    ("listener", "rules", "lines"),
    [
        ({"protocol": "HTTP", "port": 80, "defaultActions": FORWARD}, [], IN_THE_CLEAR),
        ({"port": 80, "defaultActions": FORWARD}, [], IN_THE_CLEAR),
        ({"protocol": "HTTP", "defaultActions": TO_HTTPS}, [], []),
        ({"protocol": "HTTP", "defaultActions": REFUSE}, [], []),
        ({"protocol": "HTTP", "defaultActions": REFUSE}, FORWARD, IN_THE_CLEAR),
        ({"protocol": "HTTPS", "defaultActions": FORWARD, "sslPolicy": NEW}, [], []),
        ({"protocol": "TLS", "defaultActions": FORWARD}, [], [OLD]),
        ({"protocol": "TCP", "port": 443, "defaultActions": FORWARD}, [], []),
        ({"defaultActions": FORWARD}, [], []),
    ],
)
@pytest.mark.parametrize("module", ["lb", "alb", "elasticloadbalancingv2"])
def test_a_listener_is_asked_for_tls_whatever_its_module_is_called(
    module: str, listener: Any, rules: Any, lines: list[str]
) -> None:
    made = resource(f"aws:{module}/listener:Listener", "on", {"arn": "arn:on", **listener})
    rule = resource(types.LISTENER_RULE, "more", {"listenerArn": "arn:on", "actions": rules})
    assert said(TLS, made, rule) == lines


@pytest.mark.parametrize(
    ("token", "properties", "headers", "logs"),
    [
        (types.BALANCER, {}, True, True),
        (types.BALANCER, {"dropInvalidHeaderFields": True}, False, True),
        (types.BALANCER, {"accessLogs": {"bucket": "b", "enabled": True}}, True, False),
        (types.BALANCER, {"accessLogs": {"bucket": "b"}}, True, True),
        (types.BALANCER, {"loadBalancerType": "network"}, False, False),
        (types.CLASSIC_BALANCER, {}, False, True),
        (types.CLASSIC_BALANCER, {"accessLogs": {"bucket": "b"}}, False, False),
        (types.CLASSIC_BALANCER, {"accessLogs": {"bucket": "b", "enabled": False}}, False, True),
    ],
)
def test_a_load_balancer_of_one_s_own_is_asked_the_same(
    token: str,
    properties: Any,
    headers: bool,  # noqa: FBT001
    logs: bool,  # noqa: FBT001
) -> None:
    made = resource(token, "front", properties)
    assert (bool(said(HEADERS, made)), bool(said(LOGS, made))) == (headers, logs)


def test_a_classic_load_balancer_is_asked_for_tls() -> None:
    def made(protocol: str) -> list[str]:
        listeners = [{"lbProtocol": protocol, "lbPort": 80, "instancePort": 30080}]
        return said(TLS, resource(types.CLASSIC_BALANCER, "front", {"listeners": listeners}))

    assert made("HTTP") == IN_THE_CLEAR
    assert made("https") == made("tcp") == []
