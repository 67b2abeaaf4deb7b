"""Mutants of what runs in the cluster."""

from deployment.types import CONFIG_MAP, DEPLOYMENT, LIMIT_RANGE, NAMESPACE
from policy_mutants.registry import Deployment, Properties, breaks, keeps


def _pod(deployment: Properties) -> Properties:
    found: Properties = deployment["spec"]["template"]["spec"]
    return found


def _container(deployment: Properties) -> Properties:
    found: Properties = _pod(deployment)["containers"][0]
    return found


@breaks("containers-hardened", DEPLOYMENT)
def a_container_may_write(deployment: Properties) -> None:
    del _container(deployment)["securityContext"]["readOnlyRootFilesystem"]


@breaks("containers-hardened", DEPLOYMENT)
def a_container_may_be_root(deployment: Properties) -> None:
    for context in (_container(deployment)["securityContext"], _pod(deployment)["securityContext"]):
        context.pop("runAsNonRoot", None)
        context.pop("runAsUser", None)


@keeps("containers-hardened", DEPLOYMENT)
def a_container_is_a_user_by_number(deployment: Properties) -> None:
    del _container(deployment)["securityContext"]["runAsNonRoot"]
    del _pod(deployment)["securityContext"]["runAsNonRoot"]
    _pod(deployment)["securityContext"]["runAsUser"] = 1000


@breaks("containers-hardened", DEPLOYMENT)
def a_container_keeps_capabilities(deployment: Properties) -> None:
    del _container(deployment)["securityContext"]["capabilities"]


@breaks("containers-hardened", DEPLOYMENT)
def a_container_may_gain_privileges(deployment: Properties) -> None:
    del _container(deployment)["securityContext"]["allowPrivilegeEscalation"]


@breaks("containers-hardened", DEPLOYMENT)
def a_pod_has_no_seccomp_profile(deployment: Properties) -> None:
    del _pod(deployment)["securityContext"]["seccompProfile"]


@breaks("containers-hardened", DEPLOYMENT)
def an_init_container_may_write(deployment: Properties) -> None:
    first = {**_container(deployment), "name": "first", "securityContext": {}}
    hardened = _container(deployment)["securityContext"]
    first["securityContext"] = {**hardened, "readOnlyRootFilesystem": False}
    _pod(deployment)["initContainers"] = [first]


@breaks("containers-hardened", DEPLOYMENT)
def a_container_gets_a_capability(deployment: Properties) -> None:
    _container(deployment)["securityContext"]["capabilities"]["add"] = ["DAC_READ_SEARCH"]


@breaks("containers-hardened", DEPLOYMENT)
def a_pod_is_root_by_number(deployment: Properties) -> None:
    _pod(deployment)["securityContext"]["runAsUser"] = 0


@keeps("containers-hardened", DEPLOYMENT)
def a_container_may_bind_low_ports(deployment: Properties) -> None:
    _container(deployment)["securityContext"]["capabilities"]["add"] = ["NET_BIND_SERVICE"]


@keeps("containers-hardened", DEPLOYMENT)
def the_pod_says_it_for_its_containers(deployment: Properties) -> None:
    del _container(deployment)["securityContext"]["runAsNonRoot"]


@breaks("nothing-of-the-host", DEPLOYMENT)
def a_pod_is_on_the_host_network(deployment: Properties) -> None:
    _pod(deployment)["hostNetwork"] = True


@breaks("nothing-of-the-host", DEPLOYMENT)
def a_pod_mounts_the_host(deployment: Properties) -> None:
    _pod(deployment)["volumes"].append({"name": "host", "hostPath": {"path": "/var/run"}})


@breaks("nothing-of-the-host", DEPLOYMENT)
def a_container_is_privileged(deployment: Properties) -> None:
    _container(deployment)["securityContext"]["privileged"] = True


@keeps("nothing-of-the-host", DEPLOYMENT)
def a_pod_has_another_empty_volume(deployment: Properties) -> None:
    _pod(deployment)["volumes"].append({"name": "more", "emptyDir": {}})


@breaks("requests-and-limits", DEPLOYMENT)
def memory_has_no_limit(deployment: Properties) -> None:
    del _container(deployment)["resources"]["limits"]["memory"]


@breaks("requests-and-limits", DEPLOYMENT)
def nothing_is_requested(deployment: Properties) -> None:
    del _container(deployment)["resources"]


@keeps("requests-and-limits", DEPLOYMENT)
def what_is_requested_is_the_limit(deployment: Properties) -> None:
    del _container(deployment)["resources"]["requests"]


@keeps("requests-and-limits")
def a_limit_range_gives_what_is_missing(deployment: Deployment) -> None:
    deployment.change(DEPLOYMENT, "", lambda one: _container(one).pop("resources"))
    amounts = {"cpu": "500m", "memory": "256Mi"}
    limits = {"limits": [{"type": "Container", "default": amounts}]}
    metadata = {"name": "defaults", "namespace": "sample-app"}
    deployment.add(LIMIT_RANGE, "defaults", {"metadata": metadata, "spec": limits})


@keeps("requests-and-limits", DEPLOYMENT)
def more_is_requested(deployment: Properties) -> None:
    _container(deployment)["resources"]["requests"]["cpu"] = "400m"


@breaks("probes", DEPLOYMENT)
def nobody_asks_whether_it_is_ready(deployment: Properties) -> None:
    del _container(deployment)["readinessProbe"]


@keeps("probes", DEPLOYMENT)
def nobody_asks_whether_it_has_started(deployment: Properties) -> None:
    del _container(deployment)["startupProbe"]


@breaks("images-pinned", DEPLOYMENT)
def an_image_floats(deployment: Properties) -> None:
    _container(deployment)["image"] = "registry.example.com:5000/nginx:latest"


@breaks("images-pinned", DEPLOYMENT)
def an_image_has_no_tag(deployment: Properties) -> None:
    _container(deployment)["image"] = "registry.example.com:5000/nginx"


@keeps("images-pinned", DEPLOYMENT)
def an_image_has_a_digest(deployment: Properties) -> None:
    _container(deployment)["image"] = f"nginx@sha256:{'0' * 64}"


@breaks("own-service-account", DEPLOYMENT)
def a_pod_runs_as_the_default_account(deployment: Properties) -> None:
    del _pod(deployment)["serviceAccountName"]


@breaks("own-service-account", DEPLOYMENT)
def a_pod_carries_a_token(deployment: Properties) -> None:
    _pod(deployment)["automountServiceAccountToken"] = True


@keeps("own-service-account", DEPLOYMENT)
def the_account_says_that_there_is_no_token(deployment: Properties) -> None:
    del _pod(deployment)["automountServiceAccountToken"]


@keeps("own-service-account", DEPLOYMENT)
def a_pod_has_another_account(deployment: Properties) -> None:
    _pod(deployment)["serviceAccountName"] = "shop"


@breaks("no-secrets-in-environment-variables", DEPLOYMENT)
def a_secret_is_in_a_variable(deployment: Properties) -> None:
    source = {"secretKeyRef": {"name": "db", "key": "password"}}
    _container(deployment)["env"] = [{"name": "DB", "valueFrom": source}]


@breaks("no-secrets-in-environment-variables", DEPLOYMENT)
def a_password_is_written_out(deployment: Properties) -> None:
    _container(deployment)["env"] = [{"name": "DB_PASSWORD", "value": "hunter2"}]


@breaks("no-secrets-in-environment-variables", DEPLOYMENT)
def all_of_a_secret_is_in_variables(deployment: Properties) -> None:
    _container(deployment)["envFrom"] = [{"secretRef": {"name": "db"}}]


@breaks("no-secrets-in-environment-variables", DEPLOYMENT)
def a_password_is_called_a_file(deployment: Properties) -> None:
    _container(deployment)["env"] = [{"name": "DB_PASSWORD_FILE", "value": "hunter2"}]


@keeps("no-secrets-in-environment-variables", DEPLOYMENT)
def a_variable_says_where_the_password_is(deployment: Properties) -> None:
    file = {"name": "DB_PASSWORD_FILE", "value": "/run/secrets/password"}
    variables = [file, {"name": "LOG_LEVEL", "value": "info"}]
    _container(deployment)["env"] = variables


@breaks("not-in-the-default-namespace", CONFIG_MAP)
def a_config_map_is_in_default(config_map: Properties) -> None:
    del config_map["metadata"]["namespace"]


@keeps("not-in-the-default-namespace")
def a_config_map_is_elsewhere(deployment: Deployment) -> None:
    properties = {"metadata": {"name": "more", "namespace": "shop"}, "data": {}}
    deployment.add(CONFIG_MAP, "more", properties)


@breaks("pod-security-enforced", NAMESPACE)
def a_namespace_takes_any_pod(namespace: Properties) -> None:
    namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] = "privileged"


@keeps("pod-security-enforced", NAMESPACE)
def a_namespace_takes_baseline_pods(namespace: Properties) -> None:
    namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] = "baseline"
