"""ACL commands: every node has users of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster, ResponseError
from tests.cluster.modes import Factory
from tests.cluster.test_all_nodes import all_nodes


def everywhere(rc: Any, reply: Any) -> dict[str, Any]:
    return dict.fromkeys(all_nodes(rc), reply)


@pytest.fixture(autouse=True)
def nobody_stays(rc: Any) -> Iterator[None]:
    yield
    rc.acl_deluser("somebody", "else")
    rc.acl_log_reset()


@pytest.mark.needs("7.0.0")
@pytest.mark.parametrize("decodes", [False, True])
def test_a_user(make_client: Factory, decodes: bool) -> None:
    client: Any = make_client(decode_responses=decodes)
    made = client.acl_setuser(
        "somebody",
        enabled=True,
        passwords=["+secret"],
        categories=["+@read"],
        commands=["-get", "+set"],
        keys=["a*", "%R~b*"],
        channels=["news"],
        selectors=[("+del", "d*")],
        reset=True,
    )
    assert made == everywhere(client, True)
    for user in client.acl_getuser("somebody").values():
        assert user["enabled"] is True
        assert "on" in user["flags"]
        assert len(user["passwords"]) == 1
        assert {"+@read"} <= set(user["categories"])
        assert {"-get", "+set"} <= set(user["commands"])
        assert user["keys"] == (["~a*", "%R~b*"] if decodes else [b"~a*", b"%R~b*"])
        assert user["channels"] == (["&news"] if decodes else [b"&news"])
        assert user["selectors"][0]["keys"] == (["~d*"] if decodes else [b"~d*"])
    assert client.acl_getuser("nobody") == everywhere(client, None)
    assert client.acl_users() == everywhere(client, ["default", "somebody"])
    for lines in client.acl_list().values():
        assert [line.split()[1] for line in lines] == ["default", "somebody"]


@pytest.mark.needs("acl_dryrun")
def test_what_a_user_may_do(make_client: Factory, rc: Any) -> None:
    rc.acl_setuser(
        "somebody", True, passwords="+secret", keys=["a*"], commands=["+get", "+cluster"]
    )
    assert rc.acl_dryrun("somebody", "GET", "a") == everywhere(rc, "OK")
    for refusal in rc.acl_dryrun("somebody", "GET", "b").values():
        assert "permissions" in refusal
    with pytest.raises(ResponseError):
        rc.acl_dryrun("nobody", "GET", "a")
    somebody = make_client(username="somebody", password="secret")
    assert somebody.get("a") is None
    with pytest.raises(ResponseError):
        somebody.get("b")
    owner = rc.get_node_from_key("b")
    assert owner is not None
    [denial] = rc.acl_log()[owner.name]
    assert (denial["reason"], denial["object"], denial["username"]) == ("key", "b", "somebody")
    assert len(rc.acl_log(1, target_nodes=owner)) == 1
    assert rc.acl_log_reset() == everywhere(rc, True)
    assert rc.acl_log() == everywhere(rc, [])


def test_deleting_users(rc: Any) -> None:
    rc.acl_setuser("somebody")
    name = next(iter(all_nodes(rc)))
    assert rc.acl_setuser("else", target_nodes=name) is True
    assert rc.acl_deluser("somebody", "else", "nobody") == {**everywhere(rc, 1), name: 2}
    assert rc.acl_deluser("somebody") == everywhere(rc, 0)


def test_who_and_what_there_is(rc: Any) -> None:
    assert set(rc.acl_whoami().values()) <= {"default", "somebody"}
    for categories in rc.acl_cat().values():
        assert {"read", "write"} <= set(categories)
    for commands in rc.acl_cat("hash").values():
        assert "hget" in commands
    with pytest.raises(ResponseError):
        rc.acl_cat("no such category")
    assert all(type(line) is str for lines in rc.acl_help().values() for line in lines)


def test_passwords(rc: Any) -> None:
    made = rc.acl_genpass()
    assert set(made) == all_nodes(rc)
    assert {len(password) for password in made.values()} == {64}
    assert len(rc.acl_genpass(5, target_nodes=RedisCluster.RANDOM)) == 2


def test_files_that_are_none(rc: Any) -> None:
    for call in (rc.acl_load, rc.acl_save):
        with pytest.raises(ResponseError, match="ACL file"):
            call()


def test_every_node_gets_what_iterators_give(rc: Any) -> None:
    rc.acl_setuser("somebody", keys=iter(["a*"]), commands=(word for word in ["+get"]))
    for user in rc.acl_getuser("somebody").values():
        assert [pattern.lstrip(b"~") for pattern in user["keys"]] == [b"a*"]
        assert "+get" in user["commands"]
