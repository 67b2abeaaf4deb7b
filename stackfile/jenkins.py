"""The section about builds: Jenkins and its agents."""

from collections.abc import Iterator, Mapping
from typing import Annotated

import yaml
from pydantic import Field

from planning.lists import repeated
from planning.quantities import mebibytes, millicores
from planning.scheduling.amounts import Amounts, pod
from planning.scheduling.workloads import JENKINS
from versions import JENKINS_PLUGINS

from .checks import Check, not_below, text
from .placed import PlacedSection
from .types import Cpu, GiB, Memory, NodeGroupName

# https://github.com/jenkinsci/plugin-installation-manager-tool#plugin-input-format
Plugin = Annotated[
    str,
    text(
        "[a-z0-9][a-z0-9._-]{0,99}:(?!latest$|experimental$)[A-Za-z0-9][A-Za-z0-9._-]{0,99}",
        "must be a plugin with its version, such as job-dsl:1.93",
    ),
]


def _plugins_fault(plugins: tuple[str, ...]) -> str | None:
    names = [plugin.partition(":")[0] for plugin in plugins]
    for name in names:
        if name in JENKINS_PLUGINS:
            pinned = f"{name}:{JENKINS_PLUGINS[name]}"
            return f"has {name}, which the chart pins to {pinned}; leave it out"
    return repeated(names)


def _configuration_fault(written: str) -> str | None:
    """Returns why a text is no Configuration as Code, or ``None``."""
    if "{{" in written:
        return "has {{, which the chart takes for a template of its own"
    try:
        found = yaml.safe_load(written)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        return f"is not YAML{where}: {getattr(error, 'problem', None) or 'it cannot be read'}"
    if not isinstance(found, dict):
        return f"must be a map with sections such as jenkins, got {type(found).__name__}"
    jenkins = found.get("jenkins")
    if isinstance(jenkins, Mapping) and "clouds" in jenkins:
        return "has jenkins.clouds, which follow from agents"
    return None


class JenkinsAgentsSettings(PlacedSection):
    """``jenkins.agents``: the pods that builds run in."""

    most: Annotated[int, Field(ge=1, le=1000)] = 4
    """How many run at a time; further builds wait."""
    cpu_request: Cpu = "500m"
    """CPU time that each is promised."""
    cpu_limit: Annotated[Cpu, not_below("cpu_request", measure=millicores)] = "2"
    """CPU time that each gets at most, cpuRequest or more."""
    memory_request: Memory = "1Gi"
    """Memory that each is promised."""
    memory_limit: Annotated[Memory, not_below("memory_request", measure=mebibytes)] = "2Gi"
    """Memory that each gets at most, memoryRequest or more."""

    @property
    def each(self) -> Amounts:
        """What one of them asks for."""
        return pod(cpu=millicores(self.cpu_request), memory=mebibytes(self.memory_request))


class JenkinsSettings(PlacedSection):
    """``jenkins``: builds; absent: none."""

    storage_class: str | None = None
    """The class of nfs for the controller's home; absent: the default one, or else the first by
    name."""
    home_gib: GiB = 20
    """What is asked of that class, which NFS does not enforce."""
    cpu_request: Cpu = JENKINS.each.cpu_quantity
    """CPU time that the controller is promised."""
    memory: Memory = JENKINS.each.memory_quantity
    """Memory that the controller is promised, and gets at most; Java has 60 % of it."""
    plugins: Annotated[tuple[Plugin, ...], Check(_plugins_fault, {})] = Field(
        default=(), examples=[("job-dsl:1.93",)]
    )
    """Plugins with their versions, beside those that the chart pins."""
    configuration: dict[NodeGroupName, Annotated[str, Check(_configuration_fault, {})]] = Field(
        default={}, examples=[{"welcome": "jenkins: {systemMessage: Ask the platform team.}"}]
    )
    """Configuration as Code by name, in YAML; in a ConfigMap, so that no secret belongs there."""
    agents: JenkinsAgentsSettings = Field(default_factory=JenkinsAgentsSettings)
    """The pods that builds run in."""

    @property
    def each(self) -> Amounts:
        """What the controller's container asks for."""
        return pod(cpu=millicores(self.cpu_request), memory=mebibytes(self.memory))

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Yields memory that is too little for Jenkins to start."""
        least = 1024
        if mebibytes(self.memory) < least:
            wanted = f"must be at least {least}Mi: with less Jenkins starts slowly or not at all"
            yield "memory", f"{wanted}, got {self.memory!r}"
