"""Lua scripts that are known by their SHA1, and pipelines that load them before they run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rediscluster_c import _core
from rediscluster_c.crc import Key, encode
from rediscluster_c.exceptions import NoScriptError, RedisClusterException, RedisError

if TYPE_CHECKING:
    from rediscluster_c.client import RedisCluster

# The word that begins the error of a server that does not have the script; a script can fail with
# an error that begins so, too.
_MISSING = b"NOSCRIPT"
# What follows it: Redis', Valkey's.
_MISSING_TEXTS = ("No matching script. Please use EVAL.", "No matching script.")

# After a load, one more for a slot that has just moved to a primary that the load did not know.
_LOADS = 2


class Script:
    """A Lua script; register_script() of a client makes one, and a call runs it.

    ``script`` is its text, ``sha`` the SHA1 that servers know it by (str, 40 hex digits).
    """

    def __init__(self, registered_client: RedisCluster, script: str | bytes) -> None:
        pool = registered_client.connection_pool
        self.registered_client = registered_client
        self.script = script
        self._code = encode(script, pool.encoding, pool.encoding_errors)
        self.sha = hashlib.sha1(self._code).hexdigest()

    def __call__(
        self,
        keys: Iterable[Key] = (),
        args: Iterable[Key] = (),
        client: RedisCluster | None = None,
    ) -> Any:
        """Run the script with these KEYS and ARGV. Returns its reply, not converted.

        The keys must share a slot; without keys it runs on any primary. A primary that does not
        have the script gets it, and is asked again: what was answered otherwise, or not at all, is
        not run again. *client*: the one to use instead of its own; a pipeline returns itself.

        RedisClusterException if the keys are in different slots, or for a pipeline that takes no
        scripts; ResponseError if the script fails.
        """
        target: Any = self.registered_client if client is None else client
        keys = tuple(keys)
        words: tuple[Any, ...] = (self.sha, len(keys), *keys, *args)
        if isinstance(target, _core.Pipeline):
            if isinstance(target, ScriptQueue):
                return target.queue_script(self, words)
            return target.evalsha(*words)  # refused
        return self._run(target, words)

    def load(self, client: _core.Client) -> None:
        """Load the script on every primary. The first error is raised when all have been asked."""
        client.execute_command("SCRIPT LOAD", self._code)

    def _run(self, client: RedisCluster, words: tuple[Any, ...]) -> Any:
        failure: Exception | None = None
        for _ in range(_LOADS):
            try:
                return client.evalsha(*words)
            except NoScriptError as error:
                if self._is_own_error(error, client, words):
                    raise
                failure = self._try_to_load(client)
        try:
            return client.evalsha(*words)
        except NoScriptError as error:
            raise failure or error from None

    def _is_own_error(self, error: Any, client: RedisCluster, words: tuple[Any, ...]) -> bool:
        """Whether the script itself said NOSCRIPT: then it has run, and must not run again.

        In a server's usual text and with no such word in the script and its arguments, it is the
        server's. Otherwise the node that answered is asked whether it has the script. When that
        cannot be found out, the script is taken to have run.
        """
        pool = self.registered_client.connection_pool
        said = (encode(word, pool.encoding, pool.encoding_errors) for word in words)
        if str(error) in _MISSING_TEXTS and not any(
            _MISSING in text for text in (self._code, *said)
        ):
            return False
        try:
            [found] = client.script_exists(self.sha, target_nodes=error.node)
        except (RedisError, RedisClusterException):
            return True
        return bool(found)

    def _try_to_load(self, client: RedisCluster) -> Exception | None:
        """Return the error of a load that failed: of a primary, perhaps, that is not needed."""
        try:
            self.load(client)
        except (RedisError, RedisClusterException) as error:
            return error
        return None

    def __repr__(self) -> str:
        return f"{type(self).__name__}<{self.sha}>"


def load_missing(client: _core.Client, scripts: Iterable[Script]) -> None:
    """Load those of the scripts that some primary does not have, on every primary."""
    by_sha = {script.sha: script for script in scripts}
    if not by_sha:
        return
    # Asked first: servers before 7.0 write each SCRIPT LOAD into their AOF and to their replicas.
    for script, found in zip(by_sha.values(), client.script_exists(*by_sha)):
        if not found:
            script.load(client)


class ScriptQueue(_core.Pipeline):
    """The part of a pipeline that takes scripts: every primary has them before anything is sent.

    To be put before ClusterPipeline among the bases of a class. A script whose slot moves to
    another primary in between, one that does not have it, leaves a NoScriptError in its place.
    """

    scripts: set[Script]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.scripts = set()

    def queue_script(self, script: Script, words: tuple[Any, ...]) -> Any:
        """Queue EVALSHA with these words; the script is noted first, as it may run at once."""
        target: Any = self  # the stub says what is true of a plain pipeline: that it refuses
        before = set(self.scripts)
        self.scripts.add(script)
        try:
            return target.evalsha(*words)
        except BaseException:
            self.scripts = before
            raise

    def load_scripts(self) -> None:
        """Load the queued scripts now, where they are missing. execute() does it by itself."""
        # A client of its own: the pipeline queues, and a user's callbacks are not for this.
        client = _core.Client(self.connection_pool)
        client.command_timeout = self.command_timeout
        load_missing(client, self.scripts)

    def execute(self, raise_on_error: bool = True, *, timeout: float | None = None) -> list[Any]:
        """Load the scripts that are missing, then run all queued commands as every pipeline does.

        If a load fails nothing is sent, and the pipeline is empty.
        """
        if self.scripts and not self.atomic:  # a transaction looks at its slots first
            try:
                self.load_scripts()
            except BaseException:
                self.reset()
                raise
            self.scripts = set()
        return super().execute(raise_on_error, timeout=timeout)

    def reset(self) -> None:
        """Forget all queued commands and their scripts. The pipeline can be used again."""
        super().reset()
        self.scripts = set()
