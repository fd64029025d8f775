"""Writes rediscluster_c/_core.pyi, the types of the C core, from its own command table.

A command's parameters get their types from its row, or from the ops that its encoding was compiled
to; its replies from the reply and merge columns; its text is the method's. The members that are no
commands are in this file.
--check writes nothing, and fails where the file is not what would be written.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from inspect import signature
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple, Optional, Union

from rediscluster_c import _core
from rediscluster_c._commands import arguments, replies

STUB = Path(__file__).resolve().parent.parent / "rediscluster_c" / "_core.pyi"
WIDTH = 100

Row = dict[str, Any]

# The stub, but for the holes: a text of the core, or the commands.
TEMPLATE = '''\
"""Types of rediscluster_c._core: written by tools/make_stub.py (make stub), not by hand.

A client's command returns its reply; a pipeline's returns the pipeline, for chaining, or never
returns, where a pipeline refuses the command. So a pipeline is a client in its methods, not in what
they return: that is redis-py-cluster's design, and the one place where an override here is not
compatible. Take a client where replies are used, a pipeline where commands are queued.

Text is bytes, or str with decode_responses. A response or result callback, or an execute_command of
your own, can make a command return something else than is said here.
"""

# mypy: disable-error-code="override"
# pyright: reportIncompatibleMethodOverride=false

import builtins
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, NoReturn, TypeVar, final, overload

from _typeshed import SupportsItems
from typing_extensions import Self, TypeAlias

from rediscluster_c._commands.queued import PipelineCommand

_Text: TypeAlias = bytes | str
_Key: TypeAlias = bytes | str | int | float | memoryview
_Value: TypeAlias = bytes | str | int | float | memoryview
_Target: TypeAlias = Any  # what names a node: see target_nodes in the documentation
_Callback: TypeAlias = Callable[..., Any]
_Score = TypeVar("_Score")

def key_slot(key: bytes | bytearray | memoryview, /) -> int:
    {key_slot}

def is_host(text: str, /) -> bool:
    {is_host}

def commands(*, compiled: bool = False) -> list[dict[str, Any]]:
    {commands}

def options() -> dict[str, str]:
    {options}

def convert(
    name: str,
    data: bytes,
    decode: bool = False,
    options: int = 0,
    extra: Callable[[Any], Any] | None = None,
    /,
) -> Any:
    {convert}

class Cluster:
    {Cluster}

    def __init__(
        self,
        *,
        {cluster_option}
    ) -> None: ...
    @property
    def decode_responses(self) -> bool:
        {Cluster.decode_responses}

    def open(self) -> None:
        {Cluster.open}

    def refresh(self) -> None:
        {Cluster.refresh}

    def disconnect(self) -> None:
        {Cluster.disconnect}

    def owner(self, slot: int, timeout_ms: int = -1, /) -> tuple[str, int] | None:
        {Cluster.owner}

    def doubt(self, host: str, port: int, /) -> None:
        {Cluster.doubt}

    def ranges(self) -> list[tuple[int, int, list[tuple[str, int]]]]:
        {Cluster.ranges}

    def reports(self) -> dict[str, dict[str, Any]]:
        {Cluster.reports}

    def changes(self) -> tuple[int, int]:
        {Cluster.changes}

@final
class Session:
    {Session}

    def __new__(cls, cluster: Cluster, host: str, port: int, readonly: bool = False) -> Self: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *args: object) -> None: ...
    @property
    def closed(self) -> bool:
        {Session.closed}

    def call(self, *args: _Value, timeout: float | None = None) -> Any:
        {Session.call}

    def call_ok(self, *args: _Value, timeout: float | None = None) -> None:
        {Session.call_ok}

    def send(self, *args: _Value) -> None:
        {Session.send}

    def receive(self, timeout: float | None = None, default: Any = None) -> Any:
        {Session.receive}

    def close(self, clean: bool = False) -> None:
        {Session.close}

    @classmethod
    def wait(cls, sessions: Iterable[Self], timeout: float | None = None) -> bool:
        {Session.wait}

class Client:
    {Client}

    read_from_replicas: bool | str
    command_timeout: float | None
    bounds_waits: bool
    _node_flags: dict[str, str] | None
    def __init__(
        self,
        connection_pool: Cluster,
        result_callbacks: Mapping[str, _Callback] | None = None,
        response_callbacks: Mapping[str, _Callback] | None = None,
        read_from_replicas: bool | str = False,
    ) -> None: ...
    @property
    def connection_pool(self) -> Cluster:
        {Client.connection_pool}

    @property
    def _response_callbacks(self) -> dict[str, _Callback]:
        {Client._response_callbacks}

    @property
    def result_callbacks(self) -> dict[str, _Callback]:
        {Client.result_callbacks}

    def set_response_callback(self, command: str, callback: _Callback) -> None:
        {Client.set_response_callback}

    def set_result_callback(self, command: str, callback: _Callback) -> None:
        {Client.set_result_callback}

    def execute_command(self, *args: _Value, **options: Any) -> Any:
        {Client.execute_command}

    {client_method}

class Pipeline(Client):
    {Pipeline}

    def __bool__(self) -> Literal[True]: ...
    def __len__(self) -> int: ...
    cross_slot: bool
    atomic: bool
    immediate: bool
    @property
    def command_stack(self) -> tuple[PipelineCommand, ...]:
        {Pipeline.command_stack}

    @property
    def slots(self) -> builtins.set[int]:
        {Pipeline.slots}

    def annotate(self, index: int, error: Exception, /) -> Exception:
        {Pipeline.annotate}

    def run_on_session(
        self, session: Session, transaction: bool = False, timeout: float | None = None
    ) -> Any:
        {Pipeline.run_on_session}

    def execute(self, raise_on_error: bool = True, *, timeout: float | None = None) -> list[Any]:
        {Pipeline.execute}

    def reset(self) -> None:
        {Pipeline.reset}

    def execute_command(self, *args: _Value, **options: Any) -> Self: ...
    {pipeline_method}
'''
HOLE = re.compile(r"( *)\{([\w.]+)\}")

# ---- parameters ----

# What an op takes, where its row has no type beside the parameter's name.
KINDS = {
    "count": "int",
    "counted": "_Key | Iterable[_Key]",
    "extra": "Callable[[Any], Any]",
    "flag": "bool",
    "node": "_Target",
    "pairs": "SupportsItems[_Value, _Value]",
    "scores": "SupportsItems[_Value, float]",
    "slot": "int",
}
UNITS = {
    "s": "int | timedelta",
    "ms": "int | timedelta",
    "unix": "int | datetime",
    "unixms": "int | datetime",
}


class Param(NamedTuple):
    """A parameter: its name, with the stars before it, and its type, with the default behind it."""

    name: str
    type: str

    def __str__(self) -> str:
        return f"{self.name}: {self.type}" if self.type else self.name


def python_types(name: str) -> dict[str, str]:
    """A function of _commands.arguments says itself what it takes; "*": what it takes by *."""
    function = getattr(arguments, name)
    stars = {
        p.name: "*" for p in signature(function).parameters.values() if p.kind == p.VAR_POSITIONAL
    }
    return {
        stars.get(param, param): re.sub(r" \| None$", "", text)
        for param, text in function.__annotations__.items()
        if param != "return"
    }


def types_of_op(op: Row) -> dict[str, str]:
    """Parameters whose type the op tells; "*" stands for what a * takes."""
    plain = "_Key" if op["key"] else "_Value"
    if op["kind"] == "python":
        return python_types(op["word"])
    if op["kind"] in ("values", "counted_values"):
        return {"*": plain}
    if op["kind"] == "list":
        return {op["param"]: f"{plain} | Iterable[{plain}]", "*": plain}
    return {op["param"]: UNITS.get(op["unit"]) or KINDS.get(op["kind"], plain)}


def typed(param: Row, types: dict[str, str]) -> str:
    """The row's own type of a parameter, what the ops say, or what the default tells."""
    told = param["type"] or types.get("*" if param["kind"] == "args" else param["name"], "_Value")
    if "default" not in param:
        return told
    default = param["default"]
    if default is None:
        return "_Target = None" if told == "_Target" else f"{told} | None = None"
    if isinstance(default, bool) or (isinstance(default, (int, float)) and told == "_Value"):
        told = type(default).__name__
    return f"{told} = " + (f'"{default}"' if isinstance(default, str) else repr(default))


STARS = {"args": "*", "kwargs": "**"}


def params_of(row: Row) -> list[Param]:
    types = {name: type_ for op in row["ops"] for name, type_ in types_of_op(op).items()}
    params: list[Param] = []
    for param in row["params"]:
        if param["kind"] == "keyword" and not any(each.name[0] == "*" for each in params):
            params.append(Param("*", ""))
        params.append(Param(STARS.get(param["kind"], "") + param["name"], typed(param, types)))
    return params


# ---- replies ----

Given = dict[str, Optional[str]]


class Variant(NamedTuple):
    """One reply of those that depend on options; given says what these are, None: absent."""

    given: Given
    reply: str


Reply = Union[str, list[Variant]]


def overloads(types: str) -> Reply:
    """The types of a row in replies.def: one, or "(parameters) -> type; ..."."""
    if not types.startswith("("):
        return types
    return [variant_of(text.strip()) for text in types.split(";")]


def variant_of(text: str) -> Variant:
    parameters, _, reply = text.rpartition(" -> ")
    inner = parameters[1:-1]
    definition = ast.parse(f"def f({inner and '*, ' + inner}): pass").body[0]
    assert isinstance(definition, ast.FunctionDef)
    given: Given = {}
    for argument, default in zip(definition.args.kwonlyargs, definition.args.kw_defaults):
        assert argument.annotation is not None
        type_ = ast.unparse(argument.annotation)
        if default is not None:
            type_ += f" = {ast.unparse(default)}"
        given[argument.arg] = None if type_ == "Never" else type_
    return Variant(given, reply)


def by_node(reply: str) -> list[Variant]:
    """A command whose replies are merged unless aggregate says not to."""
    return [
        Variant({"aggregate": "Literal[True] = True"}, reply),
        Variant({"aggregate": "Literal[False]"}, f"dict[str, {reply}]"),
        Variant({"aggregate": "bool"}, "Any"),
    ]


SORTED = [
    Variant({"store": "None = None", "groups": "Literal[False] = False"}, "list[_Text | None]"),
    Variant({"store": "None = None", "groups": "Literal[True]"}, "list[tuple[_Text | None, ...]]"),
    Variant({"store": "_Key", "groups": "Literal[False] = False"}, "int"),
    Variant({}, "Any"),
]
COMMON = [
    Variant({"len": "Literal[False] = False", "idx": "Literal[False] = False"}, "_Text"),
    Variant({"len": "Literal[True]", "idx": "Literal[False] = False"}, "int"),
    Variant({"len": "Literal[False] = False", "idx": "Literal[True]"}, "dict[str, Any]"),
    Variant({}, "Any"),
]

# What functions of _commands return, where options decide.
PYTHON_REPLIES: dict[str, Reply] = {"sort": SORTED, "lcs": COMMON}
# By the merge column, where merging may make something else of the replies.
MERGES: dict[str, Reply] = {
    "pubsub_channels": by_node("list[_Text]"),
    "pubsub_numpat": by_node("int"),
    "pubsub_numsub": by_node("list[tuple[_Text, int]]"),
}


def takes_targets(row: Row) -> bool:
    return any(param["name"] == "target_nodes" for param in row["params"])


def node_param(row: Row) -> str | None:
    """The parameter that names the node to go to."""
    return next((op["param"] for op in row["ops"] if op["kind"] == "node"), None)


def targeted(reply: Reply) -> list[Variant]:
    """With target_nodes: the reply of one node, or {node name: reply}; types do not tell which."""
    variants = [Variant({}, reply)] if isinstance(reply, str) else reply
    untold = [
        Variant({**variant.given, "target_nodes": "None = None"}, variant.reply)
        for variant in variants
    ]
    return [*untold, Variant({"target_nodes": "_Target"}, "Any")]


def reply_by_name(row: Row) -> Reply | None:
    """The reply column's: of a conversion in C its row says it, of one in Python the function."""
    if row["reply_types"] is not None:
        return overloads(row["reply_types"])
    return PYTHON_REPLIES.get(row["reply"]) or python_reply(row["reply"])


def python_reply(name: str) -> str | None:
    """What a conversion in Python says that it returns: in words that the stub knows, too."""
    function = getattr(replies, name, None)
    return None if function is None else str(function.__annotations__["return"])


def of_one_node(row: Row, name: str, reply: str) -> Reply:
    """A parameter names the node; where it may be left out, all nodes answer."""
    if row["route"] == "blocked":
        return reply
    return [
        Variant({name: "None = None"}, f"dict[str, {reply}]"),
        Variant({name: "_Target"}, reply),
    ]


def reply_of(row: Row) -> Reply:
    reply = MERGES.get(row["merge"]) or reply_by_name(row)
    if reply is None:
        raise SystemExit(f"make_stub: nothing says what the reply '{row['reply']}' is")
    if row["merge"] == "dict":
        assert isinstance(reply, str)
        name = node_param(row)
        if name is not None:
            return of_one_node(row, name, reply)
        reply = f"dict[str, {reply}]"
    return targeted(reply) if takes_targets(row) and row["merge"] != "union" else reply


# ---- methods ----


def docstring(text: str | None, indent: str) -> Iterator[str]:
    """The lines of a docstring, filled anew: the table's are as wide as the table lets them."""
    assert text and '"""' not in text and "\\" not in text
    width = WIDTH - len(indent) - len('"""')
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
    paragraphs[0] = '"""' + paragraphs[0]
    lines: list[str] = []
    for paragraph in paragraphs:
        lines += ["", *textwrap.wrap(paragraph, width, break_on_hyphens=False)]
    if len(lines) == 2:
        lines[1] += '"""'
    else:
        lines.append('"""')
    yield from (indent + line if line else "" for line in lines[1:])


def method(
    name: str, params: Iterable[object], reply: str, doc: str | None = None
) -> Iterator[str]:
    words = ["self", *map(str, params)]
    end = f") -> {reply}:" + (" ..." if doc is None else "")
    line = f"    def {name}({', '.join(words)}{end}"
    if len(line) <= WIDTH:
        yield line
    else:
        yield f"    def {name}("
        yield from (f"        {word}," for word in words)
        yield f"    {end}"
    if doc is not None:
        yield from docstring(doc, " " * 8)


def overload_params(params: list[Param], given: Given) -> Iterator[str]:
    """An option that has no default here may stand behind some that have: by keyword only, then."""
    optional = starred = False
    for param in params:
        type_ = given.get(param.name, param.type)
        if type_ is None:
            continue
        starred = starred or param.name.startswith("*") and param.name != "*"
        has_default = " = " in type_
        if optional and not has_default and not starred:
            yield "*"
            starred = True
        if param.name == "*":
            if starred:
                continue
            starred = True
        optional = optional or has_default
        yield str(Param(param.name, type_))


def methods(row: Row, reply: Reply, doc: str | None = None) -> Iterator[str]:
    name, params = row["method"], params_of(row)
    if isinstance(reply, str):
        yield from method(name, params, reply, doc)
        return
    for variant in reply:
        yield "    @overload"
        yield from method(name, overload_params(params, variant.given), variant.reply, doc)
        doc = None


def client_method(row: Row) -> Iterator[str]:
    yield from methods(row, reply_of(row), getattr(_core.Client, row["method"]).__doc__)


def pipeline_method(row: Row) -> Iterator[str]:
    """What a pipeline refuses it takes all the same where the caller names the nodes."""
    if row["refused"] and takes_targets(row):
        nobody = Variant({"target_nodes": "None = None"}, "NoReturn")
        yield from methods(row, [nobody, Variant({"target_nodes": "_Target"}, "Self")])
    else:
        yield from methods(row, "NoReturn" if row["refused"] else "Self")


# ---- the file ----


def commands(make: Callable[[Row], Iterator[str]]) -> list[str]:
    lines: list[str] = []
    for row in _core.commands(compiled=True):
        if lines and lines[-1].endswith('"""'):
            lines.append("")
        lines += make(row)
    return lines


def fill(indent: str, hole: str) -> Iterable[str]:
    if hole == "client_method":
        return commands(client_method)
    if hole == "pipeline_method":
        return commands(pipeline_method)
    if hole == "cluster_option":
        return (f"{indent}{name}: {type_} = ...," for name, type_ in _core.options().items())
    return docstring(attrgetter(hole)(_core).__doc__, indent)


def make_stub() -> str:
    lines: list[str] = []
    for line in TEMPLATE.splitlines():
        hole = HOLE.fullmatch(line)
        lines += [line] if hole is None else fill(hole[1], hole[2])
    return "\n".join(lines) + "\n"


def check(wanted: str) -> int:
    found = STUB.read_text() if STUB.exists() else ""
    names = str(STUB), "what tools/make_stub.py writes (make stub)"
    lines = difflib.unified_diff(found.splitlines(True), wanted.splitlines(True), *names, n=0)
    sys.stdout.writelines(lines)
    return 0 if found == wanted else 1


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Writes rediscluster_c/_core.pyi.")
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if it is not new")
    wanted = make_stub()
    if parser.parse_args(argv).check:
        return check(wanted)
    STUB.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
