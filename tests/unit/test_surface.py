"""Everything that the old client offers is here: tests/surface.txt, line by line."""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import warnings
from collections.abc import Mapping
from typing import Any, Callable

import pytest

from rediscluster_c import (
    ClusterPipeline,
    DataError,
    RedisCluster,
    RedisClusterException,
    _core,
)
from rediscluster_c._commands import target_nodes
from tests.parity import cases, play
from tests.support import surface
from tests.support.surface import Command, Member

SECTIONS = surface.sections()
COMMANDS = [surface.command(line) for line in SECTIONS["commands"]]
DEVIATIONS = dict(surface.deviations())
ROWS: dict[str, dict[str, Any]] = {row["method"]: row for row in _core.commands()}

# The routes of the command table that do for what the old client's route did.
ROUTES = {
    "key": {"key", "split", "cross_slot"},
    "all-nodes": {"nodes"},
    "all-masters": {"primaries"},
    "random": {"any"},
    "slot-id": {"slot"},
    "blocked": {"blocked"},
}
BLOCKED = "ERROR: Calling pipelined function {} is blocked when running redis in cluster mode..."
ABSENT = {
    f"method {name}() is not implemented: pipeline(transaction=True) has it"
    for name in ("watch", "unwatch")
}

NODE = {"id": "0" * 40, "host": "127.0.0.1", "port": 1, "name": "127.0.0.1:1"}
ITEMS: dict[str, tuple[Any, ...]] = {
    "__contains__": ("k",),
    "__delitem__": ("k",),
    "__getitem__": ("k",),
    "__setitem__": ("k", "v"),
    "cluster_reset_all_nodes": (),
}


def make_client() -> RedisCluster:
    """Of a cluster that is not there; nothing is sent."""
    return RedisCluster("localhost", 1, init_slot_cache=False)


def make_pool(name: str) -> Any:
    kind = getattr(importlib.import_module("rediscluster_c.connection"), name)
    return kind(startup_nodes=[{"host": "localhost", "port": 1}], init_slot_cache=False)


OWNERS: dict[str, Callable[[Any], Any]] = {
    "RedisCluster": lambda client: client,
    "ClusterPipeline": lambda client: client.pipeline(),
    "NodeManager": lambda client: client.connection_pool.nodes,
    "ClusterConnectionPool": lambda client: client.connection_pool,
    "ClusterBlockingConnectionPool": lambda client: make_pool("ClusterBlockingConnectionPool"),
    "ClusterReadOnlyConnectionPool": lambda client: make_pool("ClusterReadOnlyConnectionPool"),
    "ClusterWithReadReplicasConnectionPool": lambda client: make_pool(
        "ClusterWithReadReplicasConnectionPool"
    ),
    "ClusterPubSub": lambda client: client.pubsub(),
    "Lock": lambda client: client.lock("name"),
    "Script": lambda client: client.register_script("return 1"),
    "BitFieldOperation": lambda client: client.bitfield("key"),
}
MEMBERS = [(owner, surface.member(line)) for owner in OWNERS for line in SECTIONS[owner]]
CALLBACKS = [
    (section, name)
    for section in ("RESPONSE_CALLBACKS", "RESULT_CALLBACKS")
    for name in SECTIONS[section]
]


def check(item: str, faults: list[str]) -> None:
    """There are no faults, or the item is one of the deviations."""
    if item in DEVIATIONS:
        assert faults, f"a deviation that is none any more: {item}: {DEVIATIONS[item]}"
    else:
        assert not faults, f"{item}: {'; '.join(faults)}"


def require(command: Command) -> None:
    """That a command is not there is no deviation."""
    for owner in (RedisCluster, ClusterPipeline):
        assert hasattr(owner, command.method), f"{owner.__name__}.{command.method} is not there"


def signature_faults(owner: Any, name: str, wanted: str) -> list[str]:
    method = getattr(owner, name, None)
    if not callable(method):
        return ["not there"]
    found = list(inspect.signature(method).parameters.values())
    return surface.binding_faults(surface.parameters(wanted), found)


def is_call(node: ast.AST, method: str) -> bool:
    """A call of the client's method that needs nothing of what its program did before."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    known = {"rc", "nodes", *play.NAMES, *dir(builtins)}
    return node.func.attr == method and ast.unparse(node.func.value) == "rc" and names <= known


def first_call(method: str) -> ast.expr:
    """The first such call in the method's cases."""
    programs = [ast.parse(case.program) for case in cases.read() if case.method == method]
    for node in (node for program in programs for node in ast.walk(program)):
        if isinstance(node, ast.expr) and is_call(node, method):
            return node
    raise AssertionError(f"no case of {method} calls it")


def good_call(target: Any, method: str) -> Any:
    if method in ITEMS:
        return getattr(target, method)(*ITEMS[method])
    call = compile(ast.Expression(first_call(method)), method, "eval")
    return eval(call, {**play.NAMES, "rc": target, "nodes": [NODE] * 6})


def outcome_in_pipeline(method: str) -> str:
    """The policy that a good call meets, by the words of tests/surface.txt."""
    pipe = make_client().pipeline()
    try:
        reply = good_call(pipe, method)
    except RedisClusterException as error:
        assert len(pipe) == 0
        text = str(error)
        if text.startswith(BLOCKED.format(method)):
            return "blocked"
        return "unimplemented" if text in ABSENT else text
    except DataError as error:
        return str(error)
    except NotImplementedError as error:
        return "unimplemented" if str(error) == "Method not yet implemented" else str(error)
    if len(pipe) > 0:
        assert reply is pipe or method.startswith("__")
        return "queued"
    return "nothing" if reply is None else "operation"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.method)
def test_a_command_binds_what_it_always_bound(command: Command) -> None:
    require(command)
    client = make_client()
    faults = signature_faults(client, command.method, command.parameters)
    faults += signature_faults(client.pipeline(), command.method, command.parameters)
    check(f"{command.method} signature", faults)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.method)
def test_a_command_is_sent_where_it_always_was(command: Command) -> None:
    """By its row; where there was no one route, the replies are looked at in tests/parity."""
    require(command)
    faults = []
    row = ROWS.get(command.method)
    if command.route in ROUTES and row is None:
        faults.append("it has no row in the command table")
    elif command.route in ROUTES and row is not None:
        if row["route"] not in ROUTES[command.route]:
            faults.append(f"route {row['route']}, not {command.route}")
        if row["wire"] != command.wire:
            faults.append(f"sends {row['wire']}, not {command.wire}")
    check(f"{command.method} route", faults)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.method)
def test_a_pipeline_takes_what_it_always_took(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    require(command)
    # The node of an id is asked for, when a command that names one is queued.
    monkeypatch.setattr(
        target_nodes, "_cluster_nodes", lambda client: {NODE["id"]: (NODE["host"], NODE["port"])}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = outcome_in_pipeline(command.method)
    good = command.pipeline in (found, "never")
    check(f"{command.method} pipeline", [] if good else [f"{found}, not {command.pipeline}"])


@pytest.mark.parametrize(
    ("owner", "member"), MEMBERS, ids=[f"{owner}.{member.name}" for owner, member in MEMBERS]
)
def test_an_object_has_what_it_always_had(owner: str, member: Member) -> None:
    faults = []
    try:
        found = OWNERS[owner](make_client())
    except AttributeError as error:
        faults.append(str(error))
    else:
        if member.parameters is not None:
            faults = signature_faults(found, member.name, member.parameters)
        elif not hasattr(found, member.name):
            faults.append("not there")
    check(f"{owner}.{member.name}", faults)


@pytest.mark.parametrize("name", SECTIONS["modules"])
def test_a_module_has_the_names_that_it_always_had(name: str) -> None:
    module, _, attribute = f"rediscluster_c{name}".rpartition(".")
    faults = []
    try:
        getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        faults.append(str(error))
    check(name, faults)


def mapping(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = getattr(RedisCluster, name, {})
    return found


@pytest.mark.parametrize("line", SECTIONS["NODES_FLAGS"])
def test_a_flag_says_where_a_command_goes(line: str) -> None:
    name, flag = line.split(" | ")
    found = mapping("NODES_FLAGS").get(name)
    check(f"NODES_FLAGS[{name}]", [] if found == flag else [f"{found}, not {flag}"])


@pytest.mark.parametrize(("section", "name"), CALLBACKS)
def test_a_callback_can_be_looked_up(section: str, name: str) -> None:
    found = mapping(section).get(name)
    check(f"{section}[{name}]", [] if callable(found) else [f"{found} is not callable"])


def test_every_deviation_is_of_something() -> None:
    """Items are named as the tests above name them."""
    aspects = ("signature", "route", "pipeline")
    known = {f"{command.method} {aspect}" for command in COMMANDS for aspect in aspects}
    known |= {f"{owner}.{member.name}" for owner, member in MEMBERS}
    known |= {f"{section}[{name}]" for section, name in CALLBACKS}
    known |= {f"NODES_FLAGS[{line.split(' | ')[0]}]" for line in SECTIONS["NODES_FLAGS"]}
    assert set(DEVIATIONS) <= known | set(SECTIONS["modules"])


@pytest.mark.parametrize(
    ("old", "new", "faults"),
    [
        ("a, b=1", "a, b=1", []),
        ("a, b=1", "a, b=1, c=None", []),
        ("a, b=1", "a, b=1, *, c=None", []),
        ("a, *more", "a, *more, c=None", []),
        ("a, b=1, *more, c=2", "*args, **kwargs", []),
        ("a", "a, b", ["b has to be given"]),
        ("a, b=1", "b, a=1", ["parameter 1 is not a", "parameter 2 is not b"]),
        ("a, b=1", "a, *, b=1", ["parameter 2 is not b"]),
        ("a=1", "a=True", ["a=True in place of a=1"]),
        (
            "a=1",
            "a",
            [
                "a in place of a=1",
            ],
        ),
        ("a, *more", "a", ["takes no *more"]),
        ("a, *more", "a, b=1, *more", ["b stands before *more"]),
        ("**options", "", ["takes no **options"]),
        ("score_cast_func=float", "score_cast_func=None", []),
        ("keys=[]", "keys=()", []),
        ("keys=[1]", "keys=()", ["keys=() in place of keys=[1]"]),
    ],
)
def test_which_signatures_are_compatible(old: str, new: str, faults: list[str]) -> None:
    assert surface.binding_faults(surface.parameters(old), surface.parameters(new)) == faults
