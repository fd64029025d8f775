"""What commands of strings, keys, hashes and lists send, and refuse; newer ones than any server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any

import pytest

from rediscluster_c import DataError, RedisCluster

Send = Callable[[Any], Any]
WHEN = datetime(2030, 1, 2, 3, 4, 5, 678_999, tzinfo=timezone.utc)


class Persist(Enum):
    ONLY_NEW = "FNX"


class Recorder(RedisCluster):
    """Keeps what its methods would send, and sends nothing."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        return args


@pytest.fixture(scope="module")
def recorder() -> RedisCluster:
    return Recorder("localhost", 1, init_slot_cache=False)


@pytest.fixture
def client() -> RedisCluster:
    """Of a cluster that is not there."""
    return RedisCluster("localhost", 1, init_slot_cache=False)


SENT: list[tuple[Send, str]] = [
    (lambda c: c.hexpire("h", 5, "f", "g"), "HEXPIRE h 5 FIELDS 2 f g"),
    (lambda c: c.hexpire("h", timedelta(minutes=1), "f", nx=True), "HEXPIRE h 60 NX FIELDS 1 f"),
    (lambda c: c.hpexpire("h", 5, "f", xx=True), "HPEXPIRE h 5 XX FIELDS 1 f"),
    (lambda c: c.hpexpire("h", timedelta(seconds=1.5), "f"), "HPEXPIRE h 1500 FIELDS 1 f"),
    (lambda c: c.hexpireat("h", WHEN, "f", gt=True), "HEXPIREAT h 1893553445 GT FIELDS 1 f"),
    (lambda c: c.hpexpireat("h", WHEN, "f", lt=True), "HPEXPIREAT h 1893553445678 LT FIELDS 1 f"),
    (lambda c: c.hexpiretime("h", "f", "g"), "HEXPIRETIME h FIELDS 2 f g"),
    (lambda c: c.hpexpiretime("h", "f"), "HPEXPIRETIME h FIELDS 1 f"),
    (lambda c: c.httl("h", "f"), "HTTL h FIELDS 1 f"),
    (lambda c: c.hpttl("h", "f", "g"), "HPTTL h FIELDS 2 f g"),
    (lambda c: c.hpersist("h", "f"), "HPERSIST h FIELDS 1 f"),
    (lambda c: c.hgetdel("h", "f", "g"), "HGETDEL h FIELDS 2 f g"),
    (lambda c: c.hgetex("h", "f"), "HGETEX h FIELDS 1 f"),
    (lambda c: c.hgetex("h", "f", "g", ex=5), "HGETEX h EX 5 FIELDS 2 f g"),
    (lambda c: c.hgetex("h", "f", pxat=WHEN), "HGETEX h PXAT 1893553445678 FIELDS 1 f"),
    (lambda c: c.hgetex("h", "f", persist=True), "HGETEX h PERSIST FIELDS 1 f"),
    (lambda c: c.hsetex("h", "f", 1), "HSETEX h FIELDS 1 f 1"),
    (lambda c: c.hsetex("h", mapping={"f": 1, "g": 2}, ex=5), "HSETEX h EX 5 FIELDS 2 f 1 g 2"),
    (
        lambda c: c.hsetex("h", "f", 1, {"g": 2}, ["i", 3], data_persist_option="FXX"),
        "HSETEX h FXX FIELDS 3 i 3 f 1 g 2",
    ),
    (
        lambda c: c.hsetex("h", "f", 1, keepttl=True, data_persist_option=Persist.ONLY_NEW),
        "HSETEX h FNX KEEPTTL FIELDS 1 f 1",
    ),
    (lambda c: c.hscan("h", no_values=True), "HSCAN h 0 NOVALUES"),
    (lambda c: c.hset("h", "f", 1, {"g": 2}, ["i", 3]), "HSET h i 3 f 1 g 2"),
    (lambda c: c.bitfield_ro("k", "u8", "#1"), "BITFIELD_RO k GET u8 #1"),
    (
        lambda c: c.bitfield_ro("k", "u8", 0, items=[("i4", 5), ["u2", "#1"]]),
        "BITFIELD_RO k GET u8 0 GET i4 5 GET u2 #1",
    ),
    (lambda c: c.bitcount("k", 0, -1), "BITCOUNT k 0 -1"),
    (lambda c: c.bitpos("k", 1, 0, -1, "BIT"), "BITPOS k 1 0 -1 BIT"),
    (lambda c: c.bitpos("k", 1.0), "BITPOS k 1.0"),
    (lambda c: c.setbit("k", 7, "yes"), "SETBIT k 7 1"),
    (lambda c: c.setbit("k", 7, None), "SETBIT k 7 0"),
    (lambda c: c.blpop(["a", "b"], None), "BLPOP a b 0"),
    (lambda c: c.blpop("a", 0.5), "BLPOP a 0.5"),
    (lambda c: c.brpoplpush("{a}", "a", timeout=None), "BRPOPLPUSH {a} a 0"),
    (lambda c: c.lmpop(2, "a", "b", direction="LEFT"), "LMPOP 2 a b LEFT COUNT 1"),
    (
        lambda c: c.blmpop(1.5, 1, "a", direction="RIGHT", count=3),
        "BLMPOP 1.5 1 a RIGHT COUNT 3",
    ),
    (
        lambda c: c.sort("k", 1, 2, "w_*", "#", True, True, "{k}2"),
        "SORT k BY w_* LIMIT 1 2 GET # DESC ALPHA STORE {k}2",
    ),
    (lambda c: c.sort_ro("k", get=iter(["#", "v_*"])), "SORT_RO k GET # GET v_*"),
    (
        lambda c: c.migrate("host", 1, "k", 0, 100, copy=True, replace=True, auth="secret"),
        "MIGRATE host 1  0 100 COPY REPLACE AUTH secret KEYS k",
    ),
    (
        lambda c: c.migrate("host", 1, ("{k}1", "{k}2"), 0, 100),
        "MIGRATE host 1  0 100 KEYS {k}1 {k}2",
    ),
    (
        lambda c: c.restore("k", 0, "x", True, True, 1, 2),
        "RESTORE k 0 x REPLACE ABSTTL IDLETIME 1 FREQ 2",
    ),
    (lambda c: c.copy("{a}", "a", 0, True), "COPY {a} a DB 0 REPLACE"),
    (lambda c: c.lcs("a", "b", idx=True), "LCS a b IDX MINMATCHLEN 0"),
]


@pytest.mark.parametrize(("send", "words"), SENT, ids=[words for _, words in SENT])
def test_what_is_sent(recorder: RedisCluster, send: Send, words: str) -> None:
    assert " ".join(map(str, send(recorder))) == words


REFUSED: list[tuple[Send, str]] = [
    (lambda c: c.bitcount("k", 1), "^Both start and end must be specified$"),
    (lambda c: c.bitcount("k", end=1), "^Both start and end must be specified$"),
    (lambda c: c.bitpos("k", 2), "^bit must be 0 or 1$"),
    (lambda c: c.bitpos("k", "1"), "^bit must be 0 or 1$"),
    (lambda c: c.bitpos("k", 1, end=2), "^start argument is not set, when end is specified$"),
    (lambda c: c.bitfield_ro("k", "u8", 0, [5]), "'items' of bitfield_ro must be pairs .* not 5"),
    (lambda c: c.bitfield_ro("k", "u8", 0, [("u8",)]), "'items' of bitfield_ro must be pairs"),
    (lambda c: c.hset("h", items=["f"]), "'hset' with odd number of items"),
    (lambda c: c.hset("h", items=True), "'items' of hset must be a list .* not 'bool'"),
    (lambda c: c.hset("h", items=[], mapping={}), "'hset' with no key value pairs"),
    (lambda c: c.hsetex("h"), "'hsetex' with no key value pairs"),
    (lambda c: c.hsetex("h", items=["f"]), "'hsetex' with odd number of items"),
    (lambda c: c.hsetex("h", "f", None), "Invalid input of type: 'NoneType'"),
    (lambda c: c.lmpop(3, "a", "b", direction="LEFT"), "'num_keys' of lmpop must be the number"),
    (lambda c: c.sintercard(1, ["a", "b"]), "'numkeys' of sintercard is 1, but there are 2 keys"),
    (lambda c: c.migrate("host", 1, [], 0, 100), "^MIGRATE requires at least one key$"),
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("send", "message"), [*REFUSED, (lambda c: c.hmset("h", {}), "length 0")])
def test_what_is_refused_before_anything_is_sent(
    client: RedisCluster, send: Send, message: str
) -> None:
    pipe = client.pipeline()
    for target in (client, pipe):
        with pytest.raises(DataError, match=message):
            send(target)
    assert len(pipe) == 0


@pytest.mark.parametrize("call", [lambda c: c.lmpop(1, "a"), lambda c: c.blmpop(1, 1, "a")])
def test_a_direction_has_to_be_given(client: RedisCluster, call: Send) -> None:
    with pytest.raises(TypeError, match="missing required argument: 'direction'"):
        call(client)


@pytest.mark.parametrize("micros", [0, 1, 999])
def test_milliseconds_are_those_of_the_clock(recorder: RedisCluster, micros: int) -> None:
    """Seconds as a float are not exact: 1.001 times 1000 is less than 1001."""
    for millis in range(1000):
        span = timedelta(seconds=1, milliseconds=millis, microseconds=micros)
        sent: Any = recorder.pexpire("k", span)
        assert sent == ("PEXPIRE", "k", 1000 + millis)
        sent = recorder.pexpireat("k", WHEN.replace(microsecond=0) + span)
        assert sent == ("PEXPIREAT", "k", 1893553446000 + millis)
