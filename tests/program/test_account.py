"""What a deployment asks AWS for, and the same from EC2's data on file."""

from dataclasses import replace
from typing import Final

from offline import ec2_data
from offline.engine import run_main
from offline.monitor import RecordingMonitor
from offline.simulation import factories
from planning.instance_types import InstanceType
from stackfile.account import Account
from stackfile.files import PROGRAM, configuration
from stackfile.names import PROJECT

# Nitro, bare metal, Xen, and two architectures.
KINDS: Final = ("m5.xlarge", "m5.metal", "t2.medium", "t4g.medium")


def test_an_instance_type_is_the_same_from_aws_and_from_the_file() -> None:
    def asked() -> list[InstanceType | None]:
        return list(map(Account().instance_type, KINDS))

    config = configuration(PROGRAM, "dev")
    monitor = RecordingMonitor(PROJECT, "dev", config, factories(PROJECT, config))
    for kind in run_main(asked, PROGRAM, monitor):
        assert kind
        assert replace(kind, zones=frozenset()) == ec2_data.instance_type(kind.name)
