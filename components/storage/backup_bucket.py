"""A bucket for backups: what is in it comes back when somebody overwrites or deletes it."""

from dataclasses import dataclass
from typing import Final, Literal

import pulumi
import pulumi_aws as aws
from pulumi_aws.s3 import (
    BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs as AbortUploads,
)
from pulumi_aws.s3 import BucketLifecycleConfigurationRuleArgs as LifecycleRule
from pulumi_aws.s3 import BucketLifecycleConfigurationRuleExpirationArgs as Expiration
from pulumi_aws.s3 import BucketLifecycleConfigurationRuleFilterArgs as Filter
from pulumi_aws.s3 import (
    BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs as NoncurrentExpiration,
)
from pulumi_aws.s3 import (
    BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs as Encryption,
)
from pulumi_aws.s3 import BucketServerSideEncryptionConfigurationRuleArgs as EncryptionRule
from pulumi_aws.s3 import BucketVersioningVersioningConfigurationArgs as Versioning

from components.identity.iam import Statement, document

# For how long what was overwritten or deleted can be brought back, and after how long the parts of
# an upload that never ended go.
_NONCURRENT_DAYS: Final = 7
_UPLOAD_DAYS: Final = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class BackupBucketArgs:
    """Inputs of :class:`BackupBucket`.

    :param retention_days: for how long an object is kept.
    :param on_destroy: whether the bucket stays when the stack goes, or goes with all that is in it.
    """

    retention_days: int
    on_destroy: Literal["keep", "delete"] = "keep"


class BackupBucket(pulumi.ComponentResource):
    """A private, versioned bucket that forgets.

    Creates the bucket, encrypted with keys of S3's own, so that what is in it can be read for as
    long as the bucket is there, and outlives the stack's keys; its versions, its lifecycle, the
    block of public access, and a policy that refuses requests without TLS. Outputs: ``name`` and
    ``arn``, known once all of that is in place.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: BackupBucketArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:storage:BackupBucket", name, None, opts)
        is_kept = args.on_destroy == "keep" or None
        child = pulumi.ResourceOptions(parent=self, retain_on_delete=is_kept)
        bucket = aws.s3.Bucket(name, force_destroy=args.on_destroy == "delete", opts=child)
        versions = aws.s3.BucketVersioning(
            name,
            bucket=bucket.id,
            versioning_configuration=Versioning(status="Enabled"),
            opts=child,
        )
        parts = list[pulumi.Resource](
            [
                aws.s3.BucketPublicAccessBlock(
                    name,
                    bucket=bucket.id,
                    block_public_acls=True,
                    block_public_policy=True,
                    ignore_public_acls=True,
                    restrict_public_buckets=True,
                    opts=child,
                ),
                aws.s3.BucketServerSideEncryptionConfiguration(
                    name,
                    bucket=bucket.id,
                    rules=[
                        EncryptionRule(
                            apply_server_side_encryption_by_default=Encryption(
                                sse_algorithm="AES256"
                            )
                        )
                    ],
                    opts=child,
                ),
                aws.s3.BucketLifecycleConfiguration(
                    name, bucket=bucket.id, rules=[_lifecycle(args.retention_days)], opts=child
                ),
                aws.s3.BucketPolicy(name, bucket=bucket.id, policy=_policy(bucket), opts=child),
            ]
        )
        urns = [part.urn for part in (versions, *parts)]
        self.name, self.arn = (
            pulumi.Output.all(output, *urns).apply(lambda known: str(known[0]))
            for output in (bucket.bucket, bucket.arn)
        )
        self.register_outputs({"name": self.name, "arn": self.arn})


def _lifecycle(days: int) -> LifecycleRule:
    return LifecycleRule(
        id="forget",
        status="Enabled",
        filter=Filter(prefix=""),
        expiration=Expiration(days=days),
        noncurrent_version_expiration=NoncurrentExpiration(noncurrent_days=_NONCURRENT_DAYS),
        abort_incomplete_multipart_upload=AbortUploads(days_after_initiation=_UPLOAD_DAYS),
    )


def _policy(bucket: aws.s3.Bucket) -> pulumi.Output[str]:
    return document(
        Statement(
            effect="Deny",
            actions=["s3:*"],
            principals={"AWS": "*"},
            resources=[bucket.arn, pulumi.Output.concat(bucket.arn, "/*")],
            condition={"Bool": {"aws:SecureTransport": "false"}},
        )
    )
