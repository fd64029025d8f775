"""The exceptions' names and hierarchy, alone and beside redis-py of two generations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rediscluster_c import exceptions
from tests.support.programs import output

# Each class and its bases, as redis-py 3.5.3 has them ...
REDIS = {
    "RedisError": ["Exception"],
    "ConnectionError": ["RedisError"],
    "TimeoutError": ["RedisError"],
    "AuthenticationError": ["ConnectionError"],
    "BusyLoadingError": ["ConnectionError"],
    "InvalidResponse": ["RedisError"],
    "ResponseError": ["RedisError"],
    "DataError": ["RedisError"],
    "PubSubError": ["RedisError"],
    "WatchError": ["RedisError"],
    "NoScriptError": ["ResponseError"],
    "ExecAbortError": ["ResponseError"],
    "ReadOnlyError": ["ResponseError"],
    "NoPermissionError": ["ResponseError"],
    "LockError": ["RedisError", "ValueError"],
    "LockNotOwnedError": ["LockError"],
}
# ... redis-py-cluster 2.1.3, and later redis-py as well ...
BOTH = {
    "RedisClusterException": ["Exception"],
    "SlotNotCoveredError": ["RedisClusterException"],
    "ClusterError": ["RedisError"],
    "ClusterDownError": ["ClusterError", "ResponseError"],
    "MasterDownError": ["ClusterDownError"],
    "AskError": ["ResponseError"],
    "MovedError": ["AskError"],
    "TryAgainError": ["ResponseError"],
    "ClusterCrossSlotError": ["ResponseError"],
}
# ... and redis-py-cluster alone.
CLUSTER = {
    "RedisClusterConfigError": ["Exception"],
    "RedisClusterError": ["Exception"],
    "ClusterDownException": ["Exception"],
}
DOCUMENTED = {**REDIS, **BOTH, **CLUSTER}
GENERATIONS = {"3.5.3": REDIS, "newest": {**REDIS, **BOTH}}

# Prints {name: [qualified names of all bases]} of the module's classes, as a new process has them.
REPORT = """
import json, sys
if sys.argv[1] == "blocked":
    sys.modules["redis"] = None
from rediscluster_c import exceptions
classes = [c for c in vars(exceptions).values()
           if isinstance(c, type) and c.__module__ == exceptions.__name__]
mro = lambda c: [f"{b.__module__}.{b.__name__}" for b in c.__mro__]
print(json.dumps({c.__name__: mro(c) for c in classes}))
"""

Hierarchy = dict[str, list[str]]


def _hierarchy(mode: str, path: Path | None = None) -> Hierarchy:
    report: Hierarchy = json.loads(output(REPORT, mode, path=path))
    return report


def _write_redis(directory: Path, classes: dict[str, list[str]]) -> Path:
    """A package redis with these exceptions and nothing else."""
    (directory / "redis").mkdir()
    (directory / "redis" / "__init__.py").write_text("")
    lines = [f"class {name}({', '.join(bases)}): pass\n" for name, bases in classes.items()]
    (directory / "redis" / "exceptions.py").write_text("".join(lines))
    return directory


@pytest.fixture(scope="module")
def alone() -> Hierarchy:
    return _hierarchy("blocked")


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Hierarchy]:
    """By generation of redis-py."""
    return {
        version: _hierarchy("beside", _write_redis(tmp_path_factory.mktemp("redis"), classes))
        for version, classes in GENERATIONS.items()
    }


OURS = "rediscluster_c.exceptions."


def _full(name: str) -> str:
    return f"builtins.{name}" if name in ("Exception", "ValueError") else f"{OURS}{name}"


@pytest.mark.parametrize("name", DOCUMENTED)
def test_each_class_has_its_bases_without_redis(alone: Hierarchy, name: str) -> None:
    assert alone[name][0] == _full(name)
    assert {_full(base) for base in DOCUMENTED[name]} <= set(alone[name])
    assert not [base for base in alone[name] if base.startswith("redis.")]


@pytest.mark.parametrize("name", ["RedisClusterException", "RedisClusterConfigError"])
def test_the_exceptions_of_the_cluster_client_are_no_redis_errors(
    alone: Hierarchy, name: str
) -> None:
    assert alone[name] == [
        _full(name),
        "builtins.Exception",
        "builtins.BaseException",
        "builtins.object",
    ]


@pytest.mark.parametrize("version", GENERATIONS)
@pytest.mark.parametrize("name", DOCUMENTED)
def test_each_class_derives_from_its_namesake_in_redis(
    beside: dict[str, Hierarchy], version: str, name: str
) -> None:
    """And from the namesakes of its bases, so that every except clause goes on catching."""
    found = set(beside[version][name])
    assert {_full(base) for base in DOCUMENTED[name]} <= found
    namesakes = {name, *DOCUMENTED[name]} & set(GENERATIONS[version])
    assert {f"redis.exceptions.{other}" for other in namesakes} <= found


ORDERS = {
    "after": "import rediscluster_c.exceptions as ours; import redis",
    "before": "import redis; import rediscluster_c.exceptions as ours",
    "module after": "import rediscluster_c.exceptions as ours; import redis.exceptions",
    "name after": "import rediscluster_c as c; ours = c.exceptions; from redis import exceptions; "
    "import redis",
}
SAME = """
import importlib, sys
exec(sys.argv[1])
theirs = importlib.import_module("redis.exceptions")
assert theirs is redis.exceptions is sys.modules["redis.exceptions"]
assert redis.ConnectionError is theirs.ConnectionError
assert issubclass(ours.ConnectionError, redis.ConnectionError)
assert len(theirs.executed) == 1
assert not [finder for finder in sys.meta_path if "rediscluster_c" in type(finder).__module__]
importlib.reload(theirs)
print("same")
"""


def _write_later_redis(directory: Path) -> Path:
    """A package as redis-py is from 8 on: slow to import, with exceptions that hide their text."""
    path = _write_redis(directory, GENERATIONS["newest"])
    (path / "redis" / "__init__.py").write_text(
        "import sys\nsys.stdout.write('imported ')\nfrom redis.exceptions import ConnectionError\n"
    )
    exceptions_py = path / "redis" / "exceptions.py"
    text = exceptions_py.read_text().replace(
        "(Exception): pass", "(Exception):\n    def __repr__(self): return 'hidden'\n"
    )
    exceptions_py.write_text(f"executed = [1]\n{text}")
    return path


@pytest.mark.parametrize("order", ORDERS)
def test_the_classes_are_those_of_redis_whoever_imports_it_first(
    tmp_path: Path, order: str
) -> None:
    assert output(SAME, ORDERS[order], path=_write_later_redis(tmp_path)) == "imported same\n"


def test_redis_itself_is_not_imported(tmp_path: Path) -> None:
    code = "import rediscluster_c, sys; print('redis' in sys.modules)"
    assert output(code, path=_write_later_redis(tmp_path)) == "False\n"


def test_exceptions_that_import_their_package_are_taken_from_it(tmp_path: Path) -> None:
    path = _write_later_redis(tmp_path)
    with (path / "redis" / "exceptions.py").open("a") as file:
        file.write("import redis\n")
    orders = {name: code for name, code in ORDERS.items() if name != "before"}
    for code in orders.values():
        assert output(SAME, code, path=path) == "imported same\n"


def test_an_exception_shows_its_text_beside_any_redis(tmp_path: Path) -> None:
    code = """
from rediscluster_c import exceptions
for kind in vars(exceptions).values():
    if isinstance(kind, type) and issubclass(kind, Exception):
        assert repr(kind("a text")) == f"{kind.__name__}('a text')", kind
"""
    assert output(code, path=_write_later_redis(tmp_path)) == ""


@pytest.mark.parametrize("name", ["ConnectionError", "TimeoutError"])
def test_they_are_not_the_builtins_of_the_same_name(name: str) -> None:
    assert not issubclass(getattr(exceptions, name), OSError)


@pytest.mark.parametrize("kind", [exceptions.AskError, exceptions.MovedError])
def test_a_redirect_tells_slot_and_address(kind: type[exceptions.AskError]) -> None:
    error = kind("12 1.2.3.4:5")
    assert (error.slot_id, error.host, error.port) == (12, "1.2.3.4", 5)
    assert error.node_addr == ("1.2.3.4", 5)
    assert error.message == "12 1.2.3.4:5"
    assert error.args == ("12 1.2.3.4:5",)


def test_a_redirect_to_an_ipv6_address() -> None:
    error = exceptions.MovedError("12 2001:db8::1:7000")
    assert error.node_addr == ("2001:db8::1", 7000)


def test_cross_slot_errors_have_their_message_on_the_class() -> None:
    text = "Keys in request don't hash to the same slot"
    assert exceptions.ClusterCrossSlotError.message == text


@pytest.mark.parametrize(
    ("kind", "base"),
    [
        (exceptions.OutcomeUnknownConnectionError, exceptions.ConnectionError),
        (exceptions.OutcomeUnknownTimeoutError, exceptions.TimeoutError),
        (exceptions.OutcomeUnknownResponseError, exceptions.ResponseError),
    ],
)
def test_unknown_outcomes_are_caught_both_ways(
    kind: type[Exception], base: type[Exception]
) -> None:
    assert issubclass(kind, base)
    assert issubclass(kind, exceptions.UnknownOutcome)
    assert not issubclass(base, exceptions.UnknownOutcome)
