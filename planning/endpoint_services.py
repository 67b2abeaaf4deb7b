"""Names of the services that have interface endpoints.

They begin with ``com.amazonaws``, in other partitions too, but for the services here: those begin
with their partition's own domain. By AWS CDK, which takes them from ``aws ec2
describe-vpc-endpoint-services`` in each region
(https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/aws-ec2/lib/vpc-endpoint.ts).
"""

from collections.abc import Mapping
from typing import Final

_CHINA: Final = (
    "application-autoscaling appmesh-envoy-management athena autoscaling awsconnector backup batch "
    "cassandra cloudcontrolapi cloudformation codedeploy-commands-secure databrew dms ebs ec2 "
    "ecr.api ecr.dkr eks elasticache elasticbeanstalk elasticfilesystem elasticfilesystem-fips "
    "emr-containers execute-api fsx imagebuilder iot.data kinesis-streams lambda license-manager "
    "monitoring rds redshift redshift-data s3 sagemaker.api sagemaker.featurestore-runtime "
    "sagemaker.runtime securityhub servicecatalog sms sqs states sts sync-states synthetics "
    "transcribe transcribestreaming transfer xray"
)
_ISO: Final = (
    "application-autoscaling autoscaling diode-messaging diode-messaging-proxy ebs ec2 ecr.api "
    "ecr.dkr elasticfilesystem elasticfilesystem-fips execute-api sagemaker.api sagemaker.runtime "
    "sns sqs workspaces"
)
_NEWER_ISO: Final = "ebs ecr.api ecr.dkr execute-api"
_IN_OWN_DOMAIN: Final[Mapping[str, str]] = {
    "cn-north-1": f"{_CHINA} iotsitewise.api iotsitewise.data",
    "cn-northwest-1": f"{_CHINA} account polly workspaces",
    "eusc-de-east-1": "ecr.dkr ecr.api execute-api securityhub",
    "us-iso-east-1": f"{_ISO} athena comprehend textract textract-fips transcribe",
    "us-iso-west-1": "autoscaling ebs ec2 ecr.api ecr.dkr elasticfilesystem "
    "elasticfilesystem-fips execute-api monitoring sns sqs workspaces",
    "us-isob-east-1": _ISO,
    "us-isob-west-1": "ecr.api ecr.dkr elasticfilesystem-fips execute-api",
    "us-isof-east-1": _NEWER_ISO,
    "us-isof-south-1": _NEWER_ISO,
    "eu-isoe-west-1": _NEWER_ISO,
}
# China's, whose name ends in its country, too.
_SUFFIXED: Final = frozenset({"transcribe"})


def service_name(region: str, service: str, dns_suffix: str) -> str:
    """Returns the name of an interface endpoint's service in a region.

    :param service: without region, such as ``ecr.api``.
    :param dns_suffix: the domain of the region's partition, such as ``amazonaws.com.cn``.
    """
    in_own_domain = service in _IN_OWN_DOMAIN.get(region, "").split()
    prefix = ".".join(reversed(dns_suffix.split("."))) if in_own_domain else "com.amazonaws"
    suffix = ".cn" if in_own_domain and prefix.startswith("cn.") and service in _SUFFIXED else ""
    return f"{prefix}.{region}.{service}{suffix}"
