"""Which AWS services have interface endpoints, as far as this release knows, and their names.

The names are those of AWS CDK, of moto and of AWS's documentation, without ``com.amazonaws`` and
region (https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/aws-ec2/lib/vpc-endpoint.ts,
https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html). Not each
of them is in each region, and AWS adds more: a name that is not here may be new.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_NAMES: Final = (
    "access-analyzer account acm acm-fips acm-pca acm-pca-fips airflow.api airflow.api-fips "
    "airflow.env airflow.env-fips airflow.ops analytics-omics apigateway app-integrations "
    "appconfig appconfig-fips appconfigdata appconfigdata-fips application-autoscaling "
    "application-signals applicationinsights appmesh appmesh-envoy-management apprunner "
    "apprunner.requests appstream.api appstream.streaming appsync-api apptest aps "
    "aps-workspaces arsenal-discovery athena auditmanager autoscaling autoscaling-plans "
    "awsconnector b2bi backup backup-gateway batch bcm-pricing-calculator bedrock bedrock-agent "
    "bedrock-agent-runtime bedrock-agentcore bedrock-agentcore.gateway bedrock-data-automation "
    "bedrock-data-automation-fips bedrock-data-automation-runtime "
    "bedrock-data-automation-runtime-fips bedrock-fips bedrock-runtime bedrock-runtime-fips "
    "billing billingconductor braket cases cassandra cassandra-fips ce cleanrooms cleanrooms-ml "
    "cloudcontrolapi cloudcontrolapi-fips clouddirectory cloudformation cloudhsmv2 cloudtrail "
    "codeartifact.api codeartifact.repositories codebuild codebuild-fips codecatalyst.git "
    "codecatalyst.packages codecommit codecommit-fips codeconnections.api codedeploy "
    "codedeploy-commands-secure codeguru-profiler codeguru-reviewer codepipeline "
    "codestar-connections.api codewhisperer cognito-identity cognito-identity-fips cognito-idp "
    "cognito-idp-fips comprehend comprehendmedical compute-optimizer config connect-campaigns "
    "console control-storage-omics controlcatalog cost-optimization-hub data-servicediscovery "
    "data-servicediscovery-fips databrew dataexchange datasync datazone deadline.management "
    "deadline.scheduling deviceadvisor.iot devops-guru dicom-medical-imaging discovery dms "
    "dms-fips drs ds ds-data dsql dynamodb dynamodb-fips dynamodb-streams ebs ec2 ec2messages "
    "ecr-public.api ecr.api ecr.dkr ecs ecs-agent ecs-telemetry eks eks-auth "
    "elastic-inference.runtime elasticache elasticache-fips elasticbeanstalk "
    "elasticbeanstalk-health elasticfilesystem elasticfilesystem-fips elasticloadbalancing "
    "elasticmapreduce email email-fips email-smtp emr-containers emr-serverless "
    "emr-serverless-services.livy emr-serverless.dashboard emrwal.prod entityresolution events "
    "evidently evidently-dataplane execute-api finspace finspace-api fis forecast forecast-fips "
    "forecastquery forecastquery-fips frauddetector fsx fsx-fips geo.geofencing geo.maps "
    "geo.metadata geo.places geo.routes geo.tracking git-codecommit git-codecommit-fips glue "
    "glue.dashboard grafana grafana-workspace greengrass groundstation guardduty guardduty-data "
    "guardduty-data-fips guardduty-fips healthlake identitystore imagebuilder inspector-scan "
    "inspector2 internetmonitor internetmonitor-fips invoicing iot.credentials iot.data "
    "iot.fleethub.api iotfleetwise iotroborunner iotsitewise.api iotsitewise.data "
    "iottwinmaker.api iottwinmaker.data iotwireless.api kafka kafka-fips kafkaconnect kendra "
    "kinesis-firehose kinesis-streams kinesis-streams-fips kms kms-fips lakeformation lambda "
    "launchwizard license-manager license-manager-fips license-manager-linux-subscriptions "
    "license-manager-linux-subscriptions-fips license-manager-user-subscriptions logs "
    "lookoutequipment lookoutmetrics lookoutvision lorawan.cups lorawan.lns m2 macie2 "
    "mail-manager mail-manager-fips managedblockchain-query managedblockchain.bitcoin.mainnet "
    "managedblockchain.bitcoin.testnet mediaconnect medical-imaging memory-db memorydb-fips mgn "
    "migrationhub-orchestrator migrationhub-strategy models-v2-lex monitoring mq neptune-graph "
    "neptune-graph-data neptune-graph-fips network-firewall network-firewall-fips "
    "networkflowmonitor networkflowmonitorreports networkmonitor nimble observabilityadmin "
    "organizations organizations-fips outposts panorama payment-cryptography.controlplane "
    "payment-cryptography.dataplane pca-connector-ad pca-connector-scep pcs pcs-fips "
    "personalize personalize-events personalize-runtime pi pi-fips pinpoint "
    "pinpoint-sms-voice-v2 pipes pipes-data pipes-fips polly pricing.api private-networks "
    "profile proton q qapps qldb.session quicksight-website ram rbin rds rds-data redshift "
    "redshift-data redshift-data-fips redshift-fips redshift-serverless "
    "redshift-serverless-fips refactor-spaces rekognition rekognition-fips repostspace "
    "resource-groups resource-groups-fips robomaker rolesanywhere rum rum-dataplane "
    "runtime-medical-imaging runtime-v2-lex s3 s3-outposts s3tables s3vectors "
    "sagemaker-data-science-assistant sagemaker-geospatial sagemaker.api sagemaker.api-fips "
    "sagemaker.featurestore-runtime sagemaker.metrics sagemaker.runtime sagemaker.runtime-fips "
    "schemas scn secretsmanager securityhub securitylake securitylake-fips serverlessrepo "
    "service.user-subscriptions servicecatalog servicecatalog-appregistry servicediscovery "
    "servicediscovery-fips shield shield-fips signin simspaceweaver sms sms-fips "
    "snow-device-management sns social-messaging sqs sqs-fips ssm ssm-contacts ssm-fips "
    "ssm-incidents ssm-quicksetup ssmmessages states storage-omics storagegateway "
    "streaming-rekognition streaming-rekognition-fips sts sts-fips swf swf-fips sync-states "
    "synthetics synthetics-fips tagging tags-omics tax textract textract-fips thinclient.api "
    "timestream-influxdb timestream-influxdb-fips tnb transcribe transcribestreaming transfer "
    "transfer.server translate trustedadvisor verifiedpermissions voiceid vpc-lattice wafv2 "
    "wafv2-fips wellarchitected wisdom workflows-omics workmail workspaces workspaces-web "
    "workspaces-web-fips xray "
)
KNOWN: Final = frozenset(_NAMES.split())
_OTHER_NAME: Final = "has another kind of name, which the platform does not make"
# Without a private DNS name nothing in the VPC would use the endpoint
# (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/privatelink-interface-endpoints.html,
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/privatelink-streams.html).
_NO_DNS: Final = "has no private DNS name, so that nothing would use the endpoint"
# Why a service has no endpoint here.
_NOT_MADE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bcm-data-exports": _OTHER_NAME,
        "codecatalyst": _OTHER_NAME,
        "dynamodb": _NO_DNS,
        "dynamodb-fips": _NO_DNS,
        "dynamodb-streams": _NO_DNS,
        "experiments": _OTHER_NAME,
        "freetier": _OTHER_NAME,
        "iam": _OTHER_NAME,
        "kendra-ranking": _OTHER_NAME,
        "notebook": _OTHER_NAME,
        "partner-app": _OTHER_NAME,
        "qbusiness": _OTHER_NAME,
        "s3-global.accesspoint": _OTHER_NAME,
        "s3express": "has a gateway endpoint and no interface endpoint",
        "savingsplans": _OTHER_NAME,
        "studio": _OTHER_NAME,
    }
)
_REGION: Final = r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}"
# What stands before a service in EC2's name of its endpoint, and behind it in addresses.
# Names that are not made of com.amazonaws, region and service.
_FOREIGN: Final = re.compile(r"aws\.|api\.aws\.|(.*\.)?vpce\..*vpce-svc-")
_BEFORE: Final = re.compile(rf"((cn\.)?com|eu)\.amazonaws\.({_REGION}\.)?")
_BEHIND: Final = re.compile(rf"(\.{_REGION})?(\.vpce)?\.amazonaws\.(com(\.cn)?|eu)$")


def endpoint_fault(service: str) -> str | None:
    """Returns why a VPC gets no interface endpoint for a service of this name, or ``None``.

    :param service: such as ``ecr.api``; a name that is like no other is not judged.
    """
    if reason := _NOT_MADE.get(service):
        return f"{service!r} {reason}"
    if _FOREIGN.match(service):
        return f"{service!r} {_OTHER_NAME}"
    if service in KNOWN:
        return None
    bare = _BEHIND.sub("", _BEFORE.sub("", service, count=1))
    if meant := _same_letters(bare) or [bare] * (bare != service):
        return f"is not how a service is named here: write {meant[0]}, got {service!r}"
    parts = sorted(name for name in KNOWN if re.match(rf"{re.escape(service)}[.-]", name))
    return f"must be one of {', '.join(parts)}, got {service!r}" if parts else None


def _same_letters(name: str) -> list[str]:
    """Returns the known services whose names differ by dots, dashes or the order of parts."""
    spelt = {_letters(name), _letters(".".join(reversed(name.split("."))))}
    return sorted(known for known in KNOWN if _letters(known) in spelt)


def _letters(name: str) -> str:
    return re.sub(r"[.-]", "", name)


# An endpoint's service begins with ``com.amazonaws``, in other partitions too, but for the services
# here: those begin with their partition's own domain. By AWS CDK, which takes them from ``aws ec2
# describe-vpc-endpoint-services`` in each region
# (https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/aws-ec2/lib/vpc-endpoint.ts).
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
