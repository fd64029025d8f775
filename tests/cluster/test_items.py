"""rc[key] on a real cluster, and what it does on a pipeline."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster.modes import Factory


def test_a_client_is_used_like_a_dict(rc: Any) -> None:
    with pytest.raises(KeyError, match="k"):
        rc["k"]
    assert "k" not in rc
    for value in ("text", b"\xff", 5, 1.5, ""):
        rc["k"] = value
        assert rc["k"] == (value if isinstance(value, bytes) else str(value).encode())
    assert "k" in rc
    del rc["k"]
    assert "k" not in rc
    del rc["k"]


def test_setting_takes_the_expiry_away(rc: Any) -> None:
    rc.set("k", "v", ex=100)
    rc["k"] = "w"
    assert rc.ttl("k") == -1


def test_decoded(make_client: Factory) -> None:
    client = make_client(decode_responses=True)
    client["ä"] = "ö"
    assert client["ä"] == "ö"


def test_a_pipeline_queues(rc: Any) -> None:
    pipe = rc.pipeline()
    pipe["k"] = "v"
    assert pipe["k"] is pipe
    assert "k" in pipe
    del pipe["k"]
    assert pipe["k"] is pipe
    assert pipe.execute() == [True, b"v", 1, 1, None]
