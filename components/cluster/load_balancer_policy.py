"""What the AWS Load Balancer Controller may do.

The actions and conditions are those of the policy that the controller's release v3.5.0 documents
(https://github.com/kubernetes-sigs/aws-load-balancer-controller, docs/install/iam_policy.json).
Where that policy says ``Resource: "*"`` and IAM knows resources for the action, this one names
those of the account and region (requirement 11), and changes to security groups that carry no
tag of the cluster stay within the VPC.

``tests/golden`` keeps the documents by chart version: neither moves without the other
(requirement 12).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi

from components.identity.iam import Condition, Statement
from planning.aws_place import AwsPlace

# The controller puts this tag, with the cluster's name, on everything that it makes.
CLUSTER_TAG: Final = "elbv2.k8s.aws/cluster"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """Where the controller works, and with which other services.

    :param waf: whether load balancers may have web ACLs.
    :param shield: whether they may be protected by Shield Advanced.
    """

    place: AwsPlace
    vpc_id: pulumi.Input[str]
    waf: bool = True
    shield: bool = True

    def arns(self, service: str, *resources: str) -> list[pulumi.Input[str]]:
        """Returns the ARNs of a service's resources in this account and region."""
        return [self.place.arn(service, resource) for resource in resources]

    def global_arns(self, service: str, *resources: str) -> list[pulumi.Input[str]]:
        """Returns the ARNs of a service's resources that are in no region."""
        return [self.place.global_arn(service, resource) for resource in resources]

    @property
    def vpc_arn(self) -> pulumi.Output[str]:
        """The ARN of the cluster's VPC."""
        return pulumi.Output.concat(self.place.arn("ec2", "vpc/"), self.vpc_id)


def controller_policies(scope: Scope) -> Mapping[str, tuple[Statement, ...]]:
    """Returns the controller's policies by a stable key: more than one, for IAM's size limit."""
    return {"read": _reading(scope), "manage": _managing(scope)}


def _actions(service: str, names: str) -> list[str]:
    """Returns actions of a service by their names, with spaces between."""
    return [f"{service}:{name}" for name in names.split()]


def _reading(scope: Scope) -> tuple[Statement, ...]:
    return (
        Statement(
            # IAM knows no resources for any of these.
            actions=[
                *_actions(
                    "ec2",
                    "DescribeAccountAttributes DescribeAddresses "
                    "DescribeAvailabilityZones DescribeCoipPools DescribeInstances "
                    "DescribeInternetGateways DescribeIpamPools DescribeNetworkInterfaces "
                    "DescribeRouteTables DescribeSecurityGroups DescribeSubnets "
                    "DescribeTags DescribeVpcPeeringConnections DescribeVpcs",
                ),
                *_actions(
                    "elasticloadbalancing",
                    "DescribeCapacityReservation DescribeListenerAttributes "
                    "DescribeListenerCertificates DescribeListeners "
                    "DescribeLoadBalancerAttributes DescribeLoadBalancers DescribeRules "
                    "DescribeSSLPolicies DescribeTags DescribeTargetGroupAttributes "
                    "DescribeTargetGroups DescribeTargetHealth DescribeTrustStores",
                ),
                *_actions("acm", "ListCertificates"),
                *_actions("iam", "ListServerCertificates"),
                *(_actions("shield", "GetSubscriptionState") if scope.shield else []),
                # These change things, and IAM knows no resources for them all the same.
                *(_actions("elasticloadbalancing", "SetWebAcl") if scope.waf else []),
                *(_actions("shield", "CreateProtection") if scope.shield else []),
            ],
            resources=["*"],
        ),
        Statement(actions=["ec2:GetSecurityGroupsForVpc"], resources=[scope.vpc_arn]),
        Statement(actions=["ec2:GetCoipPoolUsage"], resources=scope.arns("ec2", "coip-pool/*")),
        Statement(
            actions=["acm:DescribeCertificate"], resources=scope.arns("acm", "certificate/*")
        ),
        Statement(
            actions=["iam:GetServerCertificate"],
            resources=scope.global_arns("iam", "server-certificate/*"),
        ),
        Statement(
            actions=["cognito-idp:DescribeUserPoolClient"],
            resources=scope.arns("cognito-idp", "userpool/*"),
        ),
        *(_web_acls(scope) if scope.waf else ()),
        *(_protections(scope) if scope.shield else ()),
    )


def _web_acls(scope: Scope) -> tuple[Statement, ...]:
    load_balancers = scope.arns("elasticloadbalancing", "loadbalancer/app/*/*")
    return (
        Statement(
            actions=_actions(
                "waf-regional", "AssociateWebACL DisassociateWebACL GetWebACL GetWebACLForResource"
            ),
            resources=[*load_balancers, *scope.arns("waf-regional", "webacl/*")],
        ),
        Statement(
            actions=_actions(
                "wafv2", "AssociateWebACL DisassociateWebACL GetWebACL GetWebACLForResource"
            ),
            resources=[*load_balancers, *scope.arns("wafv2", "regional/webacl/*/*")],
        ),
    )


def _protections(scope: Scope) -> tuple[Statement, ...]:
    return (
        Statement(
            actions=["shield:DeleteProtection", "shield:DescribeProtection"],
            resources=scope.global_arns("shield", "protection/*"),
        ),
    )


def _managing(scope: Scope) -> tuple[Statement, ...]:
    security_groups = scope.arns("ec2", "security-group/*")
    load_balancers = scope.arns(
        "elasticloadbalancing", "loadbalancer/app/*/*", "loadbalancer/net/*/*"
    )
    target_groups = scope.arns("elasticloadbalancing", "targetgroup/*/*")
    listeners = scope.arns("elasticloadbalancing", "listener/app/*/*/*", "listener/net/*/*/*")
    rules = scope.arns(
        "elasticloadbalancing", "listener-rule/app/*/*/*/*", "listener-rule/net/*/*/*/*"
    )
    retag: Condition = {"Null": {_request_tag(): "true", _resource_tag(): "false"}}
    on_creation: Condition = {"Null": {_request_tag(): "false"}}
    owned: Condition = {"Null": {_resource_tag(): "false"}}
    return (
        Statement(
            actions=["iam:CreateServiceLinkedRole"],
            resources=scope.global_arns(
                "iam", "role/aws-service-role/elasticloadbalancing.amazonaws.com/*"
            ),
            condition={
                "StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}
            },
        ),
        Statement(
            actions=["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"],
            resources=security_groups,
            condition={"ArnEquals": {"ec2:Vpc": scope.vpc_arn}},
        ),
        Statement(actions=["ec2:CreateSecurityGroup"], resources=[*security_groups, scope.vpc_arn]),
        Statement(
            actions=["ec2:CreateTags"],
            resources=security_groups,
            condition={"StringEquals": {"ec2:CreateAction": "CreateSecurityGroup"}, **on_creation},
        ),
        Statement(
            actions=["ec2:CreateTags", "ec2:DeleteTags"], resources=security_groups, condition=retag
        ),
        Statement(
            actions=_actions(
                "ec2",
                "AuthorizeSecurityGroupIngress DeleteSecurityGroup RevokeSecurityGroupIngress",
            ),
            resources=security_groups,
            condition=owned,
        ),
        Statement(
            actions=[
                "elasticloadbalancing:CreateLoadBalancer",
                "elasticloadbalancing:CreateTargetGroup",
            ],
            resources=[*load_balancers, *target_groups],
            condition=on_creation,
        ),
        Statement(
            actions=_actions(
                "elasticloadbalancing", "CreateListener CreateRule DeleteListener DeleteRule"
            ),
            resources=[*load_balancers, *listeners, *rules],
        ),
        Statement(
            actions=["elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"],
            resources=[*load_balancers, *target_groups],
            condition=retag,
        ),
        Statement(
            actions=["elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"],
            resources=[*listeners, *rules],
        ),
        Statement(
            actions=_actions(
                "elasticloadbalancing",
                "DeleteLoadBalancer DeleteTargetGroup ModifyCapacityReservation "
                "ModifyIpPools ModifyListenerAttributes ModifyLoadBalancerAttributes "
                "ModifyTargetGroup ModifyTargetGroupAttributes SetIpAddressType "
                "SetSecurityGroups SetSubnets",
            ),
            resources=[*load_balancers, *target_groups, *listeners],
            condition=owned,
        ),
        Statement(
            actions=["elasticloadbalancing:AddTags"],
            resources=[*load_balancers, *target_groups],
            condition={
                "StringEquals": {
                    "elasticloadbalancing:CreateAction": ["CreateTargetGroup", "CreateLoadBalancer"]
                },
                **on_creation,
            },
        ),
        Statement(
            actions=[
                "elasticloadbalancing:DeregisterTargets",
                "elasticloadbalancing:RegisterTargets",
            ],
            resources=target_groups,
        ),
        Statement(
            actions=_actions(
                "elasticloadbalancing",
                "AddListenerCertificates ModifyListener ModifyRule "
                "RemoveListenerCertificates SetRulePriorities",
            ),
            resources=[*listeners, *rules],
        ),
    )


def _request_tag() -> str:
    return f"aws:RequestTag/{CLUSTER_TAG}"


def _resource_tag() -> str:
    return f"aws:ResourceTag/{CLUSTER_TAG}"
