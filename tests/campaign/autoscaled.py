"""A cluster that grows from no node to three and shrinks to none, by Ray's autoscaler with nodes of this machine."""

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import ray

from tests.campaign.corpus import Campaign, difference
from tests.campaign.kinds import Disturbed
from tests.campaign.nodes import COUNT, MEMORY
from tests.campaign.processes import Driver, killed, named

IDLE_MINUTES = 0.2  # after which a node is let go
SHRINKS = 180  # seconds within which all are
TRIES = 4  # at a head: on a busy machine its agents miss timeouts of Ray's own
COMMANDS = (  # which Ray runs on machines that it begins
    *("initialization_commands", "setup_commands", "head_setup_commands", "worker_setup_commands"),
    *("head_start_ray_commands", "worker_start_ray_commands", "cluster_synced_files"),
)


class Autoscaled(Disturbed):
    """Nobody is killed: nodes come when tasks wait for them, and go when none do."""

    kind = "autoscaled"

    def __init__(self, campaign: Campaign, name: str, draw: random.Random) -> None:
        super().__init__(campaign, name, draw)
        self._folder = tempfile.mkdtemp(prefix="ya", dir="/tmp")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._begin()

    def start(self) -> Driver:
        address = f"{ray.util.get_node_ip_address()}:{self._port}"
        return Driver("run", str(self.trial.config(ray={"address": address})), log=self.trial.log)

    def strike(self, driver: Driver) -> None:
        """Kill nobody."""

    def _attempt(self) -> int:
        self.starts += 1
        seen = [self._nodes()]
        driver = self.start()
        while driver.poll() is None:
            seen.append(self._nodes())
            time.sleep(0.5)
        end = time.monotonic() + SHRINKS
        while (now := self._nodes()) and time.monotonic() < end:
            time.sleep(0.5)
        self._seen = [seen[0], max(seen), now]
        return driver.wait()

    def result(self) -> str:
        self.faults["nodes"] = self._seen[1]
        if self._seen != [0, COUNT, 0]:
            return f"nodes at the start, at most, and in the end: {self._seen}"
        return difference(self.trial.digests(), self.campaign.expected)

    def _kill(self) -> None:
        for _ in range(3):  # the monitor begins nodes as long as it lives
            killed(named(psutil.process_iter(), lambda command: self._folder in command))
            time.sleep(0.5)

    def close(self) -> None:
        self._kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _begin(self) -> None:
        worker = {"CPU": 1, "object_store_memory": MEMORY}
        config = {
            "cluster_name": "autoscaled",
            "provider": {"type": "fake_multinode"},
            "max_workers": COUNT,
            "idle_timeout_minutes": IDLE_MINUTES,
            "upscaling_speed": 1.0,
            "head_node_type": "head",
            "available_node_types": {
                "head": {"resources": {"CPU": 0}, "node_config": {}, "max_workers": 0},
                "worker": {"resources": worker, "node_config": {}, "min_workers": 0, "max_workers": COUNT},
            },
            **{key: {} for key in ("docker", "auth", "file_mounts")},
            **{key: [] for key in COMMANDS},
        }
        path = Path(self._folder) / "autoscaling.json"
        path.write_text(json.dumps(config), encoding="utf-8")
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", f"--port={self._port}"]
        command += ["--num-cpus=0", f"--object-store-memory={MEMORY}", "--include-dashboard=false"]
        command += [f"--temp-dir={self._folder}", f"--autoscaling-config={path}", "--dashboard-agent-listen-port=0"]
        environment = {
            "RAY_TMPDIR": self._folder,
            "AUTOSCALER_UPDATE_INTERVAL_S": "1",
            "RAY_FAKE_CLUSTER": "1",
            "RAY_AUTH_MODE": "disabled",
        }
        environment |= {"RAY_raylet_start_wait_time_s": "120", "RAY_agent_register_timeout_ms": "120000"}
        with (Path(self._folder) / "log").open("ab") as log:
            for _ in range(TRIES):
                if not subprocess.run(command, env=os.environ | environment, stdout=log, stderr=log).returncode:
                    return
                self._kill()
        raise TimeoutError("Ray's head does not start")

    def _nodes(self) -> int:
        """Return how many nodes there are beside the head."""
        raylets = named(
            psutil.process_iter(), lambda command: "raylet/raylet" in command[:400] and self._folder in command
        )
        return len(raylets) - 1
