"""The stub of the C core: it is new, it says what the commands' own text says, it is installed."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import rediscluster_c
from rediscluster_c import _core
from tools import make_stub

ROWS = {row["method"]: row for row in _core.commands(compiled=True)}


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
    refused = "NoReturn Self" if make_stub.takes_targets(row) else "NoReturn"
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
    ("method", "words"),
    [
        ("sadd", "name: _Key, *values: _Value"),
        ("delete", "*names: _Key"),
        ("blpop", "keys: _Key | Iterable[_Key], timeout: float = 0"),
        ("getex", "name: _Key, ex: int | timedelta | None = None"),
        ("expireat", "name: _Key, when: int | datetime"),
        ("setrange", "name: _Key, offset: int, value: _Value"),
        ("lpop", "name: _Key, count: int | None = None"),
        ("incrbyfloat", "name: _Key, amount: float = 1.0"),
        ("linsert", "where: str"),
        ("lmpop", "*args: _Key, direction: str, count: int = 1"),
        ("zadd", "mapping: SupportsItems[_Value, float], nx: bool = False"),
        ("xadd", "fields: SupportsItems[_Value, _Value]"),
        ("zdiff", "score_cast_func: Callable[[Any], Any] | None = None"),
        ("sort", "groups: bool = False"),
        ("ping", "*, target_nodes: _Target = None"),
        ("lolwut", "*version_numbers: _Value, target_nodes: _Target = None"),
    ],
)
def test_types_of_parameters_come_from_the_row(method: str, words: str) -> None:
    assert words in ", ".join(map(str, make_stub.params_of(ROWS[method])))


def test_a_reply_that_cannot_be_typed_is_named() -> None:
    row = {**ROWS["strlen"], "reply": "nosuch", "reply_types": None}
    with pytest.raises(SystemExit, match="nothing says what the reply 'nosuch' is"):
        list(make_stub.client_method(row))


def test_the_types_are_installed_with_the_package() -> None:
    assert rediscluster_c.__file__ is not None
    package = Path(rediscluster_c.__file__).parent
    assert (package / "py.typed").is_file()
    assert (package / "_core.pyi").read_text() == make_stub.STUB.read_text()
