"""`ray job submit`, as `docs/cluster.md` has it: to a head that asks for its token, with a folder of configurations."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from pipeline.answers.finished_run import open_run
from tests.campaign.heads import Head, free_port
from tests.pipeline.stages.corpus import prose

SECONDS = 300  # on a busy machine; the test took 51 s at a load of 10 on two cores
TRIES = 20


class Submitting:
    """A head, and jobs that are submitted to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        commands = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # where a job finds `yuliao`
        self._environment = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), "PATH": commands}
        port = free_port()
        options = ["--num-cpus=1", f"--dashboard-port={port}", "--dashboard-agent-listen-port=0"]
        self.head = Head([*options, f"--ray-client-server-port={free_port()}"], self._environment)
        self._command = ["ray", "job", "submit", "--address", f"http://127.0.0.1:{port}", "--working-dir", str(folder)]

    def submit(self, *command: str) -> str:
        """Return what is said of a job that ends."""
        for _ in range(TRIES):
            ended = subprocess.run(
                [*self._command, "--", *command],
                env=os.environ | self._environment,
                capture_output=True,
                text=True,
                timeout=SECONDS,
            )
            said = ended.stdout + ended.stderr
            if "No available agent" not in said:  # the head's agent starts some seconds after the head
                break
            time.sleep(1)
        return said


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Submitting]:
    folder = tmp_path / "configs"
    (folder / "parts").mkdir(parents=True)
    submitting = Submitting(folder)
    try:
        submitting.head.begin()
        yield submitting
    finally:
        submitting.head.close()


@pytest.mark.slow
@pytest.mark.processes
def test_a_configuration_travels_with_what_it_includes_and_a_relative_output_is_refused(
    jobs: Submitting, tmp_path: Path
) -> None:
    (tmp_path / "notes.jsonl").write_text(f'{{"text": "{prose(1)}"}}\n')
    (jobs.folder / "parts" / "steps.yaml").write_text("[{name: normalize}]\n")
    source = {"kind": "jsonl", "name": "notes", "paths": [str(tmp_path / "notes.jsonl")], "license": "CC0-1.0"}
    stages = yaml.safe_dump([{"name": "documents", "sources": [source]}])
    config = f"name: notes\noutput: out\nstages:\n{stages}  steps: !include parts/steps.yaml\n"
    (jobs.folder / "notes.yaml").write_text(config)
    whole = f"yuliao run notes.yaml --set output={tmp_path / 'out'}"
    said = jobs.submit("sh", "-c", f"yuliao run notes.yaml; echo relative $?; {whole}; echo whole $?")
    assert "relative 2" in said, said
    assert "lost with this job of Ray" in said
    assert "whole 0" in said, said
    assert open_run(str(tmp_path / "out")).stage("documents").rows("kept") == [1]
