"""Places, and the replies of their commands."""

from __future__ import annotations

import pytest

from rediscluster_c import ClusterCrossSlotError, RedisCluster, ResponseError
from tests.cluster.modes import MODES, Case, Factory, check, named

PALERMO = (13.361389338970184, 38.1155563954963)
CATANIA = (15.087267458438873, 37.50266842333162)
HASHES = {b"Palermo": 3479099956230698, b"Catania": 3479447370796909}
PLACES: Case = [
    (lambda c: c.geoadd("{t}p", 13.361389, 38.115556, "Palermo"), 1),
    (lambda c: c.geoadd("{t}p", [15.087269, 37.502669, "Catania"]), 1),
]

CASES: dict[str, Case] = {
    "geoadd": [
        (lambda c: c.geoadd("p", 1, 2, "a", 3, 4, b"b"), 2),
        (lambda c: c.geoadd("p", 1, 3, "a", 5, 6, "c", nx=True), 1),
        (lambda c: c.geoadd("p", 1, 4, "a", 5, 6, "d", xx=True, ch=True), 1),
        (lambda c: c.zcard("p"), 3),
    ],
    "geodist": [
        *PLACES,
        (lambda c: c.geodist("{t}p", "Palermo", "Catania"), 166274.1516),
        (lambda c: c.geodist("{t}p", "Palermo", "Catania", "km"), 166.2742),
        (lambda c: c.geodist("{t}p", "Palermo", "Rome", unit="mi"), None),
    ],
    "geohash and geopos": [
        *PLACES,
        (lambda c: c.geopos("{t}p", "Palermo", "Rome", "Catania"), [PALERMO, None, CATANIA]),
        (lambda c: c.geopos("none", "Rome"), [None]),
    ],
    "georadius": [
        *PLACES,
        (
            lambda c: c.georadius("{t}p", 15, 37, 200, unit="km", sort="ASC"),
            [b"Catania", b"Palermo"],
        ),
        (lambda c: c.georadius("{t}p", 15, 37, 100), []),
        (
            lambda c: c.georadius(
                "{t}p", 15, 37, 100, "km", withdist=True, withcoord=True, withhash=True
            ),
            [[b"Catania", 56.4413, HASHES[b"Catania"], CATANIA]],
        ),
        (
            lambda c: c.georadius("{t}p", 15, 37, 200, "km", True, count=1, sort="DESC"),
            [[b"Palermo", 190.4424]],
        ),
        (lambda c: c.georadius("{t}p", 15, 37, 200, "km", store="{t}d"), 2),
        (lambda c: c.georadius("{t}p", 15, 37, 100, "km", store_dist="{t}d"), 1),
        (lambda c: c.zcard("{t}d"), 1),
    ],
    "georadiusbymember": [
        *PLACES,
        (
            lambda c: c.georadiusbymember("{t}p", "Palermo", 200, "km", withdist=True, sort="ASC"),
            [[b"Palermo", 0.0], [b"Catania", 166.2742]],
        ),
        (lambda c: c.georadiusbymember("{t}p", "Palermo", 1), [b"Palermo"]),
        (lambda c: c.georadiusbymember("{t}p", "Palermo", 1, store="{t}d"), 1),
    ],
    "geosearch": [
        *PLACES,
        (
            lambda c: c.geosearch("{t}p", longitude=15, latitude=37, unit="km", radius=100),
            [b"Catania"],
        ),
        (
            lambda c: c.geosearch(
                "{t}p",
                member="Palermo",
                unit="km",
                width=500,
                height=500,
                sort="DESC",
                withcoord=True,
            ),
            [[b"Catania", CATANIA], [b"Palermo", PALERMO]],
        ),
        (
            lambda c: c.geosearch("{t}p", "Palermo", radius=1, withhash=True),
            [[b"Palermo", HASHES[b"Palermo"]]],
        ),
        (lambda c: c.geosearch("none", longitude=0, latitude=0, radius=1, count=1, any=True), []),
    ],
    "geosearchstore": [
        *PLACES,
        (lambda c: c.geosearchstore("{t}d", "{t}p", "Palermo", unit="km", radius=500), 2),
        (lambda c: c.geopos("{t}d", "Catania"), [CATANIA]),
        (
            lambda c: c.geosearchstore(
                "{t}d", "{t}p", longitude=15, latitude=37, unit="km", radius=100, storedist=True
            ),
            1,
        ),
        (lambda c: c.zscore("{t}d", "Catania"), 56.441257870158204),
    ],
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", named(CASES))
def test_replies(make_client: Factory, mode: str, name: str) -> None:
    check(make_client, mode, CASES[name])


@pytest.mark.parametrize("decodes", [False, True])
def test_a_geohash_is_str_whatever_the_client_decodes(make_client: Factory, decodes: bool) -> None:
    client = make_client(decode_responses=decodes)
    client.flushall()
    client.geoadd("p", 13.361389, 38.115556, "Palermo")
    assert client.geohash("p", "Palermo", "Rome") == ["sqc8b49rny0", None]
    assert client.pipeline().geohash("p", "Palermo").execute() == [["sqc8b49rny0"]]


def test_errors_of_the_server(rc: RedisCluster) -> None:
    with pytest.raises(ResponseError, match="valid longitude,latitude pair"):
        rc.geoadd("p", 500, 0, "nowhere")
    with pytest.raises(ResponseError, match="could not decode|does not exist"):
        rc.geoadd("p", 1, 2, "a")
        rc.georadiusbymember("p", "b", 1)
    with pytest.raises(ClusterCrossSlotError):
        rc.geosearchstore("a", "b", member="m", radius=1)
    with pytest.raises(ClusterCrossSlotError):
        rc.georadius("a", 1, 2, 3, store="b")
