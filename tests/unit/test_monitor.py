"""Lines of MONITOR, taken apart."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import InvalidResponse
from rediscluster_c.monitor import _parse

TIME = "1339518083.107412"


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        ("127.0.0.1:60866", ("127.0.0.1", "60866", "tcp")),
        ("[::1]:60866", ("[::1]", "60866", "tcp")),
        ("lua", ("lua", "", "lua")),
        ("unix:/tmp/sock", ("unix", "/tmp/sock", "unix")),
    ],
)
def test_clients(client: str, expected: Any) -> None:
    found = _parse(f'{TIME} [3 {client}] "keys" "*"')
    assert (found["client_address"], found["client_port"], found["client_type"]) == expected
    assert (found["time"], found["db"], found["command"]) == (1339518083.107412, 3, "keys *")


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ('"PING"', "PING"),
        ('"SET" "" "x"', "SET  x"),
        ('"GET" "a\\\\"', "GET a\\\\"),
        ('"GET" "a\\\\" "b"', "GET a\\\\ b"),
        ('"GET" "say \\"x\\" \\\\\\""', 'GET say "x" \\\\"'),
        ('"GET" "a] b\\n\\xff"', "GET a] b\\n\\xff"),
    ],
)
def test_arguments(arguments: str, command: str) -> None:
    assert _parse(f"{TIME} [0 127.0.0.1:1] {arguments}")["command"] == command


@pytest.mark.parametrize("line", ["", "OK", f"{TIME} [0 a", 'x [0 127.0.0.1:1] "a"'])
def test_other_lines_are_refused(line: str) -> None:
    with pytest.raises(InvalidResponse, match="no line of MONITOR"):
        _parse(line)


def test_a_line_is_shown_cut() -> None:
    with pytest.raises(InvalidResponse) as raised:
        _parse("x" * 1_000_000)
    assert len(str(raised.value)) < 200
