"""Every pinned version, in one place, with where to look for the next one.

``tests/unit/test_versions.py`` fails when a pin and what is pinned to it move apart.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

# Kubernetes versions in EKS standard support, with the day on which it ends.
# Next: https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
KUBERNETES_STANDARD_SUPPORT_ENDS: Final[Mapping[str, date]] = MappingProxyType(
    {"1.36": date(2027, 8, 2), "1.35": date(2027, 3, 27), "1.34": date(2026, 12, 2)}
)

# AWS Load Balancer Controller. The chart and the IAM policy in
# components/cluster/load_balancer_policy.py belong together: the policy is that of the release
# which the chart installs (requirement 12).
# Next: https://github.com/kubernetes-sigs/aws-load-balancer-controller/releases
# renovate: datasource=helm depName=aws-load-balancer-controller registryUrl=https://aws.github.io/eks-charts
LOAD_BALANCER_CONTROLLER_CHART: Final = "3.5.0"
LOAD_BALANCER_CONTROLLER_IMAGE: Final = "public.ecr.aws/eks/aws-load-balancer-controller"
LOAD_BALANCER_CONTROLLER_REPOSITORY: Final = "https://aws.github.io/eks-charts"

# Cluster Autoscaler: the chart, and the image for each Kubernetes version. Other combinations are
# not tested (https://github.com/kubernetes/autoscaler/tree/master/cluster-autoscaler#releases).
# Next: https://github.com/kubernetes/autoscaler/releases
# renovate: datasource=helm depName=cluster-autoscaler registryUrl=https://kubernetes.github.io/autoscaler
CLUSTER_AUTOSCALER_CHART: Final = "9.59.0"
CLUSTER_AUTOSCALER_REPOSITORY: Final = "https://kubernetes.github.io/autoscaler"
CLUSTER_AUTOSCALER_TAGS: Final[Mapping[str, str]] = MappingProxyType(
    {"1.36": "v1.36.1", "1.35": "v1.35.1", "1.34": "v1.34.4"}
)

# Karpenter: the chart, its own resources (components/cluster/karpenter_pools.py) and its IAM policy
# (components/cluster/karpenter_policy.py) belong together.
# Next: https://github.com/aws/karpenter-provider-aws/releases
# renovate: datasource=docker depName=public.ecr.aws/karpenter/karpenter
KARPENTER_CHART: Final = "1.14.1"
KARPENTER_REPOSITORY: Final = "oci://public.ecr.aws/karpenter"

# NFS CSI driver; the chart's version has no leading "v".
# Next: https://github.com/kubernetes-csi/csi-driver-nfs/releases
# renovate: datasource=github-releases depName=kubernetes-csi/csi-driver-nfs
NFS_CSI_DRIVER_CHART: Final = "4.13.4"
NFS_DRIVER_IMAGE: Final = "registry.k8s.io/sig-storage/nfsplugin"
NFS_CSI_DRIVER_REPOSITORY: Final = "https://kubernetes-csi.github.io/csi-driver-nfs"

# The sample application's image when a stack names none.
# Next: https://hub.docker.com/_/nginx
# renovate: datasource=docker depName=nginx
SAMPLE_APP_IMAGE: Final = "nginx:1.30.5"

# The NFS server of backend in-cluster: NFS-Ganesha 4.0.8, whose server alone is run.
# Next: https://github.com/kubernetes-sigs/nfs-ganesha-server-and-external-provisioner/tags
# renovate: datasource=docker depName=registry.k8s.io/sig-storage/nfs-provisioner
NFS_SERVER_IMAGE: Final = "registry.k8s.io/sig-storage/nfs-provisioner:v4.0.8"

# MySQL Operator: chart, operator and server belong together. Of the series 9.7, which has long-term
# support; a server may be of an older series than its operator
# (https://dev.mysql.com/doc/relnotes/mysql-operator/en/).
# Next: https://github.com/mysql/mysql-operator/tags
# renovate: datasource=helm depName=mysql-operator registryUrl=https://mysql.github.io/mysql-operator/
MYSQL_OPERATOR_CHART: Final = "2.2.8"
MYSQL_OPERATOR_REPOSITORY: Final = "https://mysql.github.io/mysql-operator/"
MYSQL_SERVER: Final = "9.7.0"
# Where the images of operator, servers and routers are, and the operator's, which has MySQL Shell.
MYSQL_IMAGES: Final = "container-registry.oracle.com/mysql"
MYSQL_OPERATOR_IMAGE: Final = (
    f"{MYSQL_IMAGES}/community-operator:{MYSQL_SERVER}-{MYSQL_OPERATOR_CHART}"
)

# Locust, for load.
# Next: https://hub.docker.com/r/locustio/locust/tags
# renovate: datasource=docker depName=locustio/locust
LOCUST_IMAGE: Final = "locustio/locust:2.47.0"

# WordPress with Apache, and its database: MySQL's long-term support series.
# Next: https://hub.docker.com/_/wordpress, https://hub.docker.com/_/mysql
# renovate: datasource=docker depName=wordpress
WORDPRESS_IMAGE: Final = "wordpress:7.0.4-apache"
# renovate: datasource=docker depName=mysql
MYSQL_IMAGE: Final = "mysql:8.4.7"

# Jenkins by its chart, which pins its images and the first plugins.
# Next: https://github.com/jenkinsci/helm-charts/releases
# renovate: datasource=helm depName=jenkins registryUrl=https://charts.jenkins.io
JENKINS_CHART: Final = "5.9.53"
JENKINS_REPOSITORY: Final = "https://charts.jenkins.io"
JENKINS_IMAGE: Final = "docker.io/jenkins/jenkins"
JENKINS_AGENT_IMAGE: Final = "docker.io/jenkins/inbound-agent"
JENKINS_SIDECAR_IMAGE: Final = "docker.io/kiwigrid/k8s-sidecar"
JENKINS_PLUGINS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "kubernetes": "4540.v612369217f87",
        "workflow-aggregator": "608.v67378e9d3db_1",
        "git": "5.10.1",
        "configuration-as-code": "2115.vf6de120eef70",
    }
)

# Monitoring: the chart, whose values components/monitoring/values.py sets, and what reads
# CloudWatch.
# Next: https://github.com/prometheus-community/helm-charts/releases
# renovate: datasource=helm depName=kube-prometheus-stack registryUrl=https://prometheus-community.github.io/helm-charts
MONITORING_CHART: Final = "88.5.3"
MONITORING_REPOSITORY: Final = "https://prometheus-community.github.io/helm-charts"
# renovate: datasource=docker depName=quay.io/prometheuscommunity/yet-another-cloudwatch-exporter
CLOUDWATCH_EXPORTER_IMAGE: Final = (
    "quay.io/prometheuscommunity/yet-another-cloudwatch-exporter:v0.67.0"
)
