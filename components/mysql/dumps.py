"""Dumps of all databases by a schedule, in a bucket, and the way back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.identity.iam import Statement, document
from components.identity.irsa import OidcProvider, role_with_policy
from components.pods.hardened import account_with_role
from components.storage.backup_bucket import BackupBucket, BackupBucketArgs
from planning.aws_place import AwsPlace

from .database import HOST, PORT, Account, AccountArgs
from .innodb_cluster import READ_PORT, TASKS, InnoDbCluster
from .network import PodSet, https_anywhere, serves
from .tasks import SECRETS, Task, secret_volume, task_pod

_ACCOUNT: Final = "mysql-dumps"
LABELS: Final = {**TASKS, "app.kubernetes.io/component": "dumps"}
# The longest that a dump may take, and its keys are good for. AWS gives keys for 12 hours at most
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-settings.html).
_HOURS: Final = 6
# What a dump of an instance asks for
# (https://dev.mysql.com/doc/mysql-shell/9.7/en/mysql-shell-utilities-dump-instance-schema.html).
_PRIVILEGES: Final = (
    "SELECT, RELOAD, LOCK TABLES, EVENT, TRIGGER, SHOW VIEW, REPLICATION CLIENT, BACKUP_ADMIN"
)
# No day has this date: the template of a Job that somebody starts by hand.
_NEVER: Final = "0 0 31 2 *"


@dataclass(frozen=True, kw_only=True, slots=True)
class DumpsArgs:
    """Inputs of :class:`Dumps`.

    :param schedule: when a dump begins, as cron has it, in UTC.
    :param retention_days: for how long a dump is kept.
    :param on_destroy: whether the bucket stays when the stack goes.
    """

    servers: InnoDbCluster
    oidc: OidcProvider
    place: AwsPlace
    schedule: str
    retention_days: int
    on_destroy: Literal["keep", "delete"] = "keep"


class Dumps(pulumi.ComponentResource):
    """A CronJob that dumps all databases into a bucket, and one that loads a dump back.

    The operator's own backups take the keys of a user from a Secret, and run with the servers'
    service account; these have a role of their own by IRSA, which may read and write this bucket
    and not delete a version of what is in it. Creates the bucket, policy, role and service account,
    an account of MySQL that reads everything, a network policy, and the CronJobs: that of the
    restore is suspended, and a Job is made of it by hand. Output: ``bucket``.
    """

    bucket: pulumi.Output[str]

    def __init__(
        self, name: str, args: DumpsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:mysql:Dumps", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        bucket = BackupBucket(
            name,
            BackupBucketArgs(retention_days=args.retention_days, on_destroy=args.on_destroy),
            opts=child,
        )
        self.bucket, namespace = bucket.name, args.servers.namespace
        role = role_with_policy(
            name,
            oidc=args.oidc,
            namespace="mysql",
            service_account=_ACCOUNT,
            key="bucket",
            description="Dumps of MySQL",
            policy=document(*_statements(bucket)),
            session_hours=_HOURS,
            opts=child,
        )
        account = account_with_role(name, _ACCOUNT, namespace, role.arn, child)
        serves(
            name, PodSet(namespace=namespace, labels=LABELS), egress=[https_anywhere()], opts=child
        )
        reader = Account(
            f"{name}-reader",
            AccountArgs(servers=args.servers, account="dumps", privileges=_PRIVILEGES),
            opts=child,
        )
        common: Mapping[str, pulumi.Input[str]] = {
            "MYSQL_HOST": HOST,
            "PASSWORD_FILE": f"{SECRETS}/account/password",
            "BUCKET": bucket.name,
            "AWS_REGION": args.place.region,
            "DNS_SUFFIX": args.place.dns_suffix,
            "SESSION_SECONDS": str(_HOURS * 3600),
        }
        backup = Task(
            script="dumps.py",
            arguments=["backup"],
            environment={**common, "MYSQL_PORT": str(READ_PORT), "MYSQL_USER": "dumps"},
            secrets={"account": secret_volume("account", reader.secret)},
        )
        root = kubernetes.core.v1.KeyToPathArgs(key="rootPassword", path="password")
        restore = Task(
            script="dumps.py",
            arguments=["restore"],
            environment={**common, "MYSQL_PORT": str(PORT), "MYSQL_USER": "root"},
            secrets={"account": secret_volume("account", args.servers.root_secret, root)},
        )
        for key, task in {"backup": backup, "restore": restore}.items():
            pod = task_pod(
                f"{name}-{key}", task, args.servers, account=account, labels=LABELS, opts=child
            )
            kubernetes.batch.v1.CronJob(
                f"{name}-{key}",
                metadata=ObjectMetaArgs(name=f"mysql-{key}", namespace=namespace, labels=LABELS),
                spec=kubernetes.batch.v1.CronJobSpecArgs(
                    schedule=args.schedule if key == "backup" else _NEVER,
                    suspend=key != "backup",
                    time_zone="Etc/UTC",
                    concurrency_policy="Forbid",
                    # What could not start within an hour waits for the next time.
                    starting_deadline_seconds=3600,
                    successful_jobs_history_limit=1,
                    failed_jobs_history_limit=3,
                    job_template=kubernetes.batch.v1.JobTemplateSpecArgs(
                        spec=kubernetes.batch.v1.JobSpecArgs(
                            backoff_limit=1 if key == "backup" else 0,
                            active_deadline_seconds=_HOURS * 3600,
                            template=pod,
                        )
                    ),
                ),
                opts=child,
            )
        self.register_outputs({"bucket": self.bucket})


def _statements(bucket: BackupBucket) -> list[Statement]:
    return [
        Statement(
            actions=["s3:ListBucket", "s3:ListBucketMultipartUploads"], resources=[bucket.arn]
        ),
        Statement(
            actions=[
                "s3:AbortMultipartUpload",
                # MySQL Shell renames files, which in S3 is a copy and a deletion; the bucket keeps
                # the version.
                "s3:DeleteObject",
                "s3:GetObject",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
            ],
            resources=[pulumi.Output.concat(bucket.arn, "/*")],
        ),
    ]
