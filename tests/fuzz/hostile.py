"""Values that files of other people's making may hold, and changes of what is right."""

import copy
import datetime as dt
from collections.abc import Iterator
from random import Random
from typing import Any, Final

# Of an encrypted value. It must appear in no output.
PLANTED: Final = "Xq7vPlanted9wZ"
TEXTS: Final = (
    "", " ", "~", "a" * 20_000, "\0", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x9b31m", "\x7f",
    "\r", "a\nb", "\t", "\u202e", "\u2028", "\ufeff", "\U000e0041", "é", "日本", "🙂",
    "e\u0301" * 50,
    "[/nope]", "[bold]", "[link=x]", "{x}", "{0.__class__}", "${x}", "${{ x }}", "%s%n", "%(x)s",
    "$(touch x)", "`x`", "<script>alert(1)</script>", "]]>", "&amp;", "'", '"', "\\", "\\u0000",
    "../../etc/passwd", "/dev/zero", "urn:pulumi:x::y::z::w", "a::b", "*", "?", "(", "(a+)+$",
    "a,b",
    "10.0.0.0/8", "10.0.0.0/33", "999.0.0.0/8", "::/0", "::1", "fe80::1%eth0", "0.0.0.0/0",
    "arn:aws:iam::123456789012:role/a", "arn:aws", "arn:::::", "m5.large", ".large", "t3.",
    "eu-west-1",
    "xx-nowhere-9", "0", "-1", "0x10", "1e3", "1_000", "NaN", "inf", "-inf", "0.5", "500m", "1Gi",
    "-1Gi",
    "1e99Gi", "100%", "0%", "-5%", "1e1000%", "true", "yes", "null", "2026-13-45", "1.36",
    "v1.36", "9" * 500,
    "٣", "१", "²", "http://a b", "https://user:pw@[::1]:99999/", "dev", "Pulumi",
)  # fmt: skip
NUMBERS: Final = (
    0, -1, 1, 2, 0.5, -0.0, 1e-300, 1e300, 2**31, 2**63, -(2**63), 10**30, 10**4000, float("inf"),
    float("-inf"), float("nan"),
)  # fmt: skip
OTHERS: Final = (
    None, True, False, [], {}, [None], {"": None}, {"a": {}}, [[]], [{}],
    {"secure": f"v1:{PLANTED}"},
    dt.date(2026, 1, 1), dt.datetime(2026, 1, 1, 1, 1),  # noqa: DTZ001
    b"\xff\x00", {1: 2}, {None: 1}, {True: 1}, {dt.date(2026, 1, 1): 1},
)  # fmt: skip


def value(random: Random, depth: int = 3) -> Any:
    """Returns a value of any kind, such as a file of people's may hold."""
    kind = random.randrange(10)
    if kind < 4:
        return random.choice(TEXTS)
    if kind < 6:
        return random.choice(NUMBERS)
    if kind < 8 or not depth:
        return copy.deepcopy(random.choice(OTHERS))
    size = random.choice((1, 2, 3, 30))
    if kind == 8:
        return [value(random, depth - 1) for _ in range(size)]
    return {random.choice(TEXTS): value(random, depth - 1) for _ in range(size)}


def nested(random: Random) -> Any:
    """Returns a value that is as deep as nobody would write it."""
    found: Any = {"secure": PLANTED}
    for _ in range(random.choice((50, 150, 250, 900))):
        found = [found] if random.random() < 0.5 else {"a": found}
    return found


def places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Yields each map or list in data with each of its keys."""
    keys = (
        list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    )
    for key in keys:
        yield data, key
        yield from places(data[key])


def change(random: Random, data: Any) -> None:
    """Changes data in one place: a value, a key, or what is there and is not."""
    found = list(places(data))
    if not found:
        return
    holder, key = random.choice(found)
    kind = random.randrange(8)
    if kind < 4:
        holder[key] = value(random) if kind else nested(random) if random.random() < 0.1 else None
    elif kind == 4:
        other, there = random.choice(found)
        holder[key] = copy.deepcopy(other[there])
    elif kind == 5:
        del holder[key]
    elif kind == 6:
        holder[key] = [copy.deepcopy(holder[key])] * random.choice((1, 2, 5))
    elif isinstance(holder, dict):
        name = random.choice((*TEXTS, str(key)[:-1], f"{key}s", str(key).upper()))
        holder[name] = copy.deepcopy(holder[key])
    else:
        holder.append(value(random))
