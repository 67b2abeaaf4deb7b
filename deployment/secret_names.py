"""Which names are those of secrets."""

import re
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Final

from pydantic.alias_generators import to_snake

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# A word of a name that holds one of these, or two words that follow each other.
_SECRET_PART: Final = re.compile(
    r"passw(or)?d|passphrase|secret(?!smanager)|credential|kubeconfig|tokens?$"
)
_SECRET_WORDS: Final = {"pwd", "apikey", "authorization", "plaintext"}
_SECRET_PAIRS: Final = {
    *((word, "key") for word in ("access", "account", "api", "auth", "host", "master")),
    *((word, "key") for word in ("preshared", "private", "secret", "shared", "signing")),
    ("connection", "string"),
    ("key", "material"),
    ("user", "data"),
}
# What is said of a secret and is none: its name, where it is, how long it lasts.
_HARMLESS_END: Final = {
    *("algorithm", "arn", "class", "driver", "enabled", "file", "id", "ids", "key", "keys", "mode"),
    *("name", "names", "namespace", "optional", "options", "path", "policy", "provider", "source"),
    *("ref", "reference", "refs", "rotation", "selector", "type", "url", "version"),
    *("audience", "count", "expiration", "length", "seconds", "size", "ttl"),
}
# Of the metadata service: required or optional.
_HARMLESS: Final = {("http", "tokens")}
# A type's token: package, module and name.
_TOKEN: Final = re.compile(r"([a-z][a-z0-9-]*):([A-Za-z0-9.]+)/?([A-Za-z0-9]*):([A-Za-z0-9]+)")
_PROVIDER: Final = re.compile(r"pulumi:providers:([a-z][a-z0-9-]*)")
_SDK_SECRETS: Final = re.compile(r"additional_secret_outputs=\[([^\]]*)\]")


@cache
def is_secret_name(name: str) -> bool:
    """Returns whether a key, or the name of a variable, is that of a secret."""
    # Of a path or of a name with dots, the last part says what it is.
    last = re.split(r"[./:]", name)[-1]
    words = tuple(word.lower() for word in _WORD.findall(last))
    if not words or words in _HARMLESS:
        return False
    if _SECRET_PAIRS & {*pairwise(words[-2:])}:
        return True
    return words[-1] not in _HARMLESS_END and (
        any(word in _SECRET_WORDS or _SECRET_PART.search(word) for word in words)
        or bool(_SECRET_PAIRS & {*pairwise(words)})
    )


def says_of_a_secret(name: str) -> bool:
    """Returns whether a key of a secret's object says something of it, such as its name."""
    words = _WORD.findall(name)
    return bool(words) and words[-1].lower() in _HARMLESS_END


@cache
def secret_properties(token: str) -> frozenset[str]:
    """Returns the properties of a type that its SDK calls secret, where the SDK is installed."""
    for path in _sdk_files(token):
        if path.is_file():
            found = _SDK_SECRETS.search(path.read_text(encoding="utf-8"))
            return frozenset(re.findall(r'"(\w+)"', found[1]) if found else ())
    return frozenset()


def _sdk_files(token: str) -> list[Path]:
    """Returns where the class of a type may be; the SDKs are read, and nothing of them is run."""
    if of_provider := _PROVIDER.fullmatch(token):
        package, parts = of_provider[1], [["provider.py"]]
    elif found := _TOKEN.fullmatch(token):
        package, module, file, name = found.groups()
        parts = [
            # As in aws:ssm/parameter:Parameter, kubernetes:core/v1:Secret, eks:index:Cluster.
            [module, f"{to_snake(file or name)}.py"],
            [module.removesuffix(".k8s.io").removesuffix(".sh"), file, f"{name}.py"],
            [f"{to_snake(file or name)}.py"],
        ]
    else:
        return []
    spec = find_spec(f"pulumi_{package.replace('-', '_')}")
    root = Path(spec.origin).parent if spec and spec.origin else None
    return [root.joinpath(*part) for part in parts] if root else []
