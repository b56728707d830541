"""A child process for documents that may hang or crash the interpreter: it dies in their place, and the next goes on.

There is one child to each worker, so a document that kills it costs the start of another, a few seconds, and no other
document.
The child is started with `subprocess`, never forked (a Ray worker has threads), and lives as long as its parent. The
kernel counts its CPU seconds, question by question (RLIMIT_CPU), and its memory (RLIMIT_AS), so that a busy machine
kills no document that a quiet one would pass. What a new child does first (libraries are loaded, loops are compiled if
they never were on this machine, which takes a minute) is no document's: its first question is the caller's, and its
seconds are not limited. Questions and answers are frames on its standard input and output: a length, then bytes;
nothing that the child says is ever executed. What children have cost is in `cost`, for the receipts of tasks.
"""

import contextlib
import json
import os
import resource
import select
import signal
import struct
import subprocess
import sys
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

LENGTH = struct.Struct("<Q")
LIMIT = struct.Struct("<Q")  # of a question, before it: CPU seconds
COST = struct.Struct("<dQ")  # of an answer, before it: CPU seconds, and the most memory that the child has taken
LONGEST_ANSWER = 1 << 31
OUT_OF_MEMORY = 77  # the exit code of a child whose memory was not enough
WALL_SECONDS = 600.0  # without an answer, though no CPU limit was reached: the child waits for something


class Died(Exception):  # noqa: N818 - what happened, not an error of ours
    """The child ended without an answer; `reason` is cpu_time, memory, hung or crashed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Cost:
    """What the children of this process have taken so far."""

    cpu_seconds: float = 0.0
    peak_bytes: int = 0  # of the largest

    def add(self, cpu_seconds: float, peak_bytes: int = 0) -> None:
        """Count an answer."""
        self.cpu_seconds += cpu_seconds
        self.peak_bytes = max(self.peak_bytes, peak_bytes)


cost = Cost()


class Sandbox:
    """One child that answers questions by a function named as `module:function` (bytes to bytes).

    `first` is asked of every new child before anything else, without a limit on its CPU seconds.
    """

    def __init__(
        self,
        answers: str,
        cpu_seconds: int,
        memory_bytes: int,
        wall_seconds: float = WALL_SECONDS,
        first: bytes = b"",
    ) -> None:
        self._command = [sys.executable, "-P", __file__, answers, str(memory_bytes)]
        self._cpu_seconds = cpu_seconds
        self._wall_seconds = wall_seconds
        self._first = first
        self._child: subprocess.Popen[bytes] | None = None
        self._end: Callable[[], object] = _nothing

    def ask(self, question: bytes, cpu_seconds: int | None = None) -> bytes:
        """Return the child's answer; if the question kills it, raise `Died`, and let a new child answer the next.

        `cpu_seconds` are those that this question may take, if not as many as every other.
        """
        limit = self._cpu_seconds if cpu_seconds is None else cpu_seconds
        child = self._child
        questions: tuple[bytes, ...] = (question,)
        if child is None or child.poll() is not None:
            child, questions = self._start(), (self._first, question)
        try:
            for each in questions:
                write_frame(_pipe(child.stdin), LIMIT.pack(limit))
                write_frame(_pipe(child.stdin), each)
                cost.add(*COST.unpack(_read_frame(child, self._wall_seconds)))
                answered = read_frame(_pipe(child.stdout))
            return answered
        except TimeoutError as error:
            self.close()
            raise Died("hung") from error
        except (OSError, EOFError) as error:
            raise Died(self._reason(child, limit)) from error

    def close(self) -> None:
        """End the child, if there is one."""
        self._child = None
        self._end()

    def _start(self) -> subprocess.Popen[bytes]:
        self.close()
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._child = subprocess.Popen(  # noqa: S603 - this interpreter and this module
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )
        self._end = weakref.finalize(self, _end, self._child)  # also when the parent exits
        return self._child

    def _reason(self, child: subprocess.Popen[bytes], cpu_seconds: int) -> str:
        self.close()
        if child.returncode == -signal.SIGXCPU:
            cost.add(cpu_seconds)
            return "cpu_time"
        return "memory" if child.returncode == OUT_OF_MEMORY else "crashed"


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()  # no effect on one that is dead already
    for pipe in (child.stdin, child.stdout):
        with contextlib.suppress(OSError):  # what was not written yet to a child that is gone
            _pipe(pipe).close()
    child.wait()


def _nothing() -> None:
    pass


def write_frame(pipe: IO[bytes], content: bytes) -> None:
    """Write one frame."""
    pipe.write(LENGTH.pack(len(content)))
    pipe.write(content)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> bytes:
    """Read one frame; EOFError if the other side is gone."""
    (length,) = LENGTH.unpack(_exactly(pipe, LENGTH.size))
    if length > LONGEST_ANSWER:
        raise EOFError(f"a frame of {length} bytes is none of ours")
    return _exactly(pipe, length)


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    content = pipe.read(size)
    if len(content) < size:
        raise EOFError("the other side is gone")
    return content


def _read_frame(child: subprocess.Popen[bytes], wall_seconds: float) -> bytes:
    pipe = _pipe(child.stdout)
    ready, _, _ = select.select([pipe], [], [], wall_seconds)
    if not ready:
        raise TimeoutError
    return read_frame(pipe)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def serve(answer: Callable[[bytes], bytes], memory_bytes: int) -> None:
    """Answer questions from standard input until it ends; a question that takes more than its share is the last.

    Only the first may take as long as it does: it is asked to have everything loaded and compiled.
    """
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    read_frame(questions)
    _answer(answer, read_frame(questions), answers)
    while True:
        try:
            (cpu_seconds,) = LIMIT.unpack(read_frame(questions))
            question = read_frame(questions)
        except EOFError:
            return
        spent = int(time.process_time())
        resource.setrlimit(resource.RLIMIT_CPU, (spent + 1 + cpu_seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        _answer(answer, question, answers)


def narrow(cpu_seconds: int) -> None:
    """Let the rest of the question that is being answered take so many CPU seconds at most; no more than it may anyway.

    For a child that has found out how much there is to do. Outside of a child nothing changes.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_CPU, (min(soft, int(time.process_time()) + 1 + cpu_seconds), hard))


def _answer(answer: Callable[[bytes], bytes], question: bytes, answers: IO[bytes]) -> None:
    began = time.process_time()
    try:
        answered = answer(question)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    write_frame(answers, COST.pack(time.process_time() - began, usage.ru_maxrss * 1024))
    write_frame(answers, answered)


def main(answers: str, memory_bytes: str) -> None:
    """Serve the function named as `module:function`."""
    module, _, function = answers.partition(":")
    answer = getattr(__import__(module, fromlist=[function]), function)
    serve(answer, int(memory_bytes))


def framed(header: dict[str, object], body: bytes = b"") -> bytes:
    """Return a JSON header and bytes as one message."""
    head = json.dumps(header).encode()
    return LENGTH.pack(len(head)) + head + body


def unframed(message: bytes) -> tuple[dict[str, object], bytes]:
    """Return the JSON header and the bytes of a message."""
    (length,) = LENGTH.unpack_from(message)
    end = LENGTH.size + length
    header: dict[str, object] = json.loads(message[LENGTH.size : end])
    return header, message[end:]


if __name__ == "__main__":
    main(*sys.argv[1:])
