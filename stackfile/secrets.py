"""The section about secrets outside of the cluster."""

from typing import Annotated

from pydantic import Field

from .addons import AddonVersion
from .section import Section


class SecretsSettings(Section):
    """``secrets``: passwords in AWS Secrets Manager, which pods mount as files."""

    # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
    recovery_days: Annotated[int, Field(ge=7, le=30)] = 30
    """Days for which a deleted secret can be brought back."""
    # Two minutes are the driver's own default
    # (https://secrets-store-csi-driver.sigs.k8s.io/topics/secret-auto-rotation.html).
    refresh_minutes: Annotated[int, Field(ge=2, le=1440)] | None = Field(
        default=None, examples=[60]
    )
    """Mounted files follow a changed secret, looked up again at most this often, and each time is a
    paid request for each pod; absent: a file stays as it is as long as its pod."""
    driver_version: AddonVersion | None = Field(default=None, examples=["v3.1.3-eksbuild.1"])
    """The version of the add-on aws-secrets-store-csi-driver-provider, which is the driver; absent:
    EKS's default when it is created, which it then keeps."""
