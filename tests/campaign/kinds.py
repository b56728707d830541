"""The kinds of disturbed runs: after every disturbance each goes on, and comes to the bytes of a run without any."""

import os
import random
import subprocess
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from typing import ClassVar

from tests.campaign.corpus import Campaign, Trial, difference
from tests.campaign.nodes import Nodes, losing_nodes
from tests.campaign.processes import LOSS_SECONDS, Driver, children, killed, named
from tests.damage import DAMAGE

KILLS = 60  # of a run, at most: the tasks bound them, and what a run costs beside its kills is shared by more
FEW = 2  # tasks that end between two kills, at most
MOMENT = 0.4  # seconds after a task, at most, until the kill; most kills come sooner, as tasks are short
PATIENCE = 120  # seconds for one more task, on a busy machine
AGAIN = (1, -9)  # how a driver may end that is disturbed


class Disturbed(ABC):
    """A run that is disturbed."""

    kind: ClassVar[str]
    most: ClassVar[int] = KILLS

    def __init__(self, campaign: Campaign, name: str, draw: random.Random) -> None:
        self.campaign, self.draw = campaign, draw
        self.trial: Trial = campaign.trial(name)
        self.kills: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.starts = 0

    @abstractmethod
    def start(self) -> Driver:
        """Begin the command."""

    @abstractmethod
    def strike(self, driver: Driver) -> None:
        """Kill somebody."""

    def between(self) -> None:  # noqa: B027 # not every kind does
        """Do other harm, while nobody runs."""

    def close(self) -> None:  # noqa: B027
        """Let go of what the run needed."""

    def result(self) -> str:
        """Return what is wrong in the end, or nothing."""
        return difference(self.trial.digests(), self.campaign.expected)

    def run(self) -> str:
        """Disturb the run until it ends, and return what is wrong, or nothing."""
        try:
            while True:
                code = self._attempt()
                if code == 0:
                    return self.result()
                if code not in AGAIN:
                    return f"exit code {code}"
                self.between()
        except TimeoutError as error:
            return str(error)
        finally:
            self.close()

    def _attempt(self) -> int:
        """Run the command once, with kills as long as there are to be any, and return its exit code."""
        self.starts += 1
        driver = self.start()
        while self.kills.total() < self.most and self._moment(driver):
            self.strike(driver)
        return driver.wait()

    def _moment(self, driver: Driver) -> bool:
        """Wait for a random moment; return whether the driver still runs."""
        wanted, end = self.done() + self.draw.randint(0, FEW), time.monotonic() + PATIENCE
        while driver.poll() is None and self.done() < wanted and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(self.draw.random() ** 3 * MOMENT)
        return driver.poll() is None

    def done(self) -> int:
        """Return how many tasks have ended."""
        output = self.trial.output
        folders = [output / name / "receipts" for name in os.listdir(output)] if output.exists() else []
        return sum(len(os.listdir(folder)) for folder in folders if folder.exists())

    def kill(self, driver: Driver) -> None:
        """Kill the driver."""
        driver.kill()
        self.kills["driver"] += 1


class Local(Disturbed):
    """A driver without Ray is killed; between two starts, files are damaged, touched and changed, and clocks jump."""

    kind = "local"

    def start(self) -> Driver:
        jumps = self.draw.random() < 0.3
        self.faults["clock"] += jumps
        before = _jumping(self.draw.random()) if jumps else lambda: None
        return Driver("run", str(self.trial.config()), "--local", log=self.trial.log, before=before)

    def strike(self, driver: Driver) -> None:
        self.kill(driver)

    def between(self) -> None:
        files = self.trial.files()
        if files and self.draw.random() < 0.3:
            how = self.draw.choice(sorted(DAMAGE))
            DAMAGE[how](self.draw.choice(files), self.draw)
            self.faults[how] += 1
        if self.draw.random() < 0.2:
            os.utime(self.trial.input)
            self.faults["touched"] += 1


def _jumping(seed: float) -> Callable[[], None]:
    """Return what lets the clock of a process jump by up to ten years, either way."""

    def patch() -> None:
        draw, real = random.Random(seed), time.time
        time.time = lambda: real() + draw.uniform(-1, 1) * 315_360_000

    return patch


class Changing(Local):
    """The input changes while the driver runs, and is put back: what was made of the other one is not used."""

    kind = "inputs"

    def __init__(self, campaign: Campaign, name: str, draw: random.Random) -> None:
        super().__init__(campaign, name, draw)
        self._sound = self.trial.input.read_bytes()

    def start(self) -> Driver:
        if self.trial.input.read_bytes() != self._sound and self.draw.random() < 0.7:
            self.trial.input.write_bytes(self._sound)
        return Driver("run", str(self.trial.config()), "--local", log=self.trial.log)

    def strike(self, driver: Driver) -> None:
        if self.draw.random() < 0.5:
            content = bytearray(self._sound)
            del content[self.draw.randrange(len(content)) :]
            self.trial.input.write_bytes(content)
            self.faults["changed"] += 1
        else:
            self.kill(driver)

    def _attempt(self) -> int:
        code = super()._attempt()
        if self.trial.input.read_bytes() == self._sound:
            return code
        self.trial.input.write_bytes(self._sound)
        return 1 if code in (0, 1, 3) else code  # 3: the shorter file breaks off

    def result(self) -> str:
        return difference(self.trial.digests(), self.campaign.expected, more=True)


class OnRay(Disturbed):
    """A driver with a Ray of its own: the driver, its workers, the raylet and the head are killed."""

    kind = "ray"

    def start(self) -> Driver:
        return Driver("run", str(self.trial.config(ray={"num_cpus": 2})), log=self.trial.log)

    def strike(self, driver: Driver) -> None:
        whom = self.draw.choices(("worker", "driver", "node", "head"), (16, 2, 1, 1))[0]
        if whom == "driver":
            self.kill(driver)
            return
        wanted = {"worker": "ray::", "node": "raylet/raylet", "head": "gcs/gcs_server"}[whom]
        victims = named(children(driver.pid), lambda command: wanted in command[:400])
        if whom == "worker" and victims:
            victims = [self.draw.choice(victims)]
        if not killed(victims):
            return
        self.kills[whom] += 1
        if whom != "worker":
            self.ends(driver)

    def ends(self, driver: Driver) -> None:
        """Wait for the end of a driver that has lost its cluster."""
        began = time.monotonic()
        if (code := driver.wait(LOSS_SECONDS)) not in (0, 1):
            raise TimeoutError(f"a driver without a cluster ended with {code}")
        self.faults["seconds"] = max(self.faults["seconds"], round(time.monotonic() - began))


class OnNodes(OnRay):
    """A cluster of three nodes on this machine: nodes, the head, workers and the driver are killed."""

    kind = "nodes"

    def __init__(self, campaign: Campaign, name: str, draw: random.Random) -> None:
        super().__init__(campaign, name, draw)
        self._nodes = Nodes()

    def start(self) -> Driver:
        address = self._nodes.address()
        return Driver("run", str(self.trial.config(ray={"address": address})), log=self.trial.log)

    def strike(self, driver: Driver) -> None:
        whom = self.draw.choices(("node", "worker", "driver", "head"), (10, 6, 2, 1))[0]
        if whom == "driver":
            self.kill(driver)
        elif whom == "head":
            self._nodes.lose_head()
            self.kills["head"] += 1
            self.ends(driver)
        elif whom == "worker" and self._nodes.lose_worker(self.draw):
            self.kills["worker"] += 1
        elif whom == "node" and self._nodes.lose_node(self.draw):
            self.kills["node"] += 1

    def close(self) -> None:
        self._nodes.close()


class InEachStage(OnNodes):
    """A cluster of three nodes, of which each stage loses one, in the middle of a task."""

    kind = "stages"

    def __init__(self, campaign: Campaign, name: str, draw: random.Random) -> None:
        super().__init__(campaign, name, draw)
        self._marks = self.trial.folder / "marks"
        self._marks.mkdir()

    def start(self) -> Driver:
        config = self.trial.config(ray={"address": self._nodes.address()})
        return Driver("run", str(config), log=self.trial.log, before=losing_nodes)

    def _attempt(self) -> int:
        self.starts += 1
        driver = self.start()
        while driver.poll() is None:
            self._nodes.replace_lost()
            time.sleep(0.3)
        return driver.wait()

    def result(self) -> str:
        self.kills["node"] = len(list(self._marks.iterdir()))
        retried = self.trial.log.read_text(encoding="utf-8").count("begun again")
        if self.starts > 1 or retried != self.kills["node"]:
            return f"{self.starts} starts, {retried} retries of {self.kills['node']}"
        return super().result()


class Full(Disturbed):
    """The output is on a small disk that fills up, or cannot be written, now and then; it takes root to mount one."""

    kind = "disk"

    def __init__(self, campaign: Campaign, name: str, draw: random.Random) -> None:
        super().__init__(campaign, name, draw)
        whole = campaign.folder / "undisturbed" / "out"
        self._whole = sum(path.stat().st_size for path in whole.rglob("*") if path.is_file())
        self._size = int(self._whole * draw.uniform(0.05, 0.4))
        self.trial.output.mkdir()
        _mount("-t", "tmpfs", "-o", f"size={self._size}", "tmpfs", str(self.trial.output))

    def start(self) -> Driver:
        return Driver("run", str(self.trial.config()), "--local", log=self.trial.log)

    def strike(self, driver: Driver) -> None:
        if self.draw.random() < 0.5:
            self.kill(driver)
        elif _mount("-o", "remount,ro", str(self.trial.output), check=False):
            self.faults["read_only"] += 1
            code = driver.wait()
            self._room()
            if code not in (0, 1):
                raise TimeoutError(f"on a disk that cannot be written, it ended with {code}")

    def between(self) -> None:
        if b"No space left" in self.trial.log.read_bytes():
            self.faults["full"] += 1
            self.trial.log.unlink()
            self._size += int(self._whole * self.draw.uniform(0.05, 0.5))
        self._room()

    def _room(self) -> None:
        _mount("-o", f"remount,rw,size={self._size}", str(self.trial.output))

    def close(self) -> None:
        subprocess.run(["umount", "-l", str(self.trial.output)], check=False)


def _mount(*arguments: str, check: bool = True) -> bool:
    return not subprocess.run(["mount", *arguments], check=check, capture_output=True).returncode


def can_mount() -> bool:
    """Return whether this process may mount disks."""
    return os.geteuid() == 0
