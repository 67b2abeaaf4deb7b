"""Which variables of a container hold what nobody should read."""

import re
from typing import Final

# Where a name goes from one word to the next, besides what stands between words.
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN: Final = re.compile(r"[^A-Za-z0-9]+")
# What a name ends in that is a secret, rather than a count, a place or a rule of secrets: it is
# DB_PASSWORD and neither PASSWORD_MIN_LENGTH nor MAX_TOKEN_COUNT. A form may follow.
_SECRET: Final = re.compile(
    r"(PASSWORD|PASSWD|PASSPHRASE|PWD|SECRET|TOKEN|CREDENTIALS?|API_?KEY|PRIVATE_?KEY"
    r"|SECRET_?KEY|ACCESS_?KEY|ENCRYPTION_?KEY|SIGNING_?KEY|AUTH_?KEY)(_(VALUE|B(ASE)?64|\d+))?$"
)
_FILE: Final = "_FILE"
# The directories of a shell, which end in the same letters.
_DIRECTORIES: Final = {"PWD", "OLDPWD"}
# Whether there is one, or how long it lasts, is none.
_SWITCH: Final = re.compile(r"(true|false|yes|no|on|off|none|null|)$", re.IGNORECASE)
_COUNT: Final = re.compile(r"\d{1,5}$")
_WORDS: Final = re.compile(r"(PASSWORD|PASSWD|PASSPHRASE|PWD)")
# Another variable, whose own value counts; an entry of a store of secrets.
_REFERENCE: Final = re.compile(r"\$\([A-Za-z_.-][\w.-]*\)$|arn:aws[\w-]*:(secretsmanager|ssm):")
# What is a secret under whatever name: a password in an address, a private key.
_IN_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]*:(?!\$\()[^/\s@]+@", re.IGNORECASE)
_KEY: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")


def is_secret_name(name: str) -> bool:
    """Returns whether a variable of this name holds a secret, or says in which file one is."""
    words = _words(name)
    return words not in _DIRECTORIES and bool(_SECRET.search(words.removesuffix(_FILE)))


def is_secret(name: str, value: str) -> bool:
    """Returns whether the value of a variable of such a name is a secret.

    A switch, a short number, a reference and the path of a file are none.
    """
    if _SWITCH.match(value) or _REFERENCE.match(value):
        return False
    if _COUNT.match(value) and not _WORDS.search(_words(name)):
        return False
    return not (_words(name).endswith(_FILE) and value.startswith("/"))


def holds_secret(value: str) -> bool:
    """Returns whether a value is or holds a secret under whatever name."""
    return bool(_IN_ADDRESS.search(value) or _KEY.search(value))


def _words(name: str) -> str:
    """Returns a name as environment variables are written: dbPassword is DB_PASSWORD."""
    return _BETWEEN.sub("_", _HUMP.sub("_", name)).upper()
