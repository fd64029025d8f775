"""Secrets and values: what goes out in messages, and what is left in memory."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from rediscluster_c import RedisCluster, RedisClusterException, ResponseError
from tests.support.clients import Connect
from tests.support.scripted import Error, Raw, Reply, ScriptedCluster, Simple

SECRET = "hunter2-secret"

# Counts places in its own memory where a password stands behind the length of a bulk string, as it
# does in AUTH: Python's own copies of it stand behind anything else.
CHILD = """
import gc, sys
from rediscluster_c import RedisCluster

def copies(secret):
    found = 0
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            addresses, access, _, _, inode = line.split()[:5]
            if not access.startswith("rw") or inode != "0":
                continue
            first, last = (int(number, 16) for number in addresses.split("-"))
            if last - first > 2**30:
                continue  # the shadow of a sanitizer
            memory.seek(first)
            try:
                content = memory.read(last - first)
            except OSError:
                continue
            place = content.find(secret)
            while place >= 0:
                found += content[:place].endswith(b"$%d\\r\\n" % len(secret))
                place = content.find(secret, place + 1)
            del content
    return found

secret = sys.stdin.buffer.readline().strip()
host, port = sys.argv[1:]
rc = RedisCluster(host, int(port), username=b"me", password=secret)
assert rc.incr("a") == 1
print(copies(secret))
del rc
gc.collect()
print(copies(secret))
"""


def test_no_request_with_the_password_stays_in_memory() -> None:
    secret = os.urandom(32).hex()
    with ScriptedCluster(3, username="me", password=secret) as cluster:
        node = cluster.startup_nodes[0]
        command = [sys.executable, "-c", CHILD, str(node["host"]), str(node["port"])]
        child = subprocess.run(
            command, input=f"{secret}\n", capture_output=True, text=True, timeout=50, check=True
        )
    assert child.stdout.split() == ["0", "0"]


def test_a_password_may_be_bytes() -> None:
    with ScriptedCluster(3, username="me", password=SECRET) as cluster:
        client = RedisCluster(
            startup_nodes=cluster.startup_nodes, username=b"me", password=SECRET.encode()
        )
        assert client.incr("a") == 1
        client.close()


def _refused(client: RedisCluster, cross_slot: bool = False) -> Any:
    pipe: Any = client.pipeline(cross_slot=cross_slot)
    with pytest.raises(ResponseError) as caught:
        pipe.set("k", SECRET).execute()
    return caught.value


def test_a_pipelines_message_shows_values_unless_it_is_told_not_to(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    cluster.on("SET", Error("WRONGTYPE it is a list"))
    before = "Command # 1 (SET k"
    after = ") of pipeline caused error: WRONGTYPE it is a list"
    error = _refused(connect(cluster))
    assert (str(error), error.command) == (f"{before} {SECRET}{after}", "SET k ...")
    for cross_slot in (False, True):
        error = _refused(connect(cluster, hide_values=True), cross_slot)
        assert (str(error), error.command) == (f"{before} ...{after}", "SET k ...")


def test_hidden_values_are_an_option_of_the_url_too(cluster: ScriptedCluster) -> None:
    cluster.on("SET", Error("WRONGTYPE it is a list"))
    node = cluster.startup_nodes[0]
    client = RedisCluster.from_url(f"valkey://{node['host']}:{node['port']}?hide_values=yes")
    assert SECRET not in str(_refused(client))
    client.close()


def test_a_reply_that_is_no_text_names_its_command(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    client = connect(cluster, decode_responses=True)
    cluster.on("GET", Raw(b"$1\r\n\xff\r\n"))
    where = "invalid start byte, in the reply to GET k: decode_responses=True takes"
    with pytest.raises(UnicodeDecodeError, match=where) as single:
        client.get("k")
    assert single.value.command == "GET k"  # type: ignore[attr-defined]
    with pytest.raises(UnicodeDecodeError, match=rf"{where}.*\(command # 2 of the pipeline\)"):
        client.pipeline().incr("n").get("k").execute()
    _, error = client.pipeline().incr("n").get("k").execute(raise_on_error=False)
    assert error.command == "GET k"
    assert error.object == b"\xff"


def test_a_refusal_of_the_slot_table_that_repeats_the_password_is_not_shown(
    cluster: ScriptedCluster,
) -> None:
    cluster.on("CLUSTER", Error(f"ERR last was AUTH {SECRET}"))
    cluster.on("AUTH", Reply(Simple("OK")))
    with pytest.raises(RedisClusterException) as caught:
        RedisCluster(startup_nodes=cluster.startup_nodes, password=SECRET)
    assert SECRET not in str(caught.value)
    assert "has the password in it" in str(caught.value)


@pytest.mark.parametrize("reply", [Simple("NO"), 1, None, []], ids=repr)
def test_mset_over_slots_is_true_only_if_each_part_is_ok(
    cluster: ScriptedCluster, client: RedisCluster, reply: Any
) -> None:
    keys = [cluster.key(node) for node in cluster.nodes]
    cluster.nodes[1].on("MSET", Reply(reply))
    assert client.mset(dict.fromkeys(keys, "v")) is not True


@pytest.mark.parametrize(
    "words",
    [
        ("MIGRATE", "h", 1, "k", 0, 10, "AUTH", SECRET),
        ("migrate", "h", 1, "k", 0, 10, "AUTH2", "me", SECRET),
    ],
)
def test_what_takes_a_password_is_not_shown_in_a_pipelines_message(
    cluster: ScriptedCluster, client: Any, words: tuple[Any, ...]
) -> None:
    cluster.on("MIGRATE", Error("IOERR error or timeout"))
    with pytest.raises(ResponseError) as caught:
        client.pipeline().execute_command(*words).execute()
    assert SECRET not in str(caught.value)
    assert "Command # 1" in str(caught.value)
