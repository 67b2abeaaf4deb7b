"""Pins and what hangs on them move together."""

import json
import re
from importlib.metadata import version
from pathlib import Path

import kubernetes_validate.utils
import pytest

import versions

ROOT = Path(__file__).resolve().parents[2]
CHARTS = {
    "aws-load-balancer-controller": versions.LOAD_BALANCER_CONTROLLER_CHART,
    "csi-driver-nfs": versions.NFS_CSI_DRIVER_CHART,
    "cluster-autoscaler": versions.CLUSTER_AUTOSCALER_CHART,
    "karpenter": versions.KARPENTER_CHART,
    "jenkins": versions.JENKINS_CHART,
    "kube-prometheus-stack": versions.MONITORING_CHART,
}
# Their images are those of the cluster's version, of Jenkins's own, and of many, each with its own.
IMAGES_APART = {"cluster-autoscaler", "jenkins", "kube-prometheus-stack"}


@pytest.mark.parametrize("chart", sorted(CHARTS))
def test_the_default_values_of_each_pinned_chart_are_there(chart: str) -> None:
    folder = ROOT / "offline" / "charts"
    assert [path.name for path in folder.glob(f"{chart}-*.json")] == [
        f"{chart}-{CHARTS[chart]}.values.json"
    ]


def test_charts_install_the_release_of_their_own_version() -> None:
    folder = ROOT / "offline" / "charts"
    for chart, pinned in CHARTS.items():
        if chart in IMAGES_APART:
            continue
        values = json.loads((folder / f"{chart}-{pinned}.values.json").read_text(encoding="utf-8"))
        image = values.get("image") or values["controller"]["image"]
        found = image.get("tag", image.get("nfs", {}).get("tag"))
        assert found.removeprefix("v") == pinned


def test_cluster_autoscaler_has_an_image_for_each_supported_version() -> None:
    tags = versions.CLUSTER_AUTOSCALER_TAGS

    assert tags.keys() == versions.KUBERNETES_STANDARD_SUPPORT_ENDS.keys()
    assert all(tag.startswith(f"v{version}.") for version, tag in tags.items())


@pytest.mark.parametrize("kubernetes", sorted(versions.KUBERNETES_STANDARD_SUPPORT_ENDS))
def test_each_supported_kubernetes_version_has_a_schema(kubernetes: str) -> None:
    known = {
        kubernetes_validate.utils.major_minor(found)
        for found in kubernetes_validate.utils.all_versions()
    }
    assert kubernetes in known


@pytest.mark.parametrize("package", ["pulumi", "pulumi-aws", "pulumi-eks", "pulumi-kubernetes"])
def test_the_environment_is_the_one_that_is_locked(package: str) -> None:
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert f"\n{package}=={version(package)} " in pins


def test_what_is_installed_one_after_the_other_pins_the_same() -> None:
    pinned = [_pins(ROOT / f"requirements{part}.txt") for part in ("", "-offline", "-dev")]
    for smaller, larger in ((pinned[0], pinned[1]), (pinned[1], pinned[2])):
        assert smaller <= larger


def _pins(path: Path) -> set[str]:
    """Returns each package with its version."""
    return set(re.findall(r"^[\w.-]+==[\w.]+", path.read_text(encoding="utf-8"), re.MULTILINE))
