"""What is read from CloudWatch about load balancers and certificates, and how Prometheus sees it.

The exporter is YACE (https://github.com/prometheus-community/yet-another-cloudwatch-exporter).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

# How often CloudWatch is asked, and how long a data point is: what it costs goes with it.
INTERVAL_SECONDS: Final = 300
_DAY_SECONDS: Final = 86_400
_ALB: Final = "AWS/ApplicationELB"
_NLB: Final = "AWS/NetworkELB"
_ACM: Final = "AWS/CertificateManager"
# Load balancers and target groups that the load balancer controller makes have it
# (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#resource-tags).
_CLUSTER_TAG: Final = "elbv2.k8s.aws/cluster"


@dataclass(frozen=True, slots=True)
class CloudWatchMetric:
    """One metric of CloudWatch, by one statistic.

    :param dimensions: what it is asked for by, exactly these.
    :param nil_to_zero: whether no data point means that nothing happened.
    """

    namespace: str
    name: str
    statistic: str
    dimensions: tuple[str, ...] = ("LoadBalancer",)
    nil_to_zero: bool = False

    @property
    def prometheus_name(self) -> str:
        """The name that the exporter gives it.

        As ``BuildMetricName`` in
        https://github.com/prometheus-community/yet-another-cloudwatch-exporter/blob/master/pkg/promutil/migrate.go.
        """
        return "_".join(map(_snake, (self.namespace.lower(), self.name, self.statistic)))


def _snake(text: str) -> str:
    """Returns a name as ``PromString`` of the exporter writes it: 5XX becomes 5_xx."""
    found, before = "", ""
    for letter in text:
        cut = letter.isupper() and (before.islower() or before.isdigit())
        found += ("_" if cut else "") + ("_" if letter in " /.-" else letter.lower())
        before = letter
    return found


_TARGETS: Final = ("TargetGroup", "LoadBalancer")


def _counted(name: str) -> CloudWatchMetric:
    return CloudWatchMetric(_ALB, name, "Sum", nil_to_zero=True)


# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
REQUESTS: Final = _counted("RequestCount")
TARGET_ERRORS: Final = _counted("HTTPCode_Target_5XX_Count")
BALANCER_ERRORS: Final = _counted("HTTPCode_ELB_5XX_Count")
BAD_GATEWAYS: Final = _counted("HTTPCode_ELB_502_Count")
REFUSED_CONNECTIONS: Final = _counted("TargetConnectionErrorCount")
RESPONSE_SECONDS: Final = CloudWatchMetric(_ALB, "TargetResponseTime", "Average")
HEALTHY: Final = CloudWatchMetric(_ALB, "HealthyHostCount", "Maximum", _TARGETS)
UNHEALTHY: Final = CloudWatchMetric(_ALB, "UnHealthyHostCount", "Maximum", _TARGETS)
# https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html
NLB_HEALTHY: Final = CloudWatchMetric(_NLB, "HealthyHostCount", "Maximum", _TARGETS)
NLB_UNHEALTHY: Final = CloudWatchMetric(_NLB, "UnHealthyHostCount", "Maximum", _TARGETS)
# https://docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html: twice a day.
DAYS_TO_EXPIRY: Final = CloudWatchMetric(_ACM, "DaysToExpiry", "Minimum", ("CertificateArn",))

_OF_BALANCERS: Final = (
    REQUESTS,
    TARGET_ERRORS,
    BALANCER_ERRORS,
    BAD_GATEWAYS,
    REFUSED_CONNECTIONS,
    RESPONSE_SECONDS,
    HEALTHY,
    UNHEALTHY,
    NLB_HEALTHY,
    NLB_UNHEALTHY,
)
ALL: Final = (*_OF_BALANCERS, DAYS_TO_EXPIRY)


def exporter_config(
    region: str, cluster_name: str, certificates: Sequence[str]
) -> Mapping[str, Any]:
    """Returns what the exporter reads: the cluster's load balancers, and these certificates.

    :param certificates: their ARNs, all of this region.
    """
    config: dict[str, Any] = {
        "apiVersion": "v1alpha1",
        "sts-region": region,
        "discovery": {"jobs": list(_jobs(region, cluster_name))},
    }
    if certificates:
        config["static"] = [
            {
                "name": f"certificate-{number}",
                "namespace": _ACM,
                "regions": [region],
                "dimensions": [{"name": "CertificateArn", "value": arn}],
                "metrics": [
                    {
                        "name": DAYS_TO_EXPIRY.name,
                        "statistics": [DAYS_TO_EXPIRY.statistic],
                        "period": _DAY_SECONDS,
                        "length": 2 * _DAY_SECONDS,
                    }
                ],
            }
            for number, arn in enumerate(certificates)
        ]
    return config


def _jobs(region: str, cluster_name: str) -> Iterator[Mapping[str, Any]]:
    kinds = dict.fromkeys((one.namespace, one.dimensions) for one in _OF_BALANCERS)
    for namespace, dimensions in kinds:
        yield {
            "type": namespace,
            "regions": [region],
            # Its value is a regular expression.
            "searchTags": [{"key": _CLUSTER_TAG, "value": f"^{cluster_name}$"}],
            "dimensionNameRequirements": list(dimensions),
            "period": INTERVAL_SECONDS,
            # The last of three data points that is there.
            "length": 3 * INTERVAL_SECONDS,
            "metrics": [
                {"name": one.name, "statistics": [one.statistic], "nilToZero": one.nil_to_zero}
                for one in _OF_BALANCERS
                if (one.namespace, one.dimensions) == (namespace, dimensions)
            ],
        }
