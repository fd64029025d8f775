"""Users and passwords on real servers: who is let in, who may do what, and what is told of it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from rediscluster_c import RedisCluster, RedisClusterException
from rediscluster_c.exceptions import (
    AuthenticationError,
    ConnectionError,
    NoPermissionError,
    ResponseError,
)
from rediscluster_c.localcluster import LocalCluster
from tests.support.clock import within

PASSWORD = "s3cr@t/ :%é#?"
USERS = {
    "full": "on >full-pw ~* &* +@all",
    "anyone": "on nopass ~* &* +@all",
    "part": "on >part-pw ~open:* ~{foo}* &* +@all -del -@dangerous +cluster +client|id",
    "blind": "on >blind-pw ~* &* +@all -cluster",
    "off": "off >off-pw ~* &* +@all",
    "m@n:y": "on >p%40@:/é ~* &* +@all",
}


@pytest.fixture(scope="module")
def locked() -> Iterator[LocalCluster]:
    users = [f"{name} {rules}" for name, rules in USERS.items()]
    with LocalCluster(2, 0, password=PASSWORD, config={"user": users}) as cluster:
        yield cluster


@pytest.fixture
def make(locked: LocalCluster) -> Iterator[Any]:
    with contextlib.ExitStack() as made:

        def connect(
            username: str | None = None, password: str | None = None, **options: Any
        ) -> Any:
            return made.enter_context(
                RedisCluster(
                    startup_nodes=locked.startup_nodes,
                    username=username,
                    password=password,
                    socket_timeout=5,
                    **options,
                )
            )

        yield connect


def who(client: Any) -> set[str]:
    return set(client.acl_whoami().values())


@pytest.mark.parametrize(
    ("username", "password", "is_called"),
    [
        (None, PASSWORD, "default"),
        ("", PASSWORD, "default"),
        ("default", PASSWORD, "default"),
        ("full", "full-pw", "full"),
        ("anyone", None, "anyone"),
        ("anyone", "", "anyone"),
        ("anyone", "whatever", "anyone"),
        ("m@n:y", "p%40@:/é", "m@n:y"),
    ],
)
def test_who_one_is(make: Any, username: str | None, password: str | None, is_called: str) -> None:
    client = make(username, password)
    assert who(client) == {is_called}
    pipe = client.pipeline()
    assert pipe.set("a", 1).set("b", 2).get("a").execute() == [True, True, b"1"]


@pytest.mark.parametrize(
    ("username", "password", "reason"),
    [
        (None, None, "NOAUTH"),
        ("", "", "NOAUTH"),
        (None, "not-the-pw", "WRONGPASS"),
        ("full", "not-the-pw", "WRONGPASS"),
        ("full", None, "WRONGPASS"),
        ("nobody", "not-the-pw", "WRONGPASS"),
        ("off", "off-pw", "WRONGPASS"),
        ("blind", "blind-pw", "NOPERM .*cluster"),
    ],
)
def test_a_refusal_says_why_for_each_node(
    make: Any, locked: LocalCluster, username: str | None, password: str | None, reason: str
) -> None:
    with within(10), pytest.raises(RedisClusterException, match=reason) as caught:
        make(username, password)
    text = str(caught.value)
    for node in locked.nodes:
        assert f"127.0.0.1:{node.port} (" in text
    assert password is None or password == "" or password not in text


def test_what_is_not_allowed_stays_in_its_place(make: Any, locked: LocalCluster) -> None:
    client = make("part", "part-pw")
    with pytest.raises(NoPermissionError, match="closed|key"):
        client.set("closed:1", 1)
    assert client.set("open:1", 1) is True
    pipe = client.pipeline()
    pipe.set("open:1", 2).get("closed:1").set("{foo}a", 3).delete("open:1").get("open:1")
    pipe.incr("{foo}a").set("closed:2", 1)
    replies = pipe.execute(raise_on_error=False)
    assert [reply for reply in replies if not isinstance(reply, Exception)] == [True, True, b"2", 4]
    assert [type(replies[place]) for place in (1, 3, 6)] == [NoPermissionError] * 3
    pipe.set("open:1", 5).get("closed:1").set("{foo}a", 6)
    with pytest.raises(NoPermissionError, match=r"^Command # 2 \(GET closed:1\) of pipeline"):
        pipe.execute()
    assert client.mget("open:1", "{foo}a") == [b"5", b"6"]
    with pytest.raises(NoPermissionError):
        client.mset({"open:1": 7, "closed:1": 8})
    # A refused command costs no connection.
    ids = [client.client_id(target_nodes=f"127.0.0.1:{node.port}") for node in locked.nodes]
    for _ in range(5):
        with pytest.raises(NoPermissionError):
            client.get("closed:1")
    assert ids == [client.client_id(target_nodes=f"127.0.0.1:{node.port}") for node in locked.nodes]


def test_a_password_that_changes_under_open_connections(make: Any, locked: LocalCluster) -> None:
    """Who is in stays in; a new connection is refused, and its command did not run."""
    client = make("full", "full-pw", failover_timeout=1)
    full = make(None, PASSWORD)
    client.set("counted", 0)
    try:
        for node in locked.nodes:
            node.command("ACL", "SETUSER", "full", "resetpass", ">another-pw")
        assert client.incr("counted") == 1
        for node in locked.nodes:
            node.command("CLIENT", "KILL", "USER", "full")
        with within(20), pytest.raises(ConnectionError, match="WRONGPASS|invalid username") as one:
            client.incr("counted")
        assert "full-pw" not in str(one.value)
        assert full.get("counted") == b"1"
        with within(20):
            replies = client.pipeline().incr("counted").get("counted").execute(raise_on_error=False)
        assert all(isinstance(reply, ConnectionError) for reply in replies)
        assert full.get("counted") == b"1"
        assert make("full", "another-pw").incr("counted") == 2
    finally:
        for node in locked.nodes:
            node.command("ACL", "SETUSER", "full", "resetpass", ">full-pw")
    with within(10):  # a refused login is sent again in growing intervals, of 5 s at most
        while True:
            try:
                assert client.incr("counted") == 3
                break
            except AuthenticationError as refused:
                assert refused.outcome == "not sent"
                time.sleep(0.1)


def test_a_user_that_is_deleted_loses_its_connections(make: Any, locked: LocalCluster) -> None:
    for node in locked.nodes:
        node.command("ACL", "SETUSER", "brief", *"on >brief-pw ~* &* +@all".split())
    client = make("brief", "brief-pw", failover_timeout=1)
    assert client.set("a", 1) is True
    for node in locked.nodes:
        node.command("ACL", "DELUSER", "brief")
    with (
        within(20),
        pytest.raises((ConnectionError, ResponseError), match="WRONGPASS|invalid user"),
    ):
        client.get("a")


@pytest.mark.parametrize(
    ("user", "password"), [("", PASSWORD), ("m@n:y", "p%40@:/é"), ("full", "full-pw")]
)
def test_urls(locked: LocalCluster, user: str, password: str) -> None:
    credentials = f"{quote(user, safe='')}:{quote(password, safe='')}"
    url = locked.url.replace("redis://", f"redis://{credentials}@") + "/0?socket_timeout=5"
    with RedisCluster.from_url(url, decode_components=True) as client:
        assert who(client) == {user or "default"}
    with RedisCluster(url=url) as client:
        assert who(client) == {user or "default"}
    if credentials != f"{user}:{password}":
        with within(10), pytest.raises(RedisClusterException, match="WRONGPASS"):
            RedisCluster.from_url(url)
    query = f"{locked.url}?username={quote(user)}&password={quote(password, safe='')}"
    with RedisCluster.from_url(query) as client:
        assert who(client) == {user or "default"}


def test_a_user_without_a_password_in_a_url(locked: LocalCluster) -> None:
    for credentials in ("anyone@", "anyone:@"):
        with RedisCluster.from_url(locked.url.replace("//", f"//{credentials}")) as client:
            assert who(client) == {"anyone"}


def test_conversations_of_every_kind_log_in(make: Any) -> None:
    client = make("full", "full-pw", client_name="me")
    assert client.client_getname(target_nodes=RedisCluster.RANDOM) in ("me", b"me")
    with client.pubsub() as listener:
        listener.subscribe("news")
        assert listener.get_message(timeout=5)["type"] == "subscribe"
        client.publish("news", "x")
        assert listener.get_message(timeout=5)["data"] == b"x"
    with client.pipeline(transaction=True) as pipe:
        pipe.watch("{t}a")
        pipe.multi()
        assert pipe.set("{t}a", 1).get("{t}a").execute() == [True, b"1"]
    with client.monitor(target_node=client.get_node_from_key("a")) as monitor:
        client.get("a")
        seen = ""
        while seen != "GET a":  # a new connection's AUTH is shown as well, without the password
            seen = monitor.next_command()["command"]
            assert "full-pw" not in seen


def test_no_repr_shows_a_password(make: Any) -> None:
    client = make("full", "full-pw")
    for thing in (client, client.connection_pool, client.connection_pool.nodes, client.pipeline()):
        assert "full-pw" not in repr(thing)
