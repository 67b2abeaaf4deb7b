"""Where in AWS a stack is, and the names that follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from .endpoints import service_name

# The form of a region's name in every partition, those of tomorrow included.
REGION_FORM: Final = r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}"
# The zones that cannot hold a control plane's network interfaces, by region: IDs, for each account
# has names of its own (https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html).
NO_CONTROL_PLANE: Final[Mapping[str, str]] = MappingProxyType(
    {"us-east-1": "use1-az3", "us-west-1": "usw1-az2", "ca-central-1": "cac1-az3"}
)
# The domain of every partition's service principals, but for those below.
_PRINCIPALS: Final = "amazonaws.com"
# Of the services that the platform names as principals, those whose name has the domain of their
# own partition. By AWS CDK's `ServicePrincipals` and the provider's data source
# (https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/region-info/lib/default.ts,
# https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/meta/service_principal_data_source.go).
_PARTITIONED: Final = frozenset({"logs"})


@dataclass(frozen=True, kw_only=True, slots=True)
class AwsPlace:
    """A region of an account.

    :param partition: such as ``aws`` or ``aws-cn``.
    :param region: such as ``eu-central-1``.
    :param account_id: the account's twelve digits.
    :param dns_suffix: the domain of the partition's endpoints, such as ``amazonaws.com.cn``.
    """

    partition: str
    region: str
    account_id: str
    dns_suffix: str = "amazonaws.com"

    def arn(self, service: str, resource: str) -> str:
        """Returns the ARN of something in this region and account."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def global_arn(self, service: str, resource: str) -> str:
        """Returns the ARN of something in this account that is in no region."""
        return f"arn:{self.partition}:{service}::{self.account_id}:{resource}"

    def managed_policy(self, name: str) -> str:
        """Returns the ARN of an IAM policy that AWS manages."""
        return f"arn:{self.partition}:iam::aws:policy/{name}"

    def regional_principal(self, service: str) -> str:
        """Returns the principal of a service that has one of its own in each region."""
        domain = self.dns_suffix if service in _PARTITIONED else _PRINCIPALS
        return f"{service}.{self.region}.{domain}"

    def gateway_service(self, service: str) -> str:
        """Returns the name of a service with a gateway endpoint, the same in all partitions."""
        return f"com.amazonaws.{self.region}.{service}"

    def interface_service(self, service: str) -> str:
        """Returns the name of a service with interface endpoints, such as ``ecr.api``."""
        return service_name(self.region, service, self.dns_suffix)
