"""Replies of vector sets, as Redis 8.2 writes them."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c._commands import replies

Reply = list[Any]


def test_vemb() -> None:
    assert replies.vemb(None) is None
    assert replies.vemb([b"0.5", b"-2", b"1e-3"]) == [0.5, -2, 0.001]
    assert replies.vemb([b"int8", b"\xff\x00", b"3.7", b"0.8"], raw=True) == {
        "quantization": "int8",
        "raw": b"\xff\x00",
        "l2": 3.7,
        "range": 0.8,
    }
    assert replies.vemb(["bin", b"\x01", "1"], raw=True) == {
        "quantization": "bin",
        "raw": b"\x01",
        "l2": 1.0,
    }


def test_vgetattr() -> None:
    assert replies.vgetattr(None) is None
    assert replies.vgetattr(b'{"a": [1]}') == {"a": [1]}
    assert replies.vgetattr("") is None


def test_vinfo() -> None:
    assert replies.vinfo(None) is None
    assert replies.vinfo([b"quant-type", b"int8", b"size", 2]) == {"quant-type": "int8", "size": 2}


@pytest.mark.parametrize("name", ["b", b"\xff"])
def test_vlinks(name: Any) -> None:
    assert replies.vlinks(None) is None
    assert replies.vlinks(None, with_scores=True) is None
    assert replies.vlinks([[name], []]) == [[name], []]
    assert replies.vlinks([[name, b"0.5"], []], with_scores=True) == [{name: 0.5}, {}]


@pytest.mark.parametrize("name", ["b", b"\xff"])
def test_vsim(name: Any) -> None:
    assert replies.vsim([name]) == [name]
    assert replies.vsim([name, b"0.5"], with_scores=True) == {name: 0.5}
    assert replies.vsim([name, b'{"a": 1}', "c", None], with_attribs=True) == {
        name: {"a": 1},
        "c": None,
    }
    both = replies.vsim(
        [name, "0.5", b'{"a": 1}', "c", "0", None], with_scores=True, with_attribs=True
    )
    assert both == {
        name: {"score": 0.5, "attributes": {"a": 1}},
        "c": {"score": 0.0, "attributes": None},
    }


@pytest.mark.parametrize(
    ("function", "reply", "options"),
    [
        (replies.vemb, b"text", {}),
        (replies.vemb, [b"int8"], {"raw": True}),
        (replies.vgetattr, b"no json", {}),
        (replies.vinfo, [b"odd"], {}),
        (replies.vlinks, b"text", {}),
        (replies.vsim, 7, {}),
        (replies.vsim, [b"odd"], {"with_scores": True}),
        (replies.vsim, [b"a", b"1", None, b"b"], {"with_scores": True, "with_attribs": True}),
        (replies.cluster_slot_stats, [b"odd"], {}),
    ],
)
def test_a_reply_of_another_shape_is_refused(
    function: Any, reply: Any, options: dict[str, bool]
) -> None:
    with pytest.raises(ValueError, match="has not the shape that is known of it"):
        function(reply, **options)


def test_cluster_slot_stats() -> None:
    assert replies.cluster_slot_stats([[7, [b"key-count", 1, b"cpu-usec", 2]], [8, []]]) == {
        7: {"key-count": 1, "cpu-usec": 2},
        8: {},
    }
