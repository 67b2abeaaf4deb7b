"""The plain commands of Pulumi's CLI, in a workspace of their own against a simulated cloud."""

import asyncio
import os
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from offline.cloud.clock import Clock
from offline.cloud.cloud import Cloud
from offline.providers.aws import AwsProvider
from offline.providers.eks import EksProvider
from offline.providers.kubernetes import KubernetesProvider
from offline.providers.random import RandomProvider
from offline.served import Servers, attach


class ServedCloud:
    """A simulated cloud that is served from a thread of this process."""

    def __init__(
        self, region: str, version: str, scale: float = 0.0005, cloud: Cloud | None = None
    ) -> None:
        self.cloud = cloud or Cloud(Clock(scale))
        self._servers = Servers(
            {
                "aws": AwsProvider(region, self.cloud),
                "eks": EksProvider(region),
                "kubernetes": KubernetesProvider(version, self.cloud),
                "random": RandomProvider(self.cloud),
            }
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "ServedCloud":
        self._thread.start()
        ports = asyncio.run_coroutine_threadsafe(self._servers.start(), self._loop).result()
        self.environment = attach(ports)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._servers.stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


def environment(folder: Path, tools: Path, root: Path) -> Mapping[str, str]:
    return {
        **os.environ,
        "PATH": f"{root}/engine/bin:{tools}:{os.environ['PATH']}",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_BACKEND_URL": f"file://{folder}/state",
        "PULUMI_CONFIG_PASSPHRASE": "for a test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }


def run(arguments: list[str], env: Mapping[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["pulumi", *arguments], env=dict(env), cwd=cwd, text=True, capture_output=True, check=False)
