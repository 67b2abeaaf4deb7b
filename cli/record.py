"""``record``: keep what EC2 says of an account's region for offline runs."""

from typing import Annotated

import typer

from .errors import REFUSED, CommandError, writing
from .output import say


def record(
    region: Annotated[
        str,
        typer.Argument(
            help="The region, such as eu-west-1.", envvar="EKS_PLATFORM_REGION", metavar="REGION"
        ),
    ],
) -> None:
    """Ask EC2 for zones and instance types of a region, and keep them in Cloud.REGION.json."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from offline import recording
    from offline.partitions import partition_of
    from stackfile.types import REGION

    if message := REGION.explain(region):
        raise CommandError(f"REGION: {message}")
    partition_of(region)
    say(f"Asks EC2 in {region}, with the credentials of the AWS CLI:")
    for call in recording.CALLS:
        say(f"- {call}")
    try:
        client = boto3.client("ec2", region_name=region)
        found = recording.record(region, client)
    except (BotoCoreError, ClientError) as error:
        raise CommandError(f"EC2 does not answer: {error}", REFUSED) from None
    path = recording.path_of(region)
    with writing(path, REFUSED) as draft:
        draft.write_text(recording.text_of(found), encoding="utf-8")
    count = len(found.instance_types)
    say(f"{path.name}: {len(found.zones)} zones, {count} instance types, no account number")
