"""What a terminal is given of texts that somebody else has written."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from deployment.resource import Resource
from deployment.texts import json_text, printable, printable_lines
from report.console import PlainConsole

HOSTILE = {
    "\x1b[31mred": r"\x1b[31mred",
    "\x9b31m": r"\x9b31m",
    "a\u202eb": r"a\u202eb",
    "a\u2066b": r"a\u2066b",
    "a\u200bb": r"a\u200bb",
    "a\ufeffb": r"a\ufeffb",
    "bell\x07": r"bell\x07",
    "back\x08": r"back\x08",
    "a\rb": r"a\rb",
    "a\tb": r"a\tb",
    "a\x85b": r"a\x85b",
    "a\u2028b": r"a\u2028b",
    "\x7f": r"\x7f",
    "\U000e0041": r"\U000e0041",
    "\ud800": r"\ud800",
    "[/nope]app[red]": "[/nope]app[red]",
    "[link=file:///etc/passwd]x": "[link=file:///etc/passwd]x",
    ":smile: é 中 😀": ":smile: é 中 😀",
}


@pytest.mark.parametrize(("text", "shown"), HOSTILE.items())
def test_what_nobody_can_see_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert Resource(urn=f"urn:pulumi:dev::p::t::{text}", custom=True, type="t").name == shown


def test_a_name_is_one_line_and_a_message_may_have_more() -> None:
    assert printable("a\nb") == r"a\nb"
    assert printable_lines("a\x1b\nb") == "a\\x1b\nb"


@pytest.mark.parametrize("text", HOSTILE)
def test_the_console_shows_texts_wherever_they_stand(text: str) -> None:
    out = io.StringIO()
    console = PlainConsole(file=out, width=200)
    table = Table(box=None)
    table.add_column(text)
    table.add_row(text)
    tree = Tree(text)
    for renderable in (table, tree, text):
        console.print(renderable)
    assert {line.strip() for line in out.getvalue().splitlines()} == {printable(text)}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_styled_text_has_nothing_raw(text: str) -> None:
    out = io.StringIO()
    console = PlainConsole(file=out, width=200)
    table = Table(box=None)
    table.add_row(Text.assemble("styled ", (text, "bold")))
    for renderable in (table, Text(text)):
        console.print(renderable)
    assert out.getvalue().replace("\n", "").isprintable()


def test_a_style_stays_where_it_was() -> None:
    out = io.StringIO()
    console = PlainConsole(file=out, width=80, force_terminal=True, color_system="standard")
    console.print(Text.assemble(("\x1bx", "red"), "y", ("\u202ez", "bold")))
    assert out.getvalue() == "\x1b[31m\\x1bx\x1b[0my\x1b[1m\\u202ez\x1b[0m\n"


@given(st.recursive(st.text() | st.integers() | st.none(), st.lists))
def test_json_keeps_the_data_and_shows_nothing_raw(data: object) -> None:
    text = json_text(data, indent=2)
    assert json.loads(text) == data
    assert text.replace("\n", "").isprintable()
