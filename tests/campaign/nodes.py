"""A Ray cluster of a head and three nodes on this machine, in a process and a temporary folder of its own."""

import contextlib
import multiprocessing
import os
import pickle
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Any

import psutil

from pipeline import plugins, worker
from pipeline.stages.base import Outcome, Task, Workspace
from pipeline.task import Failure, attempt
from shards.receipts import Receipt
from tests.campaign.processes import children, killed, named

COUNT = 3
MEMORY = 80 << 20  # of the object store of each node: no data goes through it


class Nodes:
    """The cluster; a lost node is replaced, and a lost head by another cluster, when the address is next asked for."""

    def __init__(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="yn", dir="/tmp")  # short: names of sockets have 107 bytes at most
        self._process: Any = None

    def address(self) -> str:
        """Return the address of the cluster, with all of its nodes."""
        if self._process is None:
            context = multiprocessing.get_context("fork")
            self._asked, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(theirs, self._folder))
            self._process.start()
        return self._ask("tend")

    def lose_node(self, draw: random.Random) -> bool:
        """Kill a node with all of its processes, and begin another."""
        raylets = [each for each in self._raylets() if "--head" not in each.cmdline()]
        if not raylets:
            return False
        raylet = draw.choice(raylets)
        killed([raylet, *children(raylet.pid)])
        self._ask("tend")
        return True

    def replace_lost(self) -> None:
        """Begin a node for each that was lost."""
        self._ask("tend")

    def lose_worker(self, draw: random.Random) -> bool:
        """Kill one of the workers."""
        workers = named(children(self._process.pid), lambda command: command.startswith("ray::"))
        return killed([draw.choice(workers)]) if workers else False

    def lose_head(self) -> None:
        """Kill the head with all of its processes, and the nodes, which end without it."""
        every = list(children(self._process.pid))
        head = [*named(iter(every), lambda command: "gcs_server" in command)]
        head += [each for each in self._raylets() if "--head" in each.cmdline()]
        killed(head)
        time.sleep(1)
        self._end()

    def close(self) -> None:
        """End the cluster."""
        if self._process is not None:
            self._end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self) -> None:
        every = list(children(self._process.pid))
        self._process.kill()
        self._process.join()
        killed(every)
        self._process = None

    def _raylets(self) -> list[psutil.Process]:
        return named(children(self._process.pid), lambda command: "raylet/raylet" in command[:400])

    def _ask(self, what: str) -> str:
        self._asked.send(what)
        return str(self._asked.recv())


def _serve(asked: Connection, folder: str) -> None:
    """Hold the cluster: its processes are children of this one."""
    os.environ |= {
        "RAY_TMPDIR": folder,  # else others on this machine would find this cluster
        "RAY_raylet_start_wait_time_s": "120",
        "RAY_agent_register_timeout_ms": "120000",
    }
    quiet = os.open(os.path.join(folder, "log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": MEMORY}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    with contextlib.suppress(EOFError):
        while asked.recv():
            for node in [node for node in cluster.worker_nodes if not node.remaining_processes_alive()]:
                cluster.remove_node(node, allow_graceful=False)
            while len(cluster.worker_nodes) < COUNT:
                cluster.add_node(num_cpus=1, object_store_memory=MEMORY)
            asked.send(cluster.address)


def losing_nodes() -> None:
    """In a driver: let the first task of each stage kill its node, when its shards are written and its receipt is not.

    The folder `marks` beside the output then has a file for each stage that has lost a node.
    """
    import ray

    from pipeline import runner

    runner._do = ray.remote(_with_its_node)


def _with_its_node(
    packed: worker.Packed, tasks: Sequence[Task], folder: str, upstream: Mapping[str, str]
) -> list[Receipt | Failure]:
    plugins.restore(packed[0])
    stage, receipt = pickle.loads(packed[1]), Workspace.receipt
    mark = os.path.join(os.path.dirname(os.path.dirname(folder)), "marks", stage.name)

    def lose(workspace: Workspace, outcome: Outcome) -> Receipt:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
            os.kill(os.getppid(), signal.SIGKILL)  # the raylet, without which its workers end
            time.sleep(60)
        return receipt(workspace, outcome)

    Workspace.receipt = lose  # type: ignore[assignment, method-assign]
    try:
        return [attempt(stage, task, folder, upstream) for task in tasks]
    finally:
        Workspace.receipt = receipt  # type: ignore[method-assign]
