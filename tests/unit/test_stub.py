"""The stub of the C core: it is new, it says what the commands' own text says, it is installed."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

import rediscluster_c
from rediscluster_c import _core
from tools import make_stub

ROWS = {row["method"]: row for row in _core.commands()}


def returned(type_name: str) -> dict[str, str]:
    """What each method of the type returns by the stub; by all its overloads, if it has any."""
    tree = ast.parse(make_stub.STUB.read_text())
    (body,) = (
        node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == type_name
    )
    replies: dict[str, str] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.returns is not None:
            before = replies.get(node.name, "")
            replies[node.name] = f"{before} {ast.unparse(node.returns)}".strip()
    return replies


def test_the_stub_is_what_the_command_table_makes_of_it() -> None:
    assert make_stub.STUB.read_text() == make_stub.make_stub()


@pytest.mark.parametrize("method", sorted(ROWS))
def test_a_command_returns_what_its_text_says(method: str) -> None:
    text = getattr(_core.Client, method).__doc__
    reply = returned("Client")[method]
    for word in re.findall(r"\((bool|dict|float|int|list|set)\)", text):
        assert re.search(rf"\b{word}\b", reply), text
    if "or None" in text:
        assert "| None" in reply, text


@pytest.mark.parametrize("method", sorted(ROWS))
def test_a_pipeline_returns_itself_or_refuses(method: str) -> None:
    row = ROWS[method]
    refused = "NoReturn Self" if "target_nodes" in row["parameters"] else "NoReturn"
    assert returned("Pipeline")[method] == (refused if row["refused"] else "Self")


def test_a_stale_stub_is_found_and_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stale = tmp_path / "_core.pyi"
    stale.write_text(make_stub.make_stub().replace("def strlen(", "def length("))
    monkeypatch.setattr(make_stub, "STUB", stale)
    assert make_stub.main(["--check"]) == 1
    shown = capsys.readouterr().out
    assert "-    def length(self, name: _Key) -> int:" in shown
    assert "+    def strlen(self, name: _Key) -> int:" in shown
    assert "make stub" in shown
    assert make_stub.main([]) == 0
    assert make_stub.main(["--check"]) == 0
    assert capsys.readouterr().out == ""


def test_a_missing_stub_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_stub, "STUB", tmp_path / "_core.pyi")
    assert make_stub.main(["--check"]) == 1


@pytest.mark.parametrize(
    ("parameters", "encoding", "words"),
    [
        ("name, *values", "@name *values", "name: _Key, *values: _Value"),
        ("*names", "@*names", "*names: _Key"),
        ("keys, *args", "@keys+", "keys: _Key | Iterable[_Key], *args: _Key"),
        ("name, value, ex=None", "@name value EX=ex:s", "ex: int | timedelta | None = None"),
        ("name, at", "@name AT=at:unixms", "at: int | datetime"),
        ("name, nx=False", "@name NX!nx^2", "nx: bool = False"),
        ("name, count=None", "@name ?count", "count: int | None = None"),
        ("name, amount=1.5", "@name amount", "amount: float = 1.5"),
        ("name, where='end'", "@name where", 'where: str = "end"'),
        ("name, pairs", "@name %pairs", "pairs: SupportsItems[_Value, _Value]"),
        ("name, scores", "@name LEN ~scores", "scores: SupportsItems[_Value, float]"),
    ],
)
def test_an_encoding_tells_the_types_of_its_parameters(
    parameters: str, encoding: str, words: str
) -> None:
    row = {"parameters": parameters, "encoding": encoding}
    text = ", ".join(map(str, make_stub.params_of(row)))
    assert text.endswith(words)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"encoding": "@name <value>"}, "<value>"),
        ({"reply": "nosuch", "reply_types": None}, "nothing says what the reply 'nosuch' is"),
    ],
)
def test_a_row_that_cannot_be_typed_is_named(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(SystemExit) as caught:
        list(make_stub.client_method({**ROWS["strlen"], **changes}))
    assert complaint in str(caught.value)


def test_the_types_are_installed_with_the_package() -> None:
    assert rediscluster_c.__file__ is not None
    package = Path(rediscluster_c.__file__).parent
    assert (package / "py.typed").is_file()
    assert (package / "_core.pyi").read_text() == make_stub.STUB.read_text()
