"""Who may open HTTPS connections to a security group."""

from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

HTTPS_PORT = 443


def admit_https(
    name: str,
    block: IPv4Network,
    *,
    security_group_id: pulumi.Input[str],
    description: str,
    opts: pulumi.ResourceOptions,
) -> aws.vpc.SecurityGroupIngressRule:
    """Creates the rule that admits HTTPS from a block, under ``{name}-{block}``."""
    return aws.vpc.SecurityGroupIngressRule(
        f"{name}-{str(block).replace('/', '-')}",
        security_group_id=security_group_id,
        description=description,
        ip_protocol="tcp",
        from_port=HTTPS_PORT,
        to_port=HTTPS_PORT,
        cidr_ipv4=str(block),
        opts=opts,
    )
