"""``record``: keep what EC2 says of an account's region for offline runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import REFUSED, CommandError, writing
from .output import say

if TYPE_CHECKING:
    from offline.recording import Recording
    from offline.vpc_recording import VpcRecording


def record(
    region: Annotated[
        str,
        typer.Argument(
            help="The region, such as eu-west-1.", envvar="EKS_PLATFORM_REGION", metavar="REGION"
        ),
    ],
    *,
    vpc: Annotated[
        str | None,
        typer.Option(
            help="A VPC for network.existing, which is kept in Vpc.ID.json.",
            envvar="EKS_PLATFORM_VPC",
            metavar="VPC",
        ),
    ] = None,
) -> None:
    """Ask EC2 for a region's zones and instance types, and for a VPC, and keep what it says."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from offline import recording, vpc_recording
    from offline.partitions import partition_of
    from stackfile.existing import VPC_ID
    from stackfile.types import REGION

    if message := REGION.explain(region):
        raise CommandError(f"REGION: {message}")
    if vpc and (message := VPC_ID.explain(vpc)):
        raise CommandError(f"VPC: {message}")
    partition_of(region)
    say(f"Asks EC2 in {region}, with the credentials of the AWS CLI:")
    for call in (*recording.CALLS, *(vpc_recording.CALLS if vpc else ())):
        say(f"- {call}")
    try:
        client = boto3.client("ec2", region_name=region)
        made = [_region(recording.record(region, client))]
        if vpc:
            eks = boto3.client("eks", region_name=region)
            made.append(_vpc(vpc_recording.record(region, vpc, client, eks)))
    except (BotoCoreError, ClientError) as error:
        raise CommandError(f"EC2 does not answer: {error}", REFUSED) from None
    for path, text, told in made:
        with writing(path, REFUSED) as draft:
            draft.write_text(text, encoding="utf-8")
        say(f"{path.name}: {told}, no account number")


def _region(found: "Recording") -> tuple[Path, str, str]:
    """Returns the file of a region's recording, its text, and what is in it."""
    from offline import recording

    told = f"{len(found.zones)} zones, {len(found.instance_types)} instance types"
    return recording.path_of(found.region), recording.text_of(found), told


def _vpc(found: "VpcRecording") -> tuple[Path, str, str]:
    """Returns the file of a VPC's recording, its text, and what is in it."""
    from offline import vpc_recording

    told = (
        f"{len(found.subnets)} subnets, {len(found.route_tables)} route tables, "
        f"{len(found.endpoints)} endpoints"
    )
    return vpc_recording.path_of(found.id), vpc_recording.text_of(found), told
