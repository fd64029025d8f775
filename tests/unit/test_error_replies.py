"""Error replies and failures become exceptions: the class by the code, the text as it was sent."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rediscluster_c import exceptions as e

# The reply, the class, and the text of the exception.
REPLIES = [
    ("ERR no such key", e.ResponseError, "no such key"),
    ("WRONGTYPE Operation against", e.ResponseError, "WRONGTYPE Operation against"),
    ("OOM command not allowed", e.OutOfMemoryError, "OOM command not allowed"),
    ("BUSYGROUP exists", e.ResponseError, "BUSYGROUP exists"),
    ("NOSCRIPT No matching script.", e.NoScriptError, "No matching script."),
    ("READONLY You can't write", e.ReadOnlyError, "You can't write"),
    ("NOPERM this user has no permissions", e.NoPermissionError, "this user has no permissions"),
    ("EXECABORT Transaction discarded", e.ExecAbortError, "Transaction discarded"),
    ("LOADING Redis is loading", e.BusyLoadingError, "Redis is loading"),
    ("NOAUTH Authentication required.", e.AuthenticationError, "Authentication required."),
    ("WRONGPASS invalid username-password pair", e.AuthenticationError, None),
    ("ERR invalid password", e.AuthenticationError, "invalid password"),
    ("ERR Client sent AUTH, but no password is set", e.AuthenticationError, None),
    (
        "ERR wrong number of arguments for 'auth' command",
        e.AuthenticationWrongNumberOfArgsError,
        None,
    ),
    ("ERR max number of clients reached", e.ConnectionError, "max number of clients reached"),
    (
        "CROSSSLOT Keys in request don't hash",
        e.ClusterCrossSlotError,
        "Keys in request don't hash; keyslot(key) of the client is a key's slot, and keys with the "
        "same {hash tag} share one",
    ),
    ("CLUSTERDOWN The cluster is down", e.ClusterDownError, "The cluster is down"),
    ("MASTERDOWN Link with MASTER is down", e.MasterDownError, "Link with MASTER is down"),
    ("TRYAGAIN Multiple keys request", e.TryAgainError, "Multiple keys request"),
    ("ASK 12 127.0.0.1:7001", e.AskError, "12 127.0.0.1:7001"),
    ("MOVED 12 127.0.0.1:7001", e.MovedError, "12 127.0.0.1:7001"),
]


@pytest.mark.parametrize(("reply", "kind", "text"), REPLIES)
def test_the_code_decides_the_class(reply: str, kind: type[Exception], text: str | None) -> None:
    error = e.from_reply(reply)
    assert type(error) is kind
    assert isinstance(error, e.RedisError)
    if text is not None:
        assert str(error) == text


def test_a_code_is_a_whole_word() -> None:
    assert type(e.from_reply("MOVEDX 12 127.0.0.1:7001")) is e.ResponseError
    assert type(e.from_reply("LOADINGS of data")) is e.ResponseError


UNREADABLE = [
    "MOVED",
    "MOVED x y",
    "MOVED 12",
    "ASK 12 host",
    "ASK -1 :",
    "MOVED 1 h:7x",
    "MOVED 1x h:7",
    "MOVED ٣ h:٣",
    f"MOVED {'1' * 5000} h:7",
    f"ASK 1 h:{'7' * 5000}",
    "ASK 1  h:7",
    "ASK 1 h\n:7x",
]


@pytest.mark.parametrize("reply", UNREADABLE)
def test_a_redirect_that_cannot_be_read_is_an_ordinary_error(reply: str) -> None:
    error = e.from_reply(reply)
    assert type(error) is e.ResponseError
    assert str(error) == reply


def test_a_redirect_without_a_host_keeps_its_port() -> None:
    error = e.from_reply("MOVED 12 :7001")
    assert isinstance(error, e.MovedError)
    assert (error.host, error.port) == ("", 7001)


def test_what_stands_behind_a_redirect_is_no_part_of_it() -> None:
    error = e.from_reply("ASK 12 1.2.3.4:7001 and\nmore")
    assert isinstance(error, e.AskError)
    assert (error.slot_id, error.host, error.port) == (12, "1.2.3.4", 7001)


words = st.sampled_from(["MOVED", "ASK", "ERR", "LOADING", "12", "h:1", ":", "٣:٣", "x:-1", ""])


@given(st.lists(words | st.text(max_size=5), max_size=5).map(" ".join))
def test_no_reply_is_too_odd_to_become_an_error(text: str) -> None:
    error = e.from_reply(text)
    assert isinstance(error, e.RedisError)
    assert str(error) in text


@pytest.mark.parametrize(
    ("name", "outcome", "read", "kind"),
    [
        ("ConnectionError", "not sent", False, e.ConnectionError),
        ("ConnectionError", "unknown", False, e.OutcomeUnknownConnectionError),
        ("ConnectionError", "unknown", True, e.ConnectionError),
        ("TimeoutError", "unknown", False, e.OutcomeUnknownTimeoutError),
        ("TimeoutError", "unknown", True, e.TimeoutError),
        ("InvalidResponse", "unknown", False, e.OutcomeUnknownConnectionError),
        ("InvalidResponse", "not sent", True, e.InvalidResponse),
        ("MemoryError", "not sent", False, MemoryError),
        ("MemoryError", "unknown", True, MemoryError),
    ],
)
def test_only_a_write_has_an_unknown_outcome(
    name: str, outcome: str, read: bool, kind: type[Exception]
) -> None:
    error = e.from_failure(name, "it broke", "1.2.3.4", 5, 12, outcome, read)
    assert type(error) is kind
    assert "it broke" in str(error)
    assert "1.2.3.4:5" in str(error)


# What the last of several tries may have ended with, when an earlier one may have run.
LATER = [
    "AuthenticationError",
    "ClusterError",
    "InvalidResponse",
    "MemoryError",
    "RedisClusterException",
    "SlotNotCoveredError",
    "TimeoutError",
]


@pytest.mark.parametrize("name", LATER)
def test_what_may_have_run_says_so_whatever_came_later(name: str) -> None:
    error = e.from_failure(name, "it broke", "1.2.3.4", 5, 12, "unknown", False)
    assert isinstance(error, e.UnknownOutcome)
    assert isinstance(error, (e.ConnectionError, e.TimeoutError))
    assert "it broke" in str(error)
    assert "whether it ran is not known" in str(error)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.outcome) == (type(error), str(error), "unknown")


def test_a_failure_tells_what_is_known() -> None:
    known = e.from_failure("ConnectionError", "it broke", "1.2.3.4", 5, 12, "not sent", False)
    assert isinstance(known, e.ConnectionError)
    assert (known.node, known.slot, known.outcome) == ("1.2.3.4:5", 12, "not sent")
    unknown = e.from_failure("RedisClusterException", "no node", "", 0, -1, "not sent", False)
    assert isinstance(unknown, e.RedisClusterException)
    assert (unknown.node, unknown.slot, str(unknown)) == (None, None, "no node")


def test_an_uncovered_slot_is_named() -> None:
    error = e.from_failure("SlotNotCoveredError", "", "", 0, 15495, "not sent", False)
    assert type(error) is e.SlotNotCoveredError
    assert 'Slot "15495" not covered by the cluster' in str(error)


def test_the_message_of_a_pipelines_command_has_its_number() -> None:
    error = e.annotate(e.ResponseError("it broke"), 3, "SET k value", "SET k va...")
    assert str(error) == "Command # 3 (SET k value) of pipeline caused error: it broke"
    assert error.command == "SET k va..."  # type: ignore[attr-defined]


def test_an_error_of_decoding_goes_on_to_name_the_command() -> None:
    given: Any = UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
    text, args = str(given), given.args
    e.explain_decoding(given, "GET k")
    assert given.command == "GET k"
    error: Any = e.annotate(given, 3, "GET k", "GET k")
    assert error is given
    assert str(error) == (
        f"{text}, in the reply to GET k: decode_responses=True takes every reply for a text; "
        "a client without it returns bytes (command # 3 of the pipeline)"
    )
    assert (error.args, error.object) == (args, b"\xff")


def test_an_error_whose_text_is_its_own_stays_whole() -> None:
    given: Any = OSError(2, "No such file", "name")
    text, args = str(given), given.args
    error: Any = e.annotate(given, 3, "GET k", "GET k")
    assert error is given
    assert (str(error), error.args) == (text, args)
    assert error.command == "GET k"
    if hasattr(error, "add_note"):
        assert error.__notes__ == [f"Command # 3 (GET k) of pipeline caused error: {text}"]


def test_a_redirect_that_a_pipeline_annotated_can_be_pickled() -> None:
    error = e.annotate(e.from_reply("MOVED 12 h:5"), 1, "GET k", "GET k")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is e.MovedError
    assert str(copy) == str(error)
    assert (copy.slot_id, copy.node_addr) == (12, ("h", 5))
