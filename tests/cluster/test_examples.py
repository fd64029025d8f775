"""Each program in examples/ runs as a user would run it, and prints what is expected of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

EXPECTED = {
    "context_manager.py": """\
[True, True, 'value1', 1]
[b'value1', b'1']
""",
    "manual_cleanup.py": """\
Set results: [True, True, 2]
Name: Alice
Profile: {'age': '30', 'city': 'New York'}
""",
    "error_handling.py": """\
Command 0 result: True
Command 1 result: value
Command 2 failed: value is not an integer or out of range
Raised: Command # 1 (INCRBY non_numeric_key 1) of pipeline caused error: \
value is not an integer or out of range
Cluster constraint violation: ERROR: Calling pipelined function mget is blocked when running redis \
in cluster mode... pipeline(cross_slot=True) takes it
""",
    "slot_constraints.py": """\
user:123:profile is in slot 8490, user:123:settings in slot 9984
Keys in different slots - use separate commands
{user:123}:profile is in slot 12893, {user:123}:settings in slot 12893
Keys are in same slot - can pipeline together
[1, 1, 'John', 'dark']
""",
    "batching.py": """\
Set 50 keys in chunk 1
Set 50 keys in chunk 2
""",
    "read_from_replicas.py": """\
Read results: ['value1', 'value2', {'field': 'value'}]
""",
    "single_key_operations.py": """\
Set: [True, True, True, True, True]
Expire: [True, True, True, True, True]
""",
    "safe_multi_key.py": """\
[True, 1, 'Alice', True, 10, 'Bob']
['Alice', 'Bob']
""",
}


def run(name: str, *arguments: str, url: str | None = None) -> str:
    environment = {key: text for key, text in os.environ.items() if key != "REDISCLUSTER_URL"}
    if url is not None:
        environment["REDISCLUSTER_URL"] = url
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_every_example_is_expected_here() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == {*EXPECTED, "nodes.py"}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_it_prints(name: str, cluster: Any) -> None:
    assert run(name, url=cluster.url) == EXPECTED[name]


def test_a_second_run_prints_the_same(cluster: Any) -> None:
    for _ in range(2):
        output = run("manual_cleanup.py", url=cluster.url)
        assert output == EXPECTED["manual_cleanup.py"]


def test_the_nodes_may_be_arguments(cluster: Any) -> None:
    addresses = [f"{node['host']}:{node['port']}" for node in cluster.startup_nodes]
    assert run("batching.py", *addresses) == EXPECTED["batching.py"]
