"""CLIENT commands: each is about one connection to each node."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from rediscluster_c import ResponseError
from tests.cluster.modes import Factory
from tests.cluster.test_all_nodes import all_nodes


def everywhere(rc: Any, reply: Any) -> dict[str, Any]:
    return dict.fromkeys(all_nodes(rc), reply)


@pytest.mark.parametrize("decodes", [False, True])
def test_names_and_ids(make_client: Factory, decodes: bool) -> None:
    client: Any = make_client(decode_responses=decodes)
    assert client.client_getname() == everywhere(client, None)
    assert client.client_setname("me") == everywhere(client, True)
    assert client.client_getname() == everywhere(client, "me")
    with pytest.raises(ResponseError):
        client.client_setname("a name")
    ids = client.client_id()
    assert set(ids) == all_nodes(client)
    for name, fields in client.client_info().items():
        assert (fields["id"], fields["name"]) == (ids[name], "me")


def test_the_list_of_connections(rc: Any) -> None:
    ids = rc.client_id()
    for name, clients in rc.client_list().items():
        assert str(ids[name]) in [fields["id"] for fields in clients]
    assert all(clients == [] for clients in rc.client_list("pubsub").values())
    for name, number in ids.items():
        [fields] = rc.client_list(client_id=[number], target_nodes=name)
        assert fields["cmd"] in ("client|list", "client")  # which is all before server 7.0


def test_ending_connections(make_client: Factory) -> None:
    client: Any = make_client()
    other: Any = make_client(client_name="victim")
    victims = {name: fields["addr"] for name, fields in other.client_info().items()}
    name, address = next(iter(victims.items()))
    assert client.client_kill(address, target_nodes=name) is True
    with pytest.raises(ResponseError, match="No such client"):
        client.client_kill(address)
    for name, address in list(victims.items())[1:]:
        killed = client.client_kill_filter(addr=address)
        assert killed == {**everywhere(client, 0), name: 1}
    assert client.client_kill_filter(_id=10**9) == everywhere(client, 0)
    # What only reads finds out, and goes out again.
    assert set(other.client_id()) == all_nodes(other)


def test_pausing(rc: Any) -> None:
    began = time.monotonic()
    assert rc.client_pause(200, all=False) is True
    assert rc.get("k") is None
    rc.set("k", 1)
    assert time.monotonic() - began > 0.15
    assert rc.client_pause(60000, all=False) is True
    assert rc.client_unpause() is True
    rc.set("k", 2)
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("error", [False, True])
def test_ending_a_wait(make_client: Factory, rc: Any, error: bool) -> None:
    waiting: Any = make_client()
    owner = waiting.get_node_from_key("list")
    assert owner is not None
    number = waiting.client_id(target_nodes=owner)
    found: list[Any] = []

    def wait() -> None:
        try:
            found.append(waiting.execute_command("BLPOP", "list", 30))
        except ResponseError as raised:
            found.append(str(raised))

    thread = threading.Thread(target=wait)
    thread.start()
    deadline = time.monotonic() + 20
    done = False
    while not done and time.monotonic() < deadline:
        done = rc.client_unblock(number, error, target_nodes=owner)
        time.sleep(0.01)
    thread.join(30)
    assert done is True
    assert found == (["UNBLOCKED client unblocked via CLIENT UNBLOCK"] if error else [None])


def test_nobody_waits(rc: Any) -> None:
    assert rc.client_unblock(10**9) is False
    assert rc.client_unblock(10**9, error=True) is False


def test_nobody_is_told_of_changes(rc: Any) -> None:
    assert rc.client_getredir() == everywhere(rc, -1)
    for info in rc.client_trackinginfo().values():
        assert (info["flags"], info["redirect"]) == (["off"], -1)
