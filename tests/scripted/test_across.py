"""What commands over several slots send, step by step, and what they leave when a step fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import RedisError, ResponseError, UnknownOutcome
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.scripted import Drop, Error, Reply, Run, ScriptedCluster, ScriptedNode, Simple

Names = tuple[ScriptedNode, ScriptedNode, str, str]


@pytest.fixture
def names(cluster: ScriptedCluster) -> Names:
    """Two nodes, and a key of each."""
    one, other, _ = cluster.nodes
    return one, other, cluster.key(one, "src"), cluster.key(other, "dst")


def elements(cluster: ScriptedCluster, key: str) -> Any:
    return cluster.store.data.get(key.encode(), [])


# ---- lists ----


def test_the_steps_of_a_move(cluster: ScriptedCluster, client: RedisCluster, names: Names) -> None:
    one, other, src, dst = names
    client.rpush(src, "a", "b")
    cluster.forget_log()
    assert client.rpoplpush(src, dst) == b"b"
    assert one.sequence() == [f"LLEN {src}", f"RPOP {src}"]
    assert other.sequence() == [f"LLEN {dst}", f"LPUSH {dst} b"]


def test_nothing_is_taken_for_a_list_that_is_none(
    cluster: ScriptedCluster, client: RedisCluster, names: Names
) -> None:
    one, _, src, dst = names
    client.rpush(src, "a")
    client.set(dst, "v")
    with pytest.raises(ResponseError, match="^WRONGTYPE"):
        client.rpoplpush(src, dst)
    assert one.commands("RPOP") == []
    assert elements(cluster, src) == [b"a"]


@pytest.mark.parametrize(
    ("move", "pop", "push"),
    [
        (lambda rc, src, dst: rc.rpoplpush(src, dst), "RPOP", "LPUSH"),
        (lambda rc, src, dst: rc.lmove(src, dst, "LEFT", "RIGHT"), "LPOP", "RPUSH"),
    ],
)
def test_what_cannot_be_put_goes_back_to_its_end(
    cluster: ScriptedCluster,
    client: RedisCluster,
    names: Names,
    move: Callable[..., Any],
    pop: str,
    push: str,
) -> None:
    one, other, src, dst = names
    client.rpush(src, "a", "", "b")
    other.on(push, Error("OOM command not allowed"))
    with pytest.raises(ResponseError, match="^OOM") as caught:
        move(client, src, dst)
    assert caught.value.element is None
    assert elements(cluster, src) == [b"a", b"", b"b"]
    assert (len(one.commands(pop)), len(other.commands(push))) == (1, 1)


def test_an_element_of_unknown_whereabouts_is_in_the_exception(
    cluster: ScriptedCluster, client: RedisCluster, names: Names
) -> None:
    one, other, src, dst = names
    client.rpush(src, "a", "b")
    cluster.forget_log()
    other.on("LPUSH", Run(), Drop())
    with within(5), pytest.raises(UnknownOutcome, match="whether it is in") as caught:
        client.rpoplpush(src, dst)
    assert getattr(caught.value, "element") == b"b"  # noqa: B009
    assert "b'b'" in str(caught.value)
    assert one.sequence() == [f"LLEN {src}", f"RPOP {src}"]
    assert other.sequence() == [f"LLEN {dst}", f"LPUSH {dst} b"]
    assert elements(cluster, dst) == [b"b"]


def test_an_element_that_can_be_put_nowhere_is_in_the_exception(
    client: RedisCluster, names: Names
) -> None:
    one, other, src, dst = names
    client.rpush(src, "a")
    other.on("LPUSH", Error("OOM no"))
    one.on("RPUSH", Error("OOM neither"))
    with pytest.raises(ResponseError, match="OOM neither.*could not be put anywhere") as caught:
        client.rpoplpush(src, dst)
    assert caught.value.element == b"a"
    assert "OOM no" in str(caught.value.__cause__)


def test_a_taking_without_a_reply_puts_nothing(
    cluster: ScriptedCluster, client: RedisCluster, names: Names
) -> None:
    one, _, src, dst = names
    client.rpush(src, "a")
    one.on("RPOP", Run(), Drop())
    with within(5), pytest.raises(UnknownOutcome):
        client.rpoplpush(src, dst)
    assert len(one.commands("RPOP")) == 1
    assert cluster.count("LPUSH") == 0


# ---- values of any type ----


def test_the_steps_of_renaming(
    cluster: ScriptedCluster, client: RedisCluster, names: Names
) -> None:
    one, other, src, dst = names
    one.on("DUMP", Reply(b"\xffpayload"))
    one.on("PTTL", Reply(1234))
    one.on("DEL", Reply(1))
    other.on("RESTORE", Reply(b"OK"))
    assert client.rename(src, dst) is True
    assert one.sequence() == [f"DUMP {src}", f"PTTL {src}", f"DEL {src}"]
    assert other.commands("RESTORE") == [
        [b"RESTORE", dst.encode(), b"1234", b"\xffpayload", b"REPLACE"]
    ]


@pytest.mark.parametrize(("ttl", "left"), [(-1, b"0"), (0, b"1"), (1, b"1")])
def test_an_expiry_is_neither_lost_nor_made(
    client: RedisCluster, names: Names, ttl: int, left: bytes
) -> None:
    one, other, src, dst = names
    one.on("DUMP", Reply(b"payload"))
    one.on("PTTL", Reply(ttl))
    other.on("RESTORE", Reply(b"OK"))
    assert client.copy(src, dst) is True
    assert other.commands("RESTORE") == [[b"RESTORE", dst.encode(), left, b"payload"]]


def test_a_key_that_expires_in_between_is_none(
    cluster: ScriptedCluster, client: RedisCluster, names: Names
) -> None:
    one, _, src, dst = names
    one.on("DUMP", Reply(b"payload"))
    one.on("PTTL", Reply(-2))
    assert client.copy(src, dst) is False
    with pytest.raises(ResponseError, match="^no such key$"):
        client.rename(src, dst)
    assert cluster.count("RESTORE", "DEL") == 0


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        ((Error("ERR Bad data format"),), ResponseError),
        ((Drop(),), UnknownOutcome),
        ((Run(), Drop()), UnknownOutcome),
    ],
)
def test_the_source_stays_when_the_copy_is_not_sure(
    cluster: ScriptedCluster, client: RedisCluster, names: Names, steps: Any, error: Any
) -> None:
    one, other, src, dst = names
    one.on("DUMP", Reply(b"payload"))
    one.on("PTTL", Reply(-1))
    other.on("RESTORE", *steps)
    for rename in (client.rename, client.renamenx):
        with within(5), pytest.raises(error):
            rename(src, dst)
    assert other.sequence() == [f"RESTORE {dst} 0 payload REPLACE", f"RESTORE {dst} 0 payload"]
    assert cluster.count("DEL") == 0


def test_a_name_that_is_taken_stays(
    cluster: ScriptedCluster, client: RedisCluster, names: Names
) -> None:
    one, other, src, dst = names
    one.on("DUMP", Reply(b"payload"))
    one.on("PTTL", Reply(-1))
    other.on("RESTORE", Error("BUSYKEY Target key name already exists."))
    assert client.renamenx(src, dst) is False
    assert client.copy(src, dst) is False
    assert cluster.count("DEL") == 0


def test_a_deletion_without_a_reply_is_told(client: RedisCluster, names: Names) -> None:
    one, other, src, dst = names
    one.on("DUMP", Reply(b"payload"))
    one.on("PTTL", Reply(-1))
    one.on("DEL", Run(), Drop())
    other.on("RESTORE", Reply(b"OK"))
    with within(5), pytest.raises(UnknownOutcome):
        client.rename(src, dst)
    assert len(one.commands("DEL")) == len(other.commands("RESTORE")) == 1


# ---- msetnx ----


def eval_keys(cluster: ScriptedCluster) -> list[bytes]:
    return [args[3] for node in cluster.nodes for args in node.commands("EVAL")]


@pytest.fixture
def scripts(cluster: ScriptedCluster) -> None:
    """Nodes that have run every script, wherever it came."""
    cluster.on("EVAL", Reply(1))
    cluster.on("COMMAND", Error("ERR unknown command"))


@pytest.mark.usefixtures("scripts")
def test_what_was_set_is_taken_back_when_not_all_was(
    cluster: ScriptedCluster, client: RedisCluster, names: Names
) -> None:
    one, other, src, dst = names
    one.on("MSETNX", Reply(1))
    other.on("MSETNX", Reply(0))
    assert client.msetnx({src: 1, dst: 2}) is False
    assert one.sequence()[:2] == [f"EXISTS {src}", f"MSETNX {src} 1"]
    assert other.sequence()[:2] == [f"EXISTS {dst}", f"MSETNX {dst} 2"]
    assert eval_keys(cluster) == [src.encode()]


@pytest.mark.usefixtures("scripts")
@pytest.mark.parametrize(
    ("steps", "error"), [((Drop(),), UnknownOutcome), ((Error("OOM no"),), ResponseError)]
)
def test_an_error_takes_back_what_is_known_to_be_set(
    cluster: ScriptedCluster, client: RedisCluster, names: Names, steps: Any, error: Any
) -> None:
    one, other, src, dst = names
    one.on("MSETNX", Reply(1))
    other.on("MSETNX", *steps)
    with within(5), pytest.raises(error):
        client.msetnx({src: 1, dst: 2})
    assert len(other.commands("MSETNX")) == 1
    assert eval_keys(cluster) == [src.encode()]


def test_nothing_is_set_when_a_key_exists(
    cluster: ScriptedCluster, client: RedisCluster, names: Names
) -> None:
    _, _, src, dst = names
    client.set(dst, "")
    assert client.msetnx({src: 1, dst: 2}) is False
    assert cluster.count("MSETNX", "EVAL") == 0


# ---- sets ----


def test_a_member_is_added_before_it_is_removed(
    cluster: ScriptedCluster, client: RedisCluster, names: Names
) -> None:
    one, other, src, dst = names
    one.on("SISMEMBER", Reply(1))
    other.on("SADD", Run(), Drop())
    with within(5), pytest.raises(UnknownOutcome):
        client.smove(src, dst, "m")
    assert len(other.commands("SADD")) == 1
    assert cluster.count("SREM") == 0


@pytest.mark.parametrize(("added", "undone"), [(1, 1), (0, 0)])
def test_a_member_that_somebody_else_has_taken(
    client: RedisCluster, names: Names, added: int, undone: int
) -> None:
    one, other, src, dst = names
    one.on("SISMEMBER", Reply(1))
    one.on("SREM", Reply(0))
    other.on("SADD", Reply(added))
    other.on("SREM", Reply(1))
    assert client.smove(src, dst, "m") == 0
    assert other.sequence() == [f"SADD {dst} m"] + [f"SREM {dst} m"] * undone


def test_a_source_that_cannot_be_read_leaves_the_destination(
    client: RedisCluster, names: Names
) -> None:
    one, other, src, dst = names
    one.on("SMEMBERS", Error("WRONGTYPE no set"))
    with pytest.raises(ResponseError, match="^WRONGTYPE no set$"):
        client.sunionstore(dst, src)
    assert other.sequence() == []


def test_a_result_replaces_the_destination_in_a_transaction(
    client: RedisCluster, names: Names
) -> None:
    one, other, src, dst = names
    one.on("SMEMBERS", Reply([b"m"]))
    for command in ("MULTI", "DISCARD"):
        other.on(command, Reply(Simple("OK")))
    for command in ("DEL", "SADD"):
        other.on(command, Reply(Simple("QUEUED")))
    other.on("EXEC", Reply([1, 1]))
    assert client.sunionstore(dst, src) == 1
    sent = [line.split()[0] for line in other.sequence()]
    assert sent[-4:] == ["MULTI", "DEL", "SADD", "EXEC"]


# ---- HyperLogLogs ----


@pytest.mark.usefixtures("scripts")
def test_a_source_that_cannot_be_read_is_not_merged(
    cluster: ScriptedCluster, client: RedisCluster, names: Names
) -> None:
    _, other, src, dst = names
    cluster.on("GET", Error("WRONGTYPE no string"))
    with pytest.raises(ResponseError, match="^WRONGTYPE no string$"):
        client.pfmerge(dst, src)
    assert other.sequence() == []


@pytest.mark.usefixtures("scripts")
def test_a_merge_is_one_script(
    cluster: ScriptedCluster, client: RedisCluster, names: Names
) -> None:
    one, _, src, dst = names
    one.on("GET", Reply(b"\xff"))
    assert client.pfmerge(dst, src) is True
    (sent,) = [args for node in cluster.nodes for args in node.commands("EVAL")]
    assert sent[2:4] == [b"2", dst.encode()]
    assert cluster.owner(sent[4]) is cluster.owner(dst)
    assert sent[5:] == [b"\xff"]


# ---- replicas ----


@pytest.fixture
def pairs() -> Iterator[ScriptedCluster]:
    with ScriptedCluster(2, replicas=1) as cluster:
        yield cluster


@pytest.fixture(params=["plain", "overridden"])
def reader(
    request: pytest.FixtureRequest, pairs: ScriptedCluster, connect: Connect
) -> RedisCluster:
    """A client that reads from replicas; its commands may have been overridden."""
    client: Any = connect(pairs, read_from_replicas=True)
    if request.param == "overridden":
        client.execute_command = lambda *args, **options: RedisCluster.execute_command(
            client, *args, **options
        )
    return client  # type: ignore[no-any-return]


def test_reads_that_a_write_depends_on_are_the_primaries(
    pairs: ScriptedCluster, reader: RedisCluster
) -> None:
    one, other, *replicas = pairs.nodes
    src, dst = pairs.key(one, "src"), pairs.key(other, "dst")
    pairs.on("DUMP", Reply(b"payload"))
    pairs.on("PTTL", Reply(-1))
    pairs.on("RESTORE", Reply(b"OK"))
    for _ in range(20):
        assert reader.copy(src, dst) is True
    assert pairs.count("DUMP") == 20
    assert not any(replica.commands("DUMP", "PTTL") for replica in replicas)


def test_reads_alone_may_go_to_replicas(pairs: ScriptedCluster, reader: RedisCluster) -> None:
    one, other, *replicas = pairs.nodes
    pairs.on("SMEMBERS", Reply([b"m"]))
    for _ in range(20):
        assert reader.sunion(pairs.key(one), pairs.key(other)) == {b"m"}
    assert all(node.commands("SMEMBERS") for node in pairs.nodes)


# ---- execute_command's options, which the steps are made with ----


def test_bytes_are_asked_for_whatever_the_client_decodes(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    client = connect(cluster, decode_responses=True)
    client.set_response_callback("GET", lambda reply: 1 / 0)
    cluster.on("GET", Reply(b"\xff"))
    cluster.on("MGET", Reply([b"\xff"]))
    assert client.execute_command("GET", "k", NEVER_DECODE=[]) == b"\xff"
    assert client.execute_command("MGET", "k", NEVER_DECODE=True) == [b"\xff"]
    pipe = client.pipeline()
    pipe.execute_command("GET", "k", NEVER_DECODE=True)
    assert pipe.execute() == [b"\xff"]
    with pytest.raises(UnicodeDecodeError):
        client.mget("k")


def test_the_error_of_a_step_is_the_servers_own(client: RedisCluster, names: Names) -> None:
    one, _, src, dst = names
    one.on("SMEMBERS", Error("NOPERM this user has no permissions"))
    with pytest.raises(RedisError) as caught:
        client.sdiff(src, dst)
    assert str(caught.value) == "this user has no permissions"
