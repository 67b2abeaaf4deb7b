"""What a client received, and what that makes of its request."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

Outcome = Literal["ok", "failed", "truncated"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """A response's first lines."""

    status: int
    content_length: int | None
    stays_open: bool


def parse_head(data: bytes) -> tuple[Head, bytes] | None:
    """Returns the head and what follows it, or ``None`` where it is not all there or no HTTP."""
    head, end, rest = data.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    words = first.split(b" ", 2)
    if not end or not words[0].startswith(b"HTTP/1.") or len(words) == 1 or not words[1].isdigit():
        return None
    pairs = [line.partition(b":") for line in lines]
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    length = headers.get(b"content-length", b"")
    return Head(
        status=int(words[1]),
        content_length=int(length) if length.isdigit() else None,
        stays_open=headers.get(b"connection", b"").lower() != b"close",
    ), rest


def classify(head: Head | None, received_bytes: int, expected_bytes: int) -> Outcome:
    """Returns what became of a request; a response that was cut still carries status 200."""
    if head is None or head.status != HTTPStatus.OK:
        return "failed"
    promised = expected_bytes if head.content_length is None else head.content_length
    return "ok" if received_bytes == promised == expected_bytes else "truncated"
