"""Commands by name, on a real cluster, listed in the table or not: their order and replies."""

from __future__ import annotations

from typing import Any

KEYS = [f"key:{number}" for number in range(40)]
SET = "return redis.call('SET', KEYS[1], ARGV[1])"


def test_a_script_and_what_comes_behind_it_keep_their_order(rc: Any) -> None:
    """With the script's text taken for the key, a redirect would let SET go first."""
    pipe = rc.pipeline()
    for key in KEYS:
        pipe.execute_command("EVAL", SET, 1, key, "old").set(key, "new")
    assert pipe.execute() == [b"OK", True] * len(KEYS)
    assert rc.mget(KEYS) == [b"new"] * len(KEYS)


def test_keys_behind_other_words(rc: Any) -> None:
    pipe = rc.pipeline()
    for key in KEYS:
        pipe.set(key, 1).execute_command("OBJECT", "ENCODING", key)
        pipe.execute_command("BITOP", "NOT", f"{{{key}}}2", key)
        pipe.execute_command("XADD", f"s{key}", "1-1", "field", "value")
        pipe.execute_command("XREAD", "COUNT", 1, "STREAMS", f"s{key}", 0)
    found = pipe.execute()
    assert found[1::5] == [b"int"] * len(KEYS)
    assert found[2::5] == [1] * len(KEYS)
    entry = (b"1-1", {b"field": b"value"})
    assert found[4::5] == [[[f"s{key}".encode(), [entry]]] for key in KEYS]


def test_a_script_without_keys(rc: Any) -> None:
    assert rc.execute_command("EVAL", "return ARGV[1]", 0, "x") == b"x"
    assert rc.pipeline().execute_command("EVAL", "return 5", 0).execute() == [5]
