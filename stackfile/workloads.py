"""The sections about what runs in the cluster: controllers and applications."""

import re
from typing import Annotated, Final, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic.alias_generators import to_camel

import versions
from planning.shutdown import ShutdownBudget, broken, derive_budget

from .section import Seconds, Section, mistake, refuse, whole

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET: Final = re.compile(r"(?!xn--|.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_CERTIFICATE: Final = re.compile(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f-]{36}")
_HOSTNAME: Final = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_REPOSITORY: Final = r"([a-z0-9.-]+(:[0-9]+)?/)?[a-z0-9]+([._/-]+[a-z0-9]+)*"
_TAG: Final = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"
_DIGEST: Final = r"@sha256:[0-9a-f]{64}"
_IMAGE: Final = re.compile(rf"{_REPOSITORY}(:(?P<tag>{_TAG}))?(?P<digest>{_DIGEST})?")
_PINNED_IMAGE: Final = re.compile(rf"{_REPOSITORY}(:(?!latest$){_TAG}|(:{_TAG})?{_DIGEST})")
_CPU: Final = re.compile(r"(?=[0-9]*[1-9])([0-9]{1,9}m|[0-9]{1,6})")


class LoadBalancerControllerSettings(Section):
    """``loadBalancerController``: the AWS Load Balancer Controller."""

    replicas: Annotated[int, Field(ge=2, le=5)] = Field(
        default=2, description="Controller pods; two, so that one survives a drain."
    )


class ShutdownSettings(Section):
    """``shutdown``: how pods leave without dropping a request; what is absent is derived."""

    # An ALB takes a deregistration delay of at most 3,600 s, which has to cover both of these.
    propagation_seconds: Annotated[int, Field(ge=1, le=600)] = Field(
        default=20, description="Assumed lag from a pod's deletion to its last new request."
    )
    longest_request_seconds: Annotated[int, Field(ge=0, le=2700)] = Field(
        default=20, description="The longest request that must not be cut."
    )
    pre_stop_seconds: Seconds | None = Field(
        default=None, description="The pod's sleep before the stop signal; above the lag."
    )
    grace_seconds: Seconds | None = Field(
        default=None, description="Time until the pod is killed, from before the sleep."
    )
    deregistration_delay_seconds: Seconds | None = Field(
        default=None, description="How long the load balancer lets requests under way end."
    )
    idle_timeout_seconds: Annotated[Seconds, Field(ge=1)] | None = Field(
        default=None, description="When the load balancer closes a connection without traffic."
    )
    keep_alive_seconds: Seconds | None = Field(
        default=None, description="How long NGINX keeps an idle connection; above the idle timeout."
    )
    drain_limit_seconds: Seconds | None = Field(
        default=None, description="How long NGINX may take from the stop signal to its end."
    )

    @property
    def budget(self) -> ShutdownBudget:
        """All numbers, derived where the stack file gives none."""
        return derive_budget(**self.model_dump())

    @model_validator(mode="after")
    def _check_budget(self) -> Self:
        refuse(((to_camel(verdict.field),), verdict.message) for verdict in broken(self.budget))
        return self


class WebAppSettings(Section):
    """What all applications behind a load balancer have."""

    scheme: Literal["internal", "internet-facing"] = Field(
        default="internal", description="Who reaches the load balancer."
    )
    hostname: str | None = Field(
        default=None,
        description="The host name of the Ingress rule.",
        examples=["app.example.com"],
        json_schema_extra=whole(_HOSTNAME),
    )
    certificate_arn: str | None = Field(
        default=None,
        description="ACM certificate; with it HTTPS, without it plain HTTP.",
        json_schema_extra=whole(_CERTIFICATE),
    )
    access_logs_bucket: str | None = Field(
        default=None,
        description="S3 bucket that keeps the load balancer's access logs.",
        json_schema_extra=whole(_BUCKET),
    )
    shutdown: ShutdownSettings = Field(
        default_factory=ShutdownSettings, description="The numbers of a graceful stop, in seconds."
    )

    @field_validator("hostname")
    @classmethod
    def _check_hostname(cls, hostname: str | None) -> str | None:
        if hostname is not None and not _HOSTNAME.fullmatch(hostname):
            raise mistake(f"must be a host name such as app.example.com, got {hostname!r}")
        return hostname

    @field_validator("certificate_arn")
    @classmethod
    def _check_certificate(cls, arn: str | None) -> str | None:
        if arn is not None and not _CERTIFICATE.fullmatch(arn):
            raise mistake(
                "must be the ARN of an ACM certificate (arn:aws:acm:REGION:ACCOUNT:certificate/ID),"
                f" got {arn!r}"
            )
        return arn

    @field_validator("access_logs_bucket")
    @classmethod
    def _check_bucket(cls, bucket: str | None) -> str | None:
        if bucket is not None and not _BUCKET.fullmatch(bucket):
            raise mistake(f"must be the name of an S3 bucket, got {bucket!r}")
        return bucket


class SampleAppSettings(WebAppSettings):
    """``sampleApp``, and each entry of ``apps``: a graceful web application; absent: none."""

    image: str = Field(
        default=versions.SAMPLE_APP_IMAGE,
        description="An NGINX image with a tag or a digest.",
        json_schema_extra=whole(_PINNED_IMAGE),
    )
    min_replicas: Annotated[int, Field(ge=2, le=1000)] = Field(
        default=2, description="The fewest pods, spread over zones."
    )
    max_replicas: Annotated[int, Field(ge=2, le=1000)] = Field(
        default=6, description="The most pods that the autoscaler makes."
    )
    cpu_request: str = Field(
        default="200m",
        description="CPU time that a pod is promised; the autoscaler aims at 70 % of it.",
        json_schema_extra=whole(_CPU),
    )
    cpu_limit: str = Field(
        default="500m",
        description="CPU time that a pod gets at most.",
        json_schema_extra=whole(_CPU),
    )

    @field_validator("image")
    @classmethod
    def _check_image(cls, image: str) -> str:
        match = _IMAGE.fullmatch(image)
        if not match:
            raise mistake(f"must be an image such as nginx:1.29.3, got {image!r}")
        if not match["digest"] and match["tag"] in {None, "latest"}:
            raise mistake(f"must have a tag other than latest, or a digest, got {image!r}")
        return image

    @field_validator("max_replicas")
    @classmethod
    def _check_max_replicas(cls, maximum: int, info: ValidationInfo) -> int:
        minimum = info.data.get("min_replicas", maximum)
        if maximum < minimum:
            raise mistake(f"{maximum} is below minReplicas {minimum}")
        return maximum

    @field_validator("cpu_request", "cpu_limit")
    @classmethod
    def _check_cpu(cls, quantity: str, info: ValidationInfo) -> str:
        if not _CPU.fullmatch(quantity):
            raise mistake(f"must be CPU time such as 200m or 1, got {quantity!r}")
        request = info.data.get("cpu_request")
        if request is not None and millicores(quantity) < millicores(request):
            raise mistake(f"{quantity} is below cpuRequest {request}")
        return quantity


class WordpressSettings(WebAppSettings):
    """``wordpress``: WordPress with MySQL on shared storage; absent: none."""

    storage_class: str | None = Field(
        default=None, description="The NFS class of its files; none: the default one or the first."
    )
    content_gib: Annotated[int, Field(ge=1, le=16384)] = Field(
        default=10, alias="contentGiB", description="What it asks of the NFS class."
    )
    database_gib: Annotated[int, Field(ge=1, le=16384)] = Field(
        default=10, alias="databaseGiB", description="Size of the database's gp3 volume."
    )


def millicores(quantity: str) -> int:
    """Returns a CPU quantity such as ``200m`` or ``1`` in thousandths of a core."""
    return int(quantity[:-1]) if quantity.endswith("m") else 1000 * int(quantity)
