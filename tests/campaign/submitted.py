"""A run that is submitted as a job to a head of Ray that asks for its token, as `ray start` begins one."""

import os
import random
import re
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from tests.campaign.corpus import Campaign, difference
from tests.campaign.heads import Head, free_port
from tests.campaign.kinds import Disturbed
from tests.campaign.processes import Driver, children, killed, named

TASK = re.compile("ray::(IDLE|[a-z_]+)$")  # as Ray names workers: what is its own has capitals


class Submitted(Disturbed):
    """The driver of the job is killed, and its workers: the job fails, and is submitted again."""

    kind = "job"
    most = 6  # kills: each submission takes ten seconds and more

    def __init__(self, campaign: Campaign, name: str, draw: random.Random) -> None:
        super().__init__(campaign, name, draw)
        self._port = free_port()
        commands = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # where a job finds `yuliao`
        self._environment = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), "PATH": commands}
        options = ["--num-cpus=2", f"--dashboard-port={self._port}", "--dashboard-agent-listen-port=0"]
        self._head = Head([*options, f"--ray-client-server-port={free_port()}"], self._environment)
        self._head.begin()
        self._folder = self.trial.folder / "configs"
        self._folder.mkdir()

    def start(self) -> Driver:
        shutil.copy(self.trial.config(), self._folder / "run.yaml")
        command = ["ray", "job", "submit", "--address", f"http://127.0.0.1:{self._port}"]
        command += ["--working-dir", str(self._folder), "--", "yuliao", "run", "run.yaml"]
        environment = os.environ | self._environment
        return Driver(log=self.trial.log, before=lambda: os.execvpe("ray", command, environment))

    def strike(self, driver: Driver) -> None:
        raylets = named(iter(self._head.processes()), lambda command: "raylet/raylet" in command[:400])
        below = [process for raylet in raylets for process in children(raylet.pid)]
        if self.draw.random() < 0.5:
            if killed(named(iter(below), lambda command: command.endswith("yuliao run run.yaml"))):
                self.kills["driver"] += 1
                driver.wait()
        elif workers := named(iter(below), lambda command: bool(TASK.match(command))):
            killed([self.draw.choice(workers)])
            self.kills["worker"] += 1

    def result(self) -> str:
        """Compare it with a run without Ray by another process: a job has none of what the campaign sets."""
        whole = self.campaign.trial(f"{self.trial.folder.name}-whole")
        with whole.log.open("ab") as log:
            command = [sys.executable, "-m", "jobs", "run", str(whole.config()), "--local"]
            if code := subprocess.run(command, stdout=log, stderr=log).returncode:
                return f"a run without Ray ended with {code}"
        found = difference(self.trial.digests(), whole.digests())
        shutil.rmtree(whole.folder)
        return found

    def close(self) -> None:
        self._head.close()
