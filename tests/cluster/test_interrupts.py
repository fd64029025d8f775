"""Ctrl-C while a call waits: KeyboardInterrupt at once, and the client can be used again."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from typing import IO, Any

import pytest

from tests.support.programs import start

PROGRAM = """
import json, signal, sys
from rediscluster_c import RedisCluster

# A shell that runs the tests in the background lets them ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
rc = RedisCluster(**json.loads(sys.argv[1]))
pipe = rc.pipeline()
calls = {
    "command": lambda: rc.execute_command("BLPOP", "{a}never", 0),
    "pipeline": lambda: pipe.set("a", 1).execute_command("BLPOP", "{a}never", 0).get("a").execute(),
}
rc.get("a")
print("ready", flush=True)
try:
    calls[sys.argv[2]]()
except KeyboardInterrupt:
    print("interrupted", flush=True)
if sys.argv[3] == "again":
    assert rc.set("a", 2) is True
    assert pipe.get("a").execute() == [b"2"]
    assert all(rc.ping().values())
    print("usable", flush=True)
else:
    calls[sys.argv[2]]()
"""


def begin(cluster: Any, call: str, then: str) -> subprocess.Popen[str]:
    nodes = {"startup_nodes": cluster.startup_nodes, **getattr(cluster, "options", {})}
    return start(PROGRAM, json.dumps(nodes), call, then)


def read_line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline().strip()


def interrupt(process: subprocess.Popen[str]) -> float:
    """Send Ctrl-C when the call waits; how long it took until the program had it."""
    time.sleep(0.2)
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert read_line(process.stdout) == "interrupted"
    return time.monotonic() - sent


@pytest.mark.parametrize("call", ["command", "pipeline"])
def test_it_ends_a_call_at_once_and_the_client_goes_on(cluster: Any, call: str) -> None:
    times = []
    for _ in range(3):  # a busy machine may be late once
        with begin(cluster, call, "again") as process:
            assert read_line(process.stdout) == "ready"
            times.append(interrupt(process))
            assert read_line(process.stdout) == "usable"
            assert process.wait(20) == 0
        if times[-1] < 0.1:
            break
    assert min(times) < 0.1


def test_a_program_that_does_not_expect_it_ends_by_it(cluster: Any) -> None:
    with begin(cluster, "command", "wait") as process:
        assert read_line(process.stdout) == "ready"
        interrupt(process)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT
    assert errors.rstrip().endswith("KeyboardInterrupt")
