"""Kubernetes' quantities of CPU and memory, read as Kubernetes reads them."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.quantities import PATTERN, amount, cpu_fault, mebibytes, memory_fault, millicores


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ("1", 1),
        ("0.5", Fraction(1, 2)),
        (".5", Fraction(1, 2)),
        ("250m", Fraction(1, 4)),
        ("1e3", 1000),
        ("12E-1", Fraction(6, 5)),
        ("2k", 2000),
        ("64Mi", 64 * 1024**2),
        ("1.5Gi", 3 * 512 * 1024**2),
        ("512M", 512_000_000),
        ("1Ti", 1024**4),
    ],
)
def test_a_quantity_is_so_many_cores_or_bytes(quantity: str, expected: Fraction) -> None:
    assert re.fullmatch(PATTERN, quantity)
    assert amount(quantity) == expected


@pytest.mark.parametrize("text", ["", "0", "0.0Mi", "-1", "1K", "1ki", "1 Gi", "1e", "1GB", "٢"])
def test_what_is_no_quantity_above_zero_does_not_match(text: str) -> None:
    assert not re.fullmatch(PATTERN, text, re.ASCII)


def test_memory_is_whole_bytes_that_a_container_runs_in() -> None:
    refused = ["64m", "64", "1048575", "1e6", "0.3"]

    assert all(map(memory_fault, refused))
    assert not any(map(memory_fault, ["1Mi", "1048576", "1048576000m", "1.5Gi", "512M"]))


def test_memory_counts_as_the_mebibytes_that_it_begins() -> None:
    assert [mebibytes(text) for text in ("64Mi", "1.5Gi", "512M", "1048577")] == [64, 1536, 489, 2]


@given(st.integers(1, 10**6))
def test_cpu_is_read_alike_in_cores_and_thousandths(thousandths: int) -> None:
    in_cores = f"{thousandths // 1000}.{thousandths % 1000:03d}"

    assert millicores(f"{thousandths}m") == millicores(in_cores) == thousandths
    assert cpu_fault(in_cores) is None
    assert cpu_fault(f"{in_cores}5")
