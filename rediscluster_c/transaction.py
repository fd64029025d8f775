"""Transactions: commands between MULTI and EXEC, on the node of their one slot."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from rediscluster_c import _core
from rediscluster_c._nodes import LOST, SLOTS, Address
from rediscluster_c._options import checks
from rediscluster_c._retry import BackOff, refresh
from rediscluster_c.client import Callbacks
from rediscluster_c.connection import ClusterConnectionPool
from rediscluster_c.crc import Key
from rediscluster_c.exceptions import (
    AskError,
    AuthenticationError,
    BusyLoadingError,
    ClusterDownError,
    CrossSlotTransactionError,
    InvalidResponse,
    MovedError,
    OutcomeUnknownResponseError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    SlotNotCoveredError,
    TryAgainError,
    UnknownOutcome,
    WatchError,
)
from rediscluster_c.pipeline import ClusterPipeline
from rediscluster_c.script import ScriptQueue

# What a transaction may be tried again for: nothing of it has run, and it passes.
_PASSING = (
    AskError,
    BusyLoadingError,  # a ConnectionError as well, though none was lost
    ClusterDownError,
    ReadOnlyError,
    SlotNotCoveredError,
    TryAgainError,
)
# ... and what says that the node may have been replaced, or may be about to be.
_FAILING = (BusyLoadingError, ClusterDownError, ReadOnlyError)
_TRIES = 16
_LOST_TRIES = 4  # each has cost a timeout, perhaps
_WATCH_LOST = "the connection that keys were watched on is gone"
_UNWATCH_SECONDS = 1.0  # seconds that UNWATCH may take, before the connection is closed instead

_T = TypeVar("_T")

# The nodes that are known to take MULTI. One that refuses it (for its ACL, say) would run the
# commands behind it one by one, so the first transaction on a node asks before it sends them. (It
# may refuse later on, when the user's permissions have changed; then all are asked again.)
_checked_owners: WeakKeyDictionary[ClusterConnectionPool, set[Address]] = WeakKeyDictionary()


class ClusterTransaction(ScriptQueue, ClusterPipeline):
    """A pipeline whose commands run together or not at all, without others' commands in between.

    All keys must be in one slot: CrossSlotTransactionError before anything is sent otherwise. After
    watch() commands run at once and return their replies, until multi(); execute() then raises
    WatchError if a watched key was changed by somebody else, or if the slot has moved meanwhile. A
    connection that is lost, or left by Ctrl-C before a reply came, takes the watch with it: the
    next command, watch() or execute() raises WatchError. With a WatchError all is forgotten, and
    can begin anew.

    A transaction of which nothing can have run is tried again by itself, unless keys are watched.
    One whose EXEC was sent and not answered is not: it raises UnknownOutcome, and so does one whose
    MULTI was refused (the user may no longer use it) while its commands were not. As in redis-py, a
    command that fails when it runs does not undo the others.
    """

    def __init__(
        self,
        connection_pool: ClusterConnectionPool,
        result_callbacks: Callbacks | None = None,
        response_callbacks: Callbacks | None = None,
    ) -> None:
        super().__init__(connection_pool, result_callbacks, response_callbacks)
        self.atomic = True
        self._session: _core.Session | None = None  # while keys are watched
        self._watched: int | None = None  # their slot
        self._names: tuple[Key, ...] = ()  # those that were watched last
        self._explicit = False  # multi() was called
        self._deadline: float | None = None  # of execute()
        self._owner: Address | None = None  # of the slot, who was asked last

    # ---- watching ----

    def watch(self, *names: Key) -> bool:
        """Watch keys of one slot: execute() does nothing if one of them changes until then.

        Commands run at once from now on, and return their replies, until multi(). Returns True.
        """
        if self._explicit:
            raise RedisError("Cannot issue a WATCH after a MULTI")
        if not names:
            raise RedisError("WATCH needs at least one key")
        slots = {self.keyslot(name) for name in names}
        self._check_slots(slots if self._watched is None else slots | {self._watched})
        (slot,) = slots
        self._deadline = checks.deadline(self.command_timeout)
        try:
            self._watch_names(slot, names)
        finally:
            self._deadline = None
        self._watched = slot
        self._names = names
        self.immediate = True
        return True

    def _watch_names(self, slot: int, names: tuple[Key, ...]) -> None:
        if self._session is None:
            self._session = self._try(lambda: self._watch_on(self._open(slot), names))
            return
        try:
            self._watch_on(self._session, names)
        except LOST as error:
            self.reset()
            raise WatchError(_WATCH_LOST) from error

    def _watch_on(self, session: _core.Session, names: tuple[Key, ...]) -> _core.Session:
        try:
            session.call_ok("WATCH", *names, timeout=self._left())
        except BaseException:
            session.close()
            raise
        return session

    def unwatch(self) -> bool:
        """Forget the watched keys; commands are queued again. Returns True."""
        session, self._session = self._session, None
        self._watched = None
        self.immediate = False
        if session is not None:
            _give_back(session)
        return True

    def multi(self) -> None:
        """Queue the commands from here on, after watch() had let them run at once."""
        if self._explicit:
            raise RedisError("Cannot issue nested calls to MULTI")
        if len(self):
            raise RedisError("Commands without an initial WATCH have already been issued")
        self._explicit = True
        self.immediate = False

    def _run_now(self) -> Any:
        """Run the one command that was just queued, while keys are watched; C calls this."""
        try:
            return self._run_watching(self._session)
        except WatchError:
            self.reset()
            raise

    def _run_watching(self, session: _core.Session | None) -> Any:
        try:
            if session is None or session.closed or self._watched is None:
                raise WatchError(_WATCH_LOST)
            if len(self) != 1:
                raise RedisError(
                    "commands that were queued before watch() are in the way of one that is to run "
                    "at once: watch first (the pipeline is empty now)"
                )
            self._check_slots(self.slots | {self._watched})
            self._load_scripts()
            try:
                (reply,) = self.run_on_session(session)
            except LOST as error:
                self._check_watch(error)
                raise
        finally:
            _core.Pipeline.reset(self)
        if isinstance(reply, MovedError) and self._has_moved(session):
            raise WatchError("the slot moved while keys in it were watched") from reply
        if isinstance(reply, Exception):
            self._doubt(reply)
            try:
                raise reply
            finally:
                del reply  # or it would keep this frame, and with it the connection
        return reply

    def _has_moved(self, session: _core.Session) -> bool:
        """Whether the server says so of a watched key: a script can say MOVED, too."""
        try:
            session.call("WATCH", *self._names[:1], timeout=self._left())
        except MovedError:
            return True
        except RedisError:
            pass
        return False

    # ---- executing ----

    def _execute_together(self, raise_on_error: bool, timeout: float | None) -> list[Any]:
        """Run the queued commands as one transaction: execute() calls this, from C.

        The pipeline is empty afterwards, and nothing is watched, also after a failure. WatchError
        when a watched key had changed, which is asked even when nothing is queued: nothing has run.
        A command that the server would not queue is raised: nothing has run. With *raise_on_error*
        the first command that failed when it ran is raised when all have run; without it,
        exceptions stand in the list. *timeout*: seconds for all tries together, but for the time
        that a connection takes to open; without it command_timeout.
        """
        try:
            self._deadline = checks.deadline(self.command_timeout if timeout is None else timeout)
            if not len(self) and self._session is None:
                return []
            slots = self.slots if self._watched is None else self.slots | {self._watched}
            self._check_slots(slots)
            self._load_scripts()
            slot = next(iter(slots), None)
            try:
                results = self._results(slot)
            except RedisError as error:
                if error.outcome is None:
                    self._explain(error, slot)
                raise
            for index, result in enumerate(results):
                if raise_on_error and isinstance(result, Exception):
                    raise self.annotate(index, result)
            return results
        finally:
            self._deadline = None
            self.reset()

    def _load_scripts(self) -> None:
        if self.scripts:
            self.load_scripts()
            self.scripts = set()

    def _results(self, slot: int | None) -> list[Any]:
        if self._session is not None:
            return self._exchange(self._session)
        return self._try(lambda: self._exchange_alone(slot))

    def _exchange_alone(self, slot: int | None) -> list[Any]:
        session = self._open(slot)
        try:
            results = self._exchange(session)
        except BaseException as error:
            session.close(clean=isinstance(error, ResponseError))
            raise
        session.close(clean=True)
        return results

    def _exchange(self, session: _core.Session) -> list[Any]:
        """The replies of the commands; an exception when nothing has run, or nobody knows."""
        try:
            refusals, results = self.run_on_session(session, transaction=True, timeout=self._left())
        except LOST as error:
            # The node may come back as another one, or with other rules.
            _checked_owners.pop(self.connection_pool, None)
            self._check_watch(error)
            raise
        # The commands' own errors prove nothing: a script that fails has written, perhaps.
        if refusals[0] is not None:
            _checked_owners.pop(self.connection_pool, None)
            raise _run_singly(refusals[0]) if len(self) else refusals[0]
        if isinstance(results, list):
            return results
        if results is None:
            raise WatchError("Watched variable changed.")
        for index, refusal in enumerate(refusals[1:]):
            if isinstance(refusal, MovedError) and self._watched is not None:
                raise WatchError("the slot moved while keys in it were watched") from refusal
            if refusal is not None:
                raise self.annotate(index, refusal)
        raise results

    def _explain(self, error: RedisError, slot: int | None) -> None:
        """Say what a server's refusal means: nothing has run."""
        error.outcome = "refused"
        error.slot = slot
        if self._owner is not None:
            error.node = "{}:{}".format(*self._owner)

    def _check_watch(self, lost: Any) -> None:
        """WatchError if keys were watched: the server forgot them with the connection."""
        if self._watched is not None and not isinstance(lost, UnknownOutcome):
            error = WatchError(f"{_WATCH_LOST}: {lost}")
            # What was lost has changed nothing, and of the transaction nothing was sent.
            error.node, error.slot, error.outcome = lost.node, lost.slot, "not sent"
            raise error from lost

    # ---- trying ----

    def _doubt(self, error: Exception) -> None:
        if isinstance(error, _FAILING) and self._owner is not None:
            self.connection_pool.doubt(*self._owner)

    def _is_late(self) -> bool:
        return self._deadline is not None and time.monotonic() >= self._deadline

    def _left(self) -> float | None:
        """Seconds until the deadline; a little more than none when it has passed."""
        return None if self._deadline is None else max(self._deadline - time.monotonic(), 0.001)

    def _try(self, attempt: Callable[[], _T]) -> _T:
        """Again, with growing pauses, as long as nothing can have run and the reason passes."""
        patience = _Patience(self.connection_pool)
        while True:
            try:
                return attempt()
            except (UnknownOutcome, AuthenticationError):
                raise
            except (*_PASSING, *LOST) as error:
                self._doubt(error)
                if patience.ends_with(error):
                    raise
                patience.wait(self._left())
                if self._is_late():  # what is sent now could only end unknown
                    raise

    def _open(self, slot: int | None) -> _core.Session:
        """A connection of its own to the slot's owner, which is known to take MULTI."""
        pool = self.connection_pool
        left = self._left()
        left_ms = -1 if left is None else max(round(left * 1000), 1)
        owner = pool.owner(random.randrange(SLOTS) if slot is None else slot, left_ms)
        if owner is None:
            pool.refresh()
            owner = pool.owner(slot or 0)
        if owner is None:
            uncovered = SlotNotCoveredError(f'Slot "{slot}" not covered by the cluster.')
            uncovered.slot, uncovered.outcome = slot, "not sent"
            raise uncovered
        self._owner = owner
        session = _core.Session(pool, *owner)
        checked = _checked_owners.setdefault(pool, set())
        if owner not in checked:
            try:
                session.call_ok("MULTI", timeout=self._left())
                session.call_ok("DISCARD", timeout=self._left())
            except BaseException:
                session.close()
                raise
            checked.add(owner)
        return session

    def _check_slots(self, slots: set[int]) -> None:
        if len(slots) > 1:
            listed = ", ".join(map(str, sorted(slots)))
            raise CrossSlotTransactionError(
                f"all keys of a transaction must be in one slot, and these are in {listed}: "
                "give them a common {hash tag}"
            )

    def reset(self) -> None:
        """Forget all queued commands and watched keys. The pipeline can be used again."""
        super().reset()
        self._explicit = False
        self.unwatch()

    def discard(self) -> None:
        """The same as reset(): nothing is sent to the server before execute()."""
        self.reset()


def _run_singly(refusal: Exception) -> Exception:
    """What it means that MULTI is refused where it was taken before: the commands went along."""
    error = OutcomeUnknownResponseError(
        f"MULTI was refused, so the commands were no transaction and may have run: {refusal}"
    )
    error.outcome = "unknown"
    return error


class _Patience:
    """How often, and how long, a transaction is tried of which nothing has run.

    What was lost has the pool's failover_timeout as well while other nodes answer: a replica may
    take the lost one's place.
    """

    def __init__(self, pool: ClusterConnectionPool) -> None:
        self._pool = pool
        self._tries = _TRIES
        self._lost_tries = _LOST_TRIES
        self._lost_at: float | None = None
        self._cluster_answers = True
        self._back_off = BackOff()

    def ends_with(self, error: Exception) -> bool:
        if isinstance(error, _PASSING):
            self._tries -= 1
            return self._tries <= 0
        if self._lost_at is None:
            self._lost_at = time.monotonic()
        self._lost_tries -= 1
        return self._lost_tries <= 0 and not self._may_wait(error, self._lost_at)

    def _may_wait(self, error: Any, since: float) -> bool:
        if error.node is None:  # no connection was free, and no other node can help
            return False
        if isinstance(error, InvalidResponse):  # the node is there, and talks nonsense
            return False
        return self._cluster_answers and time.monotonic() - since < self._pool.failover_timeout

    def wait(self, at_most: float | None) -> None:
        self._back_off.sleep(at_most)
        self._cluster_answers = refresh(self._pool)


def _give_back(session: _core.Session) -> None:
    """To the pool, without anything watched; a connection that cannot say so is closed."""
    try:
        with suppress(RedisError):
            session.call_ok("UNWATCH", timeout=_UNWATCH_SECONDS)
            session.close(clean=True)
    finally:
        session.close()
