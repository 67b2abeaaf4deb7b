"""One account in moto's copy of AWS, for one simulated cloud.

moto is imported when the first request reaches it, not before: it takes seconds.
"""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from offline.derived import digest
from stackfile.placeholders import DOCUMENTATION_ACCOUNT

from .errors import CloudError

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend
    from moto.efs.models import EFSBackend
    from moto.iam.models import IAMBackend
    from moto.kms.models import KmsBackend
    from moto.logs.models import LogsBackend
    from moto.secretsmanager.models import SecretsManagerBackend

# moto draws IDs from a source that all its accounts share.
_DIGITS: Final = 17
_DRAWING: Final = threading.RLock()


class Account:
    """The services of one account, each made when it is first asked for.

    Nothing of it is shared with another cloud in the same process: the backends are objects of its
    own, not those that moto keeps for its mocked HTTP.
    """

    def __init__(self) -> None:
        self._backends: dict[tuple[str, str], Any] = {}

    def ec2(self, region: str) -> "EC2Backend":
        """Returns EC2 in a region."""
        return self._backend("ec2", "EC2Backend", region)

    def iam(self, partition: str) -> "IAMBackend":
        """Returns IAM of a partition."""
        return self._backend("iam", "IAMBackend", partition)

    def kms(self, region: str) -> "KmsBackend":
        """Returns KMS in a region."""
        return self._backend("kms", "KmsBackend", region)

    def efs(self, region: str) -> "EFSBackend":
        """Returns EFS in a region."""
        return self._backend("efs", "EFSBackend", region)

    def logs(self, region: str) -> "LogsBackend":
        """Returns CloudWatch Logs in a region."""
        return self._backend("logs", "LogsBackend", region)

    def secrets(self, region: str) -> "SecretsManagerBackend":
        """Returns Secrets Manager in a region."""
        return self._backend("secretsmanager", "SecretsManagerBackend", region)

    def _backend(self, service: str, kind: str, place: str) -> Any:
        if (service, place) not in self._backends:
            # An account comes with a default VPC, which draws IDs of its own.
            with identifiers(digest(place, 64)):
                made = getattr(import_module(f"moto.{service}.models"), kind)(
                    place, DOCUMENTATION_ACCOUNT
                )
            # No instance is started, and images are most of what would be written to a folder.
            getattr(made, "amis", {}).clear()
            self._backends[service, place] = made
        return self._backends[service, place]


@contextmanager
def identifiers(digits: str) -> Generator[None]:
    """Makes moto give each kind of resource these digits, for the time of one request.

    A second resource of the same kind gets the same digits with a number, as no request of ours
    makes two that the program knows.
    """
    drawn: dict[str, int] = {}

    def next_digits(prefix: str, size: int) -> str:
        number = drawn[prefix] = drawn.get(prefix, -1) + 1
        mark = f"{number:x}" if number else ""
        return f"{digits[: size - len(mark)]}{mark}"

    def next_id(prefix: str = "", size: int = _DIGITS) -> str:
        return f"{prefix}-{next_digits(prefix, size)}"

    def next_hex(_length: int = _DIGITS) -> str:
        # EFS, whose IDs are as long as EC2's by now.
        return next_digits("", _DIGITS)

    with (
        _DRAWING,
        patch("moto.ec2.utils.random_id", next_id),
        patch("moto.moto_api._internal.mock_random.get_random_hex", next_hex),
    ):
        yield


@contextmanager
def refusals() -> Generator[None]:
    """Turns moto's errors into the cloud's, in AWS's words."""
    from moto.core.exceptions import JsonRESTError, ServiceException

    try:
        yield
    except (JsonRESTError, ServiceException) as error:
        code = getattr(error, "error_type", None) or getattr(error, "code", "")
        raise CloudError(f"{code}: {error.message}") from error
