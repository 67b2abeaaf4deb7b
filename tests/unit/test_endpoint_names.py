"""Which interface endpoints a stack file may name."""

import pytest

from planning.endpoints import KNOWN, endpoint_fault


def test_a_service_that_is_known_is_named_as_it_is() -> None:
    for service in KNOWN - {name for name in KNOWN if name.startswith("dynamodb")}:
        full = f"com.amazonaws.eu-west-1.{service}"
        wrong = f"is not how a service is named here: write {service}, got {full!r}"
        assert (endpoint_fault(service), endpoint_fault(full)) == (None, wrong)


@pytest.mark.parametrize(
    ("service", "meant"),
    [
        ("ecr-api", "write ecr.api"),
        ("ecrdkr", "write ecr.dkr"),
        ("api.ecr", "write ecr.api"),
        ("sts.eu-west-1.amazonaws.com", "write sts"),
        ("cn.com.amazonaws.cn-north-1.ecr.api", "write ecr.api"),
        ("com.amazonaws.eu-west-1.brand-new", "write brand-new"),
        ("ecr", "must be one of ecr-public.api, ecr.api, ecr.dkr"),
        ("kinesis", "kinesis-firehose, kinesis-streams"),
        ("dynamodb", "no private DNS name"),
        ("s3express", "a gateway endpoint"),
        ("iam", "another kind of name"),
        ("aws.api.eu-west-1.qbusiness", "another kind of name"),
        ("com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0", "another kind of name"),
    ],
)
def test_another_spelling_is_refused_with_the_right_one(service: str, meant: str) -> None:
    assert meant in str(endpoint_fault(service))


def test_a_name_that_is_like_no_other_may_be_a_new_service() -> None:
    assert endpoint_fault("brand-new") is None
