"""Sessions: made, used and thrown away, in every way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from rediscluster_c import ConnectionError, DataError, RedisCluster, ResponseError
from rediscluster_c._core import Session
from tests.leaks.measure import assert_flat


@pytest.fixture
def session(rc: RedisCluster) -> Iterator[Session]:
    with _open(rc) as opened:
        yield opened


def _open(client: RedisCluster) -> Session:
    (_, _, nodes), *_ = client.connection_pool.ranges()
    host, port = nodes[0]
    return Session(client.connection_pool, host, port)


@pytest.mark.parametrize("ending", ["clean", "closed", "dropped", "in a cycle"])
def test_sessions(nodes: Any, ending: str) -> None:
    def work() -> None:
        client: Any = RedisCluster(startup_nodes=nodes)
        session = _open(client)
        session.send("PING")
        assert session.receive() == b"PONG"
        if ending == "in a cycle":
            client.connection_pool.session = session
        elif ending != "dropped":
            session.close(clean=ending == "clean")

    assert_flat(work, times=25, watched=[Session, RedisCluster])


def test_messages(session: Session) -> None:
    def work() -> None:
        session.send("ECHO", b"x" * 5000)
        session.send("SUBSCRIBE", "a", "b")
        session.send("UNSUBSCRIBE")
        assert len([session.receive(5) for _ in range(5)]) == 5
        assert session.receive(0) is None
        assert session.receive(0.001, work) is work

    assert_flat(work, watched=[session, work, None])


def test_waits(rc: RedisCluster, session: Session) -> None:
    with _open(rc) as other:

        def work() -> None:
            assert not Session.wait([session, other], 0)
            other.send("PING")
            assert Session.wait([session, other] * 4)
            other.receive()
            with pytest.raises(TypeError):
                Session.wait([session, other, 5])  # type: ignore[list-item]

        assert_flat(work, watched=[session, other, Session])


def test_errors(rc: RedisCluster, session: Session) -> None:
    def work() -> None:
        session.send("NO SUCH COMMAND")
        with pytest.raises(ResponseError):
            session.receive()
        with pytest.raises(DataError):
            session.send("SET", "a", None)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            session.receive("x")  # type: ignore[arg-type]
        with pytest.raises(ConnectionError):
            Session(rc.connection_pool, "127.0.0.1", 1)

    assert_flat(work, watched=[session, rc.connection_pool])


def test_a_session_that_is_closed_under_a_thread(rc: RedisCluster) -> None:
    def listen(session: Session) -> None:
        with pytest.raises(ConnectionError):
            session.receive()

    def work() -> None:
        session = _open(rc)
        thread = threading.Thread(target=listen, args=(session,))
        thread.start()
        session.receive(0.005)
        session.close()
        thread.join()
        with pytest.raises(ConnectionError):
            session.send("PING")

    assert_flat(work, times=25, watched=[Session, rc.connection_pool])
