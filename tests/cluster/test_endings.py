"""Clients that are closed, and interpreters that end, while threads are inside calls."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest

from tests.cluster.modes import Factory
from tests.cluster.test_fork_anywhere import (
    blocked,
    call,
    pipeline,
    pubsub,
    refresh,
    transaction,
    under_load,
)
from tests.support.programs import output

BEGIN = """
import json, sys, threading, time
from rediscluster_c import RedisCluster

rc = RedisCluster(**json.loads(sys.argv[1]))

def forever(use):
    def work():
        while True:
            use()
    threading.Thread(target=work, daemon=True).start()

def subscribe():
    with rc.pubsub() as pubsub:
        pubsub.subscribe("a")
        for _ in range(3):
            pubsub.get_message(timeout=0.01)

def transact():
    with rc.pipeline(transaction=True) as pipe:
        pipe.watch("b")
        pipe.multi()
        pipe.get("b").execute()

for _ in range(2):
    forever(lambda: rc.set("a", 1))
    forever(lambda: rc.pipeline().get("a").get("b").get("c").execute())
    forever(lambda: rc.execute_command("BLPOP", "never", 10))
    forever(subscribe)
    forever(transact)
    forever(rc.connection_pool.refresh)
time.sleep(0.2)
"""

ENDINGS = {
    "falls off its end": "",
    "closes first": "rc.close()",
    "forgets it": "del rc, forever, subscribe, transact",
    "keeps it in a cycle": "rc.own = rc",
    "has open sessions": "pipe = rc.pipeline(transaction=True); pipe.watch('a'); p = rc.pubsub(); "
    "p.subscribe('a')",
    "raises": "sys.exit(0)",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_interpreter_ends_without_a_word(
    cluster: Any, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it hang, though daemon threads are inside calls."""
    monkeypatch.setenv("PYTHONDEVMODE", "1")
    options = {"startup_nodes": cluster.startup_nodes, **getattr(cluster, "options", {})}
    for _ in range(2):
        assert output(BEGIN + ENDINGS[ending], json.dumps(options)) == ""


def connections(rc: Any, name: str) -> int:
    """How many of this name the servers have."""
    lists = rc.client_list()
    return sum(entry["name"] == name for entries in lists.values() for entry in entries)


def test_close_while_threads_are_in_calls_of_all_kinds(rc: Any, make_client: Factory) -> None:
    """What is in a call stays until the call is over; then nothing is left open."""
    client: Any = make_client(client_name="closing")
    with under_load(client, call, pipeline, transaction, blocked, pubsub, refresh):
        for _ in range(100):
            client.close()
            time.sleep(0.005)
        call(client, "again")
        assert connections(rc, "closing") > 0
    client.close()
    deadline = time.monotonic() + 10
    while connections(rc, "closing") > 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert connections(rc, "closing") == 0


def test_close_does_not_wait_for_a_call(rc: Any, make_client: Factory) -> None:
    """The call that is under way has its reply, and its connection is closed after it."""
    client: Any = make_client(client_name="waiting")
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(client.blpop("list", 30)))
    thread.start()
    time.sleep(0.2)
    begun = time.monotonic()
    client.close()
    assert time.monotonic() - begun < 5
    assert found == []
    rc.rpush("list", "v")
    thread.join(20)
    assert found == [(b"list", b"v")]
