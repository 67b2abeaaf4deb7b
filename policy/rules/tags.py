"""Tags."""

from collections.abc import Iterator

from deployment.types import TAGGABLE
from policy.catalogue import Option, Severity, Subject, rule


@rule(
    TAGGABLE,
    Severity.LOW,
    "R39",
    tags=Option(schema={"type": "array", "items": {"type": "string"}}, default=()),
)
def required_tags(subject: Subject) -> Iterator[str]:
    """What carries no tags belongs to nobody: nobody pays for it and nobody deletes it.

    Set tags of the resource, or defaultTags of the provider.

    Set eks-platform:tags.
    """
    tags = subject.labels("tagsAll") | subject.labels("tags")
    missing = [tag for tag in subject.options["tags"] if not tags.get(tag)]
    if missing:
        yield f"has no tag {', '.join(missing)}"
