"""What the intricate commands of sorted sets, streams, places and scripts send, and refuse."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

import pytest

from rediscluster_c import DataError, RedisCluster, RedisClusterException

Send = Callable[[Any], Any]


class Quantization(enum.Enum):
    """As redis-py has it."""

    Q8 = "Q8"


class Condition(enum.Enum):
    XX = "XX"


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
    # vector sets
    (lambda c: c.vadd("v", [1, 2.5], "e"), "VADD v VALUES 2 1 2.5 e"),
    (
        lambda c: c.vadd("v", b"12345678", "e", 3, True, "BIN", 9, {"a": 1}, 5),
        "VADD v REDUCE 3 FP32 b'12345678' e CAS BIN EF 9 SETATTR {\"a\": 1} M 5",
    ),
    (
        lambda c: c.vadd("v", (n for n in (1, 2)), "e", quantization=Quantization.Q8),
        "VADD v VALUES 2 1 2 e Q8",
    ),
    (lambda c: c.vsetattr("v", "e", {"a": [1]}), 'VSETATTR v e {"a": [1]}'),
    (lambda c: c.vsetattr("v", "e", "{}"), "VSETATTR v e {}"),
    (lambda c: c.vsetattr("v", "e"), "VSETATTR v e "),
    (lambda c: c.vsim("v", "e", count=3, filter=".a > 1"), "VSIM v ELE e COUNT 3 FILTER .a > 1"),
    (
        lambda c: c.vsim("v", [1, 2], True, True, ef=1, filter_ef=2, truth=True, no_thread=True),
        "VSIM v VALUES 2 1 2 WITHSCORES WITHATTRIBS EF 1 FILTER-EF 2 TRUTH NOTHREAD",
    ),
    (lambda c: c.vsim("v", b"1234", epsilon=0.5), "VSIM v FP32 b'1234' EPSILON 0.5"),
    # conditions and digests
    (lambda c: c.set("k", "v", ifeq="a"), "SET k v IFEQ a"),
    (lambda c: c.set("k", "v", ifne="a", get=True), "SET k v GET IFNE a"),
    (lambda c: c.set("k", "v", ifdeq="a", ex=5), "SET k v EX 5 IFDEQ a"),
    (lambda c: c.set("k", "v", ifdne="a"), "SET k v IFDNE a"),
    (lambda c: c.delex("k"), "DELEX k"),
    (lambda c: c.delex("k", ifdne="a"), "DELEX k IFDNE a"),
    (lambda c: c.delifeq("k", "a"), "DELIFEQ k a"),
    (lambda c: c.digest("k"), "DIGEST k"),
    (lambda c: c.increx("k"), "INCREX k"),
    (
        lambda c: c.increx("k", byint=3, lbound=0, ubound=9, saturate=True, px=50, enx=True),
        "INCREX k BYINT 3 LBOUND 0 UBOUND 9 SATURATE PX 50 ENX",
    ),
    (lambda c: c.increx("k", byfloat=1.5, persist=True), "INCREX k BYFLOAT 1.5 PERSIST"),
    (lambda c: c.msetex({"a": 1}), "MSETEX 1 a 1"),
    (
        lambda c: c.msetex({"{k}1": 1, "{k}2": 2}, Condition.XX, px=9),
        "MSETEX 2 {k}1 1 {k}2 2 XX PX 9",
    ),
    (
        lambda c: c.hsetex("h", "f", 1, data_persist_option=["NX", "FNX"], keepttl=True),
        "HSETEX h NX FNX KEEPTTL FIELDS 1 f 1",
    ),
    (lambda c: c.clusterscan(), "CLUSTERSCAN 0"),
    (
        lambda c: c.clusterscan("7-{06S}-0", "a*", 5, "hash", 9),
        "CLUSTERSCAN 7-{06S}-0 MATCH a* COUNT 5 TYPE hash SLOT 9",
    ),
    (lambda c: c.bitop("DIFF1", "d", "a", "b"), "BITOP DIFF1 d a b"),
    (lambda c: c.zunion(["a", "b"], aggregate="COUNT"), "ZUNION 2 a b AGGREGATE COUNT"),
    # streams
    (lambda c: c.xackdel("s", "g", "1-0", "2-0"), "XACKDEL s g KEEPREF IDS 2 1-0 2-0"),
    (lambda c: c.xdelex("s", "1-0", ref_policy="ACKED"), "XDELEX s ACKED IDS 1 1-0"),
    (
        lambda c: c.xadd("s", {"f": 1}, nomkstream=True, ref_policy="DELREF", maxlen=5, limit=2),
        "XADD s NOMKSTREAM DELREF MAXLEN ~ 5 LIMIT 2 * f 1",
    ),
    (lambda c: c.xadd("s", {"f": 1}, idmpauto="p"), "XADD s IDMPAUTO p * f 1"),
    (lambda c: c.xadd("s", {"f": 1}, idmp=("p", "7")), "XADD s IDMP p 7 * f 1"),
    (
        lambda c: c.xtrim("s", maxlen=5, approximate=False, ref_policy="KEEPREF"),
        "XTRIM s MAXLEN 5 KEEPREF",
    ),
    (
        lambda c: c.xread({"s": 0}, count=1, max_count=2, max_size=3),
        "XREAD COUNT 1 MAXCOUNT 2 MAXSIZE 3 STREAMS s 0",
    ),
    (
        lambda c: c.xreadgroup("g", "c", {"s": ">"}, claim_min_idle_time=5, max_count=2),
        "XREADGROUP GROUP g c MAXCOUNT 2 CLAIM 5 STREAMS s >",
    ),
    # sorted sets
    (lambda c: c.zrange("z", 0, 1, desc=True), "ZREVRANGE z 0 1"),
    (
        lambda c: c.zrange("z", 9, 1, desc=True, byscore=True, offset=0, num=2, withscores=True),
        "ZRANGE z 9 1 BYSCORE REV LIMIT 0 2 WITHSCORES",
    ),
    (lambda c: c.zrange("z", "-", "+", bylex=True), "ZRANGE z - + BYLEX"),
    (
        lambda c: c.zrangestore("d", "z", 0, -1, desc=True),
        "ZRANGESTORE d z 0 -1 REV",
    ),
    (
        lambda c: c.zrangestore("d", "z", 9, 1, byscore=True, desc=True, offset=1, num=2),
        "ZRANGESTORE d z 9 1 BYSCORE REV LIMIT 1 2",
    ),
    (
        lambda c: c.zrevrangebyscore("z", 9, 1, 0, 5, True),
        "ZREVRANGEBYSCORE z 9 1 LIMIT 0 5 WITHSCORES",
    ),
    (lambda c: c.zrangebylex("z", "-", "+", start=1, num=2), "ZRANGEBYLEX z - + LIMIT 1 2"),
    (lambda c: c.zunionstore("d", ["a", "b"]), "ZUNIONSTORE d 2 a b"),
    (
        lambda c: c.zinterstore("d", {"a": 1, "b": 2.5}, aggregate="MAX"),
        "ZINTERSTORE d 2 a b WEIGHTS 1 2.5 AGGREGATE MAX",
    ),
    (
        lambda c: c.zunion({"a": 1}, aggregate="MIN", withscores=True),
        "ZUNION 1 a WEIGHTS 1 AGGREGATE MIN WITHSCORES",
    ),
    (lambda c: c.zinter(("a", "b"), withscores=True), "ZINTER 2 a b WITHSCORES"),
    (lambda c: c.zdiff(["a", "b"]), "ZDIFF 2 a b"),
    (lambda c: c.zdiffstore("d", "a"), "ZDIFFSTORE d 1 a"),
    (lambda c: c.zintercard(2, ["a", "b"], 3), "ZINTERCARD 2 a b LIMIT 3"),
    (lambda c: c.zmpop(1, ["a"], max=True, count=2), "ZMPOP 1 a MAX COUNT 2"),
    (lambda c: c.bzmpop(0.5, 2, ["a", "b"], min=True), "BZMPOP 0.5 2 a b MIN COUNT 1"),
    (lambda c: c.bzpopmin(["a", "b"], None), "BZPOPMIN a b 0"),
    (lambda c: c.bzpopmax("a", 2), "BZPOPMAX a 2"),
    (lambda c: c.zrandmember("z", -3, withscores=True), "ZRANDMEMBER z -3 WITHSCORES"),
    (lambda c: c.zrevrank("z", "m", withscore=True), "ZREVRANK z m WITHSCORE"),
    (lambda c: c.zscan("z", 7, match="a*", count=5), "ZSCAN z 7 MATCH a* COUNT 5"),
    # streams
    (lambda c: c.xadd("s", {"a": 1, "b": 2}), "XADD s * a 1 b 2"),
    (lambda c: c.xadd("s", {"a": 1}, maxlen=5), "XADD s MAXLEN ~ 5 * a 1"),
    (lambda c: c.xadd("s", {"a": 1}, "1-1", 5, False), "XADD s MAXLEN 5 1-1 a 1"),
    (
        lambda c: c.xadd("s", {"a": 1}, nomkstream=True, minid="5-0", limit=7),
        "XADD s NOMKSTREAM MINID ~ 5-0 LIMIT 7 * a 1",
    ),
    (lambda c: c.xtrim("s", 5), "XTRIM s MAXLEN ~ 5"),
    (lambda c: c.xtrim("s", minid=3, approximate=False), "XTRIM s MINID 3"),
    (lambda c: c.xread({"{s}1": 0, "{s}2": "$"}), "XREAD STREAMS {s}1 {s}2 0 $"),
    (lambda c: c.xread({"s": 0}, count=3, block=0), "XREAD BLOCK 0 COUNT 3 STREAMS s 0"),
    (
        lambda c: c.xreadgroup("g", "c", {"s": ">"}, count=3, block=9, noack=True),
        "XREADGROUP GROUP g c COUNT 3 BLOCK 9 NOACK STREAMS s >",
    ),
    (lambda c: c.xrange("s", count=2), "XRANGE s - + COUNT 2"),
    (lambda c: c.xrevrange("s"), "XREVRANGE s + -"),
    (
        lambda c: c.xclaim("s", "g", "c", 5, ("1-0", "2-0"), 1, 2, 3, True, True),
        "XCLAIM s g c 5 1-0 2-0 IDLE 1 TIME 2 RETRYCOUNT 3 FORCE JUSTID",
    ),
    (
        lambda c: c.xautoclaim("s", "g", "c", 5, count=2, justid=True),
        "XAUTOCLAIM s g c 5 0-0 COUNT 2 JUSTID",
    ),
    (
        lambda c: c.xpending_range("s", "g", "-", "+", 5, "c", idle=7),
        "XPENDING s g IDLE 7 - + 5 c",
    ),
    (lambda c: c.xpending_range("s", "g", None, None, None), "XPENDING s g"),
    (
        lambda c: c.xgroup_create("s", "g", 0, True, entries_read=4),
        "XGROUP CREATE s g 0 MKSTREAM ENTRIESREAD 4",
    ),
    (lambda c: c.xgroup_setid("s", "g", "$"), "XGROUP SETID s g $"),
    (lambda c: c.xinfo_stream("s", full=True), "XINFO STREAM s FULL"),
    (
        lambda c: c.xsetid("s", "9-0", entries_added=4, max_deleted_id="1-0"),
        "XSETID s 9-0 ENTRIESADDED 4 MAXDELETEDID 1-0",
    ),
    # places
    (lambda c: c.geoadd("p", 1, 2, "a", 3, 4, "b"), "GEOADD p 1 2 a 3 4 b"),
    (lambda c: c.geoadd("p", [1, 2, "a"], xx=True, ch=True), "GEOADD p XX CH 1 2 a"),
    (lambda c: c.geoadd("p", 1, 2, "a", nx=True), "GEOADD p NX 1 2 a"),
    (lambda c: c.geodist("p", "a", "b", "km"), "GEODIST p a b km"),
    (lambda c: c.georadius("p", 1, 2, 3), "GEORADIUS p 1 2 3 m"),
    (
        lambda c: c.georadius("p", 1, 2, 3, "mi", True, True, True, 5, "ASC", any=True),
        "GEORADIUS p 1 2 3 mi WITHDIST WITHCOORD WITHHASH COUNT 5 ANY ASC",
    ),
    (
        lambda c: c.georadiusbymember("p", "a", 3, unit="ft", sort="DESC", store="d"),
        "GEORADIUSBYMEMBER p a 3 ft DESC STORE d",
    ),
    (
        lambda c: c.georadiusbymember("p", "a", 3, store_dist="d"),
        "GEORADIUSBYMEMBER p a 3 m STOREDIST d",
    ),
    (
        lambda c: c.geosearch("p", member="a", radius=5, sort="ASC", count=2, withdist=True),
        "GEOSEARCH p FROMMEMBER a BYRADIUS 5 m ASC COUNT 2 WITHDIST",
    ),
    (
        lambda c: c.geosearch("p", longitude=0, latitude=0, width=3, height=4, unit="km"),
        "GEOSEARCH p FROMLONLAT 0 0 BYBOX 3 4 km",
    ),
    (
        lambda c: c.geosearchstore("d", "p", "a", radius=1, count=3, any=True, storedist=True),
        "GEOSEARCHSTORE d p FROMMEMBER a BYRADIUS 1 m COUNT 3 ANY STOREDIST",
    ),
    # scripts, functions and channels
    (lambda c: c.eval("return 1", "1", "k", "v"), "EVAL return 1 1 k v"),
    (lambda c: c.fcall("f", 0, "v"), "FCALL f 0 v"),
    (lambda c: c.script_flush("ASYNC"), "SCRIPT FLUSH ASYNC"),
    (lambda c: c.function_load("code", replace=True), "FUNCTION LOAD REPLACE code"),
    (
        lambda c: c.function_list("lib*", withcode=True),
        "FUNCTION LIST LIBRARYNAME lib* WITHCODE",
    ),
    (lambda c: c.pubsub_numsub("a", "b"), "PUBSUB NUMSUB a b"),
    (lambda c: c.pubsub_numpat(aggregate=False), "PUBSUB NUMPAT"),
]


@pytest.mark.parametrize(("send", "words"), SENT, ids=[words for _, words in SENT])
def test_what_a_call_sends(recorder: RedisCluster, send: Send, words: str) -> None:
    assert " ".join(map(str, send(recorder))) == words


class NoPairs(dict[str, int]):
    def items(self) -> Any:
        return [("field",), 5]


REFUSED: list[tuple[Send, str]] = [
    (lambda c: c.vadd("v", [], "e"), "needs a vector that is not empty"),
    (lambda c: c.vadd("v", [1], ""), "and an element"),
    (lambda c: c.vsim("v", ""), "'input' of vsim is empty"),
    (lambda c: c.msetex({}), "'mapping' of msetex is empty"),
    (lambda c: c.msetex([1]), "'mapping' of msetex must be a mapping, not 'list'"),
    (lambda c: c.xackdel("s", "g"), "XACKDEL requires at least one message ID"),
    (lambda c: c.xdelex("s", "1-0", ref_policy="x"), "XDELEX ref_policy must be one of"),
    (lambda c: c.xadd("s", {"f": 1}, ref_policy="x"), "XADD ref_policy must be one of"),
    (lambda c: c.xtrim("s", 1, ref_policy=b"ACKED"), "XTRIM ref_policy must be one of"),
    (lambda c: c.xadd("s", {"f": 1}, idmp="p"), "idmp must be a tuple"),
    (lambda c: c.xadd("s", {"f": 1}, idmp=("p", "1"), idmpauto="p"), "Only one of"),
    # sorted sets
    (lambda c: c.zrangebyscore("z", 0, 1, start=1), "``start`` and ``num`` must both be specified"),
    (lambda c: c.zrevrangebylex("z", 0, 1, num=1), "``start`` and ``num`` must both be specified"),
    (lambda c: c.zrange("z", 0, 1, offset=1), "``offset`` and ``num`` must both be specified"),
    (
        lambda c: c.zrange("z", 0, 1, byscore=True, bylex=True),
        "``byscore`` and ``bylex`` can not be specified together.",
    ),
    (
        lambda c: c.zrangestore("d", "z", 0, 1, byscore=True, bylex=True),
        "``byscore`` and ``bylex`` can not be specified together.",
    ),
    (lambda c: c.zintercard(1, ["a", "b"]), "'numkeys' of zintercard is 1, but there are 2 keys"),
    (lambda c: c.zintercard("2", ["a", "b"]), "'numkeys' of zintercard must be the number of keys"),
    (lambda c: c.zmpop(2**70, ["a"], min=True), "'num_keys' of zmpop is 1180591620717411303424"),
    (lambda c: c.zmpop(1, ["a"]), "either 'min' or 'max' must be true"),
    (lambda c: c.bzmpop(0, 1, ["a"], True, True), "either 'min' or 'max' must be true"),
    (lambda c: c.zunion({"a": None}), "Invalid input of type: 'NoneType'"),
    (lambda c: c.zunion([None]), "Invalid input of type: 'NoneType'"),
    (lambda c: c.bzpopmin([None]), "argument 'keys' of bzpopmin"),
    (lambda c: c.bzpopmin("a", True), "argument 'timeout' of bzpopmin"),
    # streams
    (lambda c: c.xadd("s", {}), "XADD fields must be a non-empty dict"),
    (lambda c: c.xadd("s", [("a", 1)]), "XADD fields must be a non-empty dict"),
    (lambda c: c.xadd("s", {"a": 1}, maxlen=0), "XADD maxlen must be a positive integer"),
    (lambda c: c.xadd("s", {"a": 1}, maxlen="5"), "XADD maxlen must be a positive integer"),
    (
        lambda c: c.xadd("s", {"a": 1}, maxlen=1, minid=1),
        "Only one of ``maxlen`` or ``minid`` may be specified",
    ),
    (lambda c: c.xadd("s", {"a": 1}, limit=1), "``limit`` needs ``maxlen`` or ``minid`` beside it"),
    (lambda c: c.xadd("s", {"a": None}), "Invalid input of type: 'NoneType'"),
    (lambda c: c.xtrim("s"), "One of ``maxlen`` or ``minid`` must be specified"),
    (lambda c: c.xtrim("s", 1, minid=1), "Only one of ``maxlen`` or ``minid`` may be specified"),
    (lambda c: c.xread({}), "XREAD streams must be a non empty dict"),
    (lambda c: c.xread(["s"]), "XREAD streams must be a non empty dict"),
    (lambda c: c.xread({"s": 0}, count=0), "XREAD count must be a positive integer"),
    (lambda c: c.xread({"s": 0}, block=-1), "XREAD block must be a non-negative integer"),
    (lambda c: c.xread({"s": 0}, block=1.5), "XREAD block must be a non-negative integer"),
    (lambda c: c.xread({None: 0}), "Invalid input of type: 'NoneType'"),
    (lambda c: c.xread({"s": None}), "Invalid input of type: 'NoneType'"),
    (
        lambda c: c.xreadgroup("g", "c", {"s": ">"}, count=-1),
        "XREADGROUP count must be a positive integer",
    ),
    (lambda c: c.xrange("s", count=0), "XRANGE count must be a positive integer"),
    (lambda c: c.xrevrange("s", count="1"), "XREVRANGE count must be a positive integer"),
    (
        lambda c: c.xclaim("s", "g", "c", -1, ["1-0"]),
        "XCLAIM min_idle_time must be a non negative integer",
    ),
    (
        lambda c: c.xclaim("s", "g", "c", 1, "1-0"),
        "XCLAIM message_ids must be a non empty list or tuple of message IDs to claim",
    ),
    (
        lambda c: c.xclaim("s", "g", "c", 1, []),
        "XCLAIM message_ids must be a non empty list or tuple of message IDs to claim",
    ),
    (lambda c: c.xclaim("s", "g", "c", 1, ["1"], idle="1"), "XCLAIM idle must be an integer"),
    (lambda c: c.xclaim("s", "g", "c", 1, ["1"], time=1.5), "XCLAIM time must be an integer"),
    (
        lambda c: c.xclaim("s", "g", "c", 1, ["1"], retrycount="1"),
        "XCLAIM retrycount must be an integer",
    ),
    (lambda c: c.xclaim("s", "g", "c", 1, ["1"], force=1), "XCLAIM force must be a boolean"),
    (lambda c: c.xclaim("s", "g", "c", 1, ["1"], justid="x"), "XCLAIM justid must be a boolean"),
    (lambda c: c.xclaim("s", "g", "c", 1, [None]), "Invalid input of type: 'NoneType'"),
    (
        lambda c: c.xautoclaim("s", "g", "c", "5"),
        "XAUTOCLAIM min_idle_time must be a non negative integer",
    ),
    (
        lambda c: c.xpending_range("s", "g", "-", None, 5),
        "XPENDING must be provided with min, max and count parameters, or none of them. ",
    ),
    (
        lambda c: c.xpending_range("s", "g", "-", "+", -2),
        "XPENDING count must be a integer >= -1",
    ),
    (
        lambda c: c.xpending_range("s", "g", None, None, None, "c"),
        "if XPENDING is provided with consumername, it must be provided with min, max and count "
        "parameters",
    ),
    (
        lambda c: c.xpending_range("s", "g", None, None, None, idle=1),
        "if XPENDING is provided with idle, it must be provided with min, max and count parameters",
    ),
    # places
    (lambda c: c.geoadd("p", 1, 2), "GEOADD requires places with lon, lat and name values"),
    (lambda c: c.geoadd("p", [1, 2]), "GEOADD requires places with lon, lat and name values"),
    (lambda c: c.geoadd("p", 1, 2, None), "argument 'values' of geoadd"),
    (
        lambda c: c.geoadd("p", 1, 2, "a", nx=True, xx=True),
        "GEOADD allows either 'nx' or 'xx', not both",
    ),
    (lambda c: c.geodist("p", "a", "b", "miles"), "GEODIST invalid unit"),
    (lambda c: c.geodist("p", "a", "b", 5), "GEODIST invalid unit"),
    (lambda c: c.georadius("p", 1, 2, 3, unit="miles"), "GEORADIUS invalid unit"),
    (lambda c: c.georadius("p", 1, 2, 3, sort="up"), "GEORADIUS invalid sort"),
    (
        lambda c: c.georadiusbymember("p", "a", 3, store="b", store_dist="c"),
        "GEORADIUS store and store_dist cant be set together",
    ),
    (
        lambda c: c.georadius("p", 1, 2, 3, any=True),
        "GEORADIUS ``any`` can't be provided without ``count``",
    ),
    (lambda c: c.geosearch("p", radius=1), "GEOSEARCH must have member or longitude and latitude"),
    (
        lambda c: c.geosearch("p", longitude=1, radius=1),
        "GEOSEARCH longitude and latitude must be set together",
    ),
    (
        lambda c: c.geosearch("p", member="a", latitude=1, radius=1),
        "GEOSEARCH member and longitude or latitude cant be set together",
    ),
    (lambda c: c.geosearch("p", member="a"), "GEOSEARCH must have radius or width and height"),
    (
        lambda c: c.geosearch("p", member="a", width=1),
        "GEOSEARCH width and height must be set together",
    ),
    (
        lambda c: c.geosearch("p", member="a", radius=1, height=1),
        "GEOSEARCH radius and width or height cant be set together",
    ),
    (lambda c: c.geosearch("p", member="a", radius=1, unit=None), "GEOSEARCH invalid unit"),
    (lambda c: c.geosearch("p", member="a", radius=1, sort="up"), "GEOSEARCH invalid sort"),
    (
        lambda c: c.geosearchstore("d", "p", member="a", radius=1, any=True),
        "GEOSEARCHSTORE ``any`` can't be provided without ``count``",
    ),
    # hashes
    (lambda c: c.hsetex("h", mapping=5), "'mapping' of hsetex must be a mapping, not 'int'"),
    (lambda c: c.hsetex("h", mapping="ab"), "'mapping' of hsetex must be a mapping, not 'str'"),
    (lambda c: c.hsetex("h", mapping=NoPairs(a=1)), "'mapping' of hsetex has an item that is no"),
    (lambda c: c.hsetex("h", items=5), "'items' of hsetex must be a list of fields and values"),
    # scripts
    (lambda c: c.eval("return 1", 2, "k"), "'numkeys' of eval must be the number of keys"),
    (lambda c: c.eval("return 1", -1, "k"), "'numkeys' of eval must be the number of keys"),
    (lambda c: c.fcall("f", None), "'numkeys' of fcall must be the number of keys"),
]


@pytest.mark.parametrize(("send", "message"), REFUSED)
def test_what_a_call_refuses(client: RedisCluster, send: Send, message: str) -> None:
    """At once, on a client and on a pipeline; nothing is queued, and nothing was to be sent."""
    pipe = client.pipeline()
    for target in (client, pipe):
        with pytest.raises(DataError) as caught:
            send(target)
        assert message in str(caught.value)
    assert len(pipe) == 0


SCATTERED: list[Send] = [
    lambda c: c.eval("return 1", 2, "a", "b"),
    lambda c: c.fcall("f", 2, "a", "b"),
    lambda c: c.xread({"a": 0, "b": 0}),
    lambda c: c.xreadgroup("g", "c", {"a": 0, "b": 0}),
]


@pytest.mark.parametrize("send", SCATTERED)
def test_keys_of_several_slots_are_refused_before_anything_is_sent(
    client: RedisCluster, send: Send
) -> None:
    pipe = client.pipeline()
    for target in (client, pipe):
        with pytest.raises(RedisClusterException, match="all keys must map to the same key slot"):
            send(target)
    assert len(pipe) == 0


class Failing:
    """Its truth, or its items, cannot be had."""

    def __bool__(self) -> bool:
        raise LookupError("neither true nor false")

    def __len__(self) -> int:
        raise LookupError("no length")

    def items(self) -> Any:
        raise LookupError("no items")

    keys = items


FAILING: list[Send] = [
    lambda c: c.zrange("z", 0, 1, desc=Failing()),
    lambda c: c.zrange("z", 0, 1, byscore=Failing()),
    lambda c: c.zrange("z", 0, 1, bylex=Failing()),
    lambda c: c.zmpop(1, ["a"], min=Failing()),
    lambda c: c.zmpop(1, ["a"], max=Failing()),
    lambda c: c.xadd("s", Failing()),
    lambda c: c.xtrim("s", 1, approximate=Failing()),
    lambda c: c.xread(Failing()),
    lambda c: c.geoadd("p", 1, 2, "a", nx=Failing()),
    lambda c: c.geoadd("p", 1, 2, "a", xx=Failing()),
    lambda c: c.geodist("p", "a", "b", Failing()),
    lambda c: c.georadius("p", 1, 2, 3, withdist=Failing()),
]


@pytest.mark.parametrize("send", FAILING)
def test_an_arguments_own_error_goes_up(client: RedisCluster, send: Send) -> None:
    pipe = client.pipeline()
    for target in (client, pipe):
        with pytest.raises(LookupError):
            send(target)
    assert len(pipe) == 0


def test_a_mapping_of_streams_with_less_ids_than_names(client: RedisCluster) -> None:
    class Odd(dict[str, str]):
        def values(self) -> Any:
            return []

    with pytest.raises(DataError, match="not as many ids as names"):
        client.xread(Odd(s="0"))  # what a mapping says of itself need not be true


def test_where_only_a_keyword_may_stand(recorder: RedisCluster) -> None:
    anything: Any = recorder
    assert anything.pubsub_numsub("a", "b", aggregate=False) == ("PUBSUB NUMSUB", "a", "b")
    with pytest.raises(TypeError, match="unexpected keyword argument 'ag'"):
        anything.pubsub_numsub("a", ag=False)
    with pytest.raises(TypeError, match="missing required argument: 'name'"):
        anything.geoadd(nx=True)
