"""What AWS answers to a create, as templates that a request fills in."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from offline.cloud.behaviour import Inputs
from offline.derived import digest
from offline.partitions import partition_of

from .simulated import Creation

# What a template may name: each input of the resource by its key, and what :func:`fields` adds.
Fields: TypeAlias = Inputs
Creator: TypeAlias = Callable[[Fields], Creation]


def fields(urn: str, name: str, inputs: Inputs, region: str, account: str) -> Fields:
    """Returns what the templates of a new resource may name.

    ``{digest:.17}`` are 17 hexadecimal digits that are always the same for a URN, and so for each
    number up to 64; ``{DIGEST:.17}`` are the same in capitals.
    """
    partition = partition_of(region)
    return {
        **inputs,
        "name": name,
        "region": region,
        "account": account,
        "partition": partition.name,
        "dns_suffix": partition.dns_suffix,
        "digest": digest(urn, 64),
        "DIGEST": digest(urn, 64).upper(),
    }


def arn(service: str, resource: str, region: str = "{region}") -> str:
    """Returns the template of an ARN of this account, with an empty region where it has none."""
    return f"arn:{{partition}}:{service}:{region}:{{account}}:{resource}"


def made(identifier: str | Callable[[Fields], str], **computed: Any) -> Creator:
    """Returns what answers to the creation of one type.

    :param identifier: the template of its ID, which the other templates name ``{id}``; or a
        function of the fields, for what no template can say.
    :param computed: the properties that AWS computes: templates, functions, or data with both.
    """

    def create(known: Fields) -> Creation:
        known = {**known, "id": _filled(identifier, known)}
        return Creation(id=known["id"], computed=_filled(computed, known))

    return create


def _filled(template: Any, known: Fields) -> Any:
    if callable(template):
        return template(known)
    if isinstance(template, str):
        return template.format_map(known)
    if isinstance(template, Mapping):
        return {key: _filled(item, known) for key, item in template.items()}
    if isinstance(template, list):
        return [_filled(item, known) for item in template]
    return template
