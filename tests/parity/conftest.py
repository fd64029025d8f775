"""Both clients on one cluster: the old one in a process of its own, this one here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

from bench.environments import python_of
from rediscluster_c import RedisCluster
from rediscluster_c.localcluster import LocalCluster, find_server
from tests.parity.cases import Case
from tests.parity.play import play

ROOT = Path(__file__).resolve().parents[2]
BUSY = re.compile(rb"(rdb_bgsave|aof_rewrite)_(in_progress|scheduled):1")

MASTERS = 3

Both = Callable[[Case, str], tuple[list[str], list[str]]]


def old_python() -> Path:
    try:
        return python_of("redis-py-cluster")
    except subprocess.CalledProcessError as error:
        raise RuntimeError(
            "redis-py-cluster, the client to compare with, cannot be installed without a package "
            "index that has it; what pip says of that is in its output"
        ) from error


class OldClient:
    def __init__(self, python: Path, startup_nodes: list[dict[str, Any]]) -> None:
        # What is set for an extension built with sanitizers is not for a Python without one.
        ours = ("LD_PRELOAD", "PYTHONPATH", "PYTHONMALLOC")
        self._process = subprocess.Popen(
            [python, "-m", "tests.parity.worker", json.dumps(startup_nodes)],
            cwd=ROOT,
            env={name: text for name, text in os.environ.items() if name not in ours},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def play(self, **request: Any) -> list[str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(request), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the old client's process has ended: {self._process.wait()}")
        answer: list[str] = json.loads(line)
        return answer

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def config() -> dict[str, str]:
    """DEBUG OBJECT is played, too: since version 7 it has to be allowed, in words that 6 lacks."""
    shown = subprocess.run([find_server(), "--version"], capture_output=True, check=True).stdout
    version = re.search(rb" v=(\d+)", shown)
    assert version is not None
    return {"enable-debug-command": "local"} if int(version[1]) >= 7 else {}


def settle(cluster: LocalCluster) -> None:
    """Empties the cluster, and waits for its replicas, and until no node writes a file."""
    for master in cluster.nodes[:MASTERS]:
        _, followers = master.pipeline([("FLUSHALL",), ("WAIT", 1, 5000)])
        assert followers == 1
    deadline = time.monotonic() + 30
    while any(BUSY.search(node.command("INFO", "persistence")) for node in cluster.nodes):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def describe(cluster: LocalCluster) -> list[dict[str, Any]]:
    """What the cases may know of the nodes."""
    return [
        {
            "id": node.command("CLUSTER", "MYID").decode(),
            "host": node.host,
            "port": node.port,
            "name": f"{node.host}:{node.port}",
        }
        for node in cluster.nodes
    ]


@pytest.fixture(scope="session")
def both() -> Iterator[Both]:
    """Plays a case in a mode on the old client, then on this one."""
    python = old_python()
    with LocalCluster(MASTERS, replicas=1, node_timeout=15_000, config=config()) as cluster:
        names = {"nodes": describe(cluster)}
        new = {
            decode: RedisCluster(startup_nodes=cluster.startup_nodes, decode_responses=decode)
            for decode in (False, True)
        }
        old = OldClient(python, cluster.startup_nodes)

        def play_both(case: Case, mode: str) -> tuple[list[str], list[str]]:
            request: dict[str, Any] = {
                "program": case.program,
                "flags": sorted(case.flags),
                "pipelined": "pipeline" in mode,
                "names": names,
            }
            decode = "decoding" in mode
            if "settled" in case.flags:
                settle(cluster)
            before = old.play(decode=decode, **request)
            if "settled" in case.flags:
                settle(cluster)
            return before, play(new[decode], **request)

        yield play_both
        old.close()
        for client in new.values():
            client.close()
