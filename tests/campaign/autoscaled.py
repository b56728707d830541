"""A cluster that grows from no node to three and shrinks to none, by Ray's autoscaler with nodes of this machine."""

import json
import random
import time
from typing import Any

from tests.campaign.corpus import Campaign, difference
from tests.campaign.heads import Head
from tests.campaign.kinds import Disturbed
from tests.campaign.nodes import COUNT, MEMORY
from tests.campaign.processes import Driver, named

IDLE_MINUTES = 0.2  # after which a node is let go
SHRINKS = 180  # seconds within which all are
COMMANDS = (  # which Ray runs on machines that it begins
    *("initialization_commands", "setup_commands", "head_setup_commands", "worker_setup_commands"),
    *("head_start_ray_commands", "worker_start_ray_commands", "cluster_synced_files"),
)

HEAD = "ray.head.default"  # as the provider of nodes on one machine calls it, whatever is configured
WORKER = {"CPU": 1, "object_store_memory": MEMORY}
PROVIDER: dict[str, Any] = {
    "type": "fake_multinode",
    "use_node_id_as_ip": True,  # as all nodes have one
    "disable_node_updaters": True,
    "disable_launch_config_check": True,
}
CLUSTER: dict[str, Any] = {
    "cluster_name": "autoscaled",
    "max_workers": COUNT,
    "idle_timeout_minutes": IDLE_MINUTES,
    "upscaling_speed": 1.0,
    "head_node_type": HEAD,
    "available_node_types": {
        HEAD: {"resources": {"CPU": 0}, "node_config": {}, "max_workers": 0},
        "worker": {"resources": WORKER, "node_config": {}, "min_workers": 0, "max_workers": COUNT},
    },
    **{key: {} for key in ("docker", "auth", "file_mounts")},
    **{key: [] for key in COMMANDS},
}
OPTIONS = ("--num-cpus=0", "--include-dashboard=false", "--dashboard-agent-listen-port=0")
NO_TOKEN = {"RAY_AUTH_MODE": "disabled"}


class Autoscaled(Disturbed):
    """Nobody is killed: nodes come when tasks wait for them, and go when none do."""

    kind = "autoscaled"

    def __init__(self, campaign: Campaign, name: str, draw: random.Random) -> None:
        super().__init__(campaign, name, draw)
        self._head = Head(OPTIONS, {"AUTOSCALER_UPDATE_INTERVAL_S": "1", "RAY_FAKE_CLUSTER": "1", **NO_TOKEN})
        described = self._head.folder / "autoscaling.json"
        provider = PROVIDER | {"gcs_address": self._head.address}
        described.write_text(json.dumps(CLUSTER | {"provider": provider}), encoding="utf-8")
        self._head.begin(f"--autoscaling-config={described}")

    def start(self) -> Driver:
        address = self._head.address
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

    def close(self) -> None:
        self._head.close()

    def _nodes(self) -> int:
        """Return how many nodes there are beside the head."""
        return len(named(iter(self._head.processes()), lambda command: "raylet/raylet" in command[:400])) - 1
