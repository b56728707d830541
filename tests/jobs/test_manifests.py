"""The manifests for Kubernetes are as KubeRay wants them, and exit codes reach it as what they mean."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml

from tests.runs import ROOT

Object: TypeAlias = dict[str, Any]

FOLDER = ROOT / "jobs" / "kuberay"
MANIFESTS = sorted(FOLDER.glob("*.yaml"))
KEPT = "x-kubernetes-preserve-unknown-fields"


def read(path: Path) -> Object:
    manifest: Object = yaml.safe_load(path.read_text(encoding="utf-8"))
    return manifest


def refusals(manifest: Object) -> list[str]:
    """Return what KubeRay's operator refuses, beyond the schema (`controllers/ray/utils/validation.go`)."""
    spec, found = manifest["spec"], []
    rules = spec.get("deletionStrategy", {}).get("deletionRules")
    if rules and spec.get("shutdownAfterJobFinishes"):
        found.append("deletionRules and shutdownAfterJobFinishes")
    if spec.get("ttlSecondsAfterFinished") and not spec.get("shutdownAfterJobFinishes"):
        found.append("ttlSecondsAfterFinished without shutdownAfterJobFinishes")
    if spec.get("backoffLimit") and spec.get("clusterSelector"):
        found.append("backoffLimit with clusterSelector")
    if spec.get("backoffLimit") and spec.get("submissionMode") == "InteractiveMode":
        found.append("backoffLimit with InteractiveMode")
    if spec.get("submissionMode") == "SidecarMode" and spec.get("submitterPodTemplate"):
        found.append("SidecarMode with a submitter's template")
    cluster = spec.get("rayClusterSpec", spec)
    if cluster.get("autoscalerOptions", {}).get("version") == "v2":
        groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
        if any(group["template"]["spec"].get("restartPolicy") != "Never" for group in groups):
            found.append("autoscaler v2 without restartPolicy: Never")
    return found


WRONG: list[tuple[Object, int]] = [
    ({"shutdownAfterJobFinishes": True}, 1),
    ({"ttlSecondsAfterFinished": 60}, 1),
    ({"clusterSelector": {"ray.io/cluster": "yuliao"}}, 1),
    ({"submissionMode": "InteractiveMode"}, 1),
    ({"submissionMode": "SidecarMode", "submitterPodTemplate": {"spec": {}}}, 1),
]


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_the_operator_takes_a_manifest(path: Path) -> None:
    assert refusals(read(path)) == []


@pytest.mark.parametrize(("changes", "number"), WRONG)
def test_what_the_operator_refuses_is_seen(changes: Object, number: int) -> None:
    manifest = read(FOLDER / "rayjob.yaml")
    manifest["spec"] |= changes
    assert len(refusals(manifest)) == number


def test_a_restarted_pod_of_the_autoscaler_is_seen() -> None:
    manifest = read(FOLDER / "raycluster.yaml")
    manifest["spec"]["headGroupSpec"]["template"]["spec"]["restartPolicy"] = "Always"
    assert refusals(manifest) == ["autoscaler v2 without restartPolicy: Never"]


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_a_manifest_keeps_the_schema_and_has_no_key_beside_it(path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    manifest = read(path)
    folder = os.environ.get("YULIAO_KUBERAY_CRDS")
    if folder is None:
        pytest.skip("needs KubeRay's config/crd/bases (YULIAO_KUBERAY_CRDS)")
    definition = read(Path(folder) / f"ray.io_{manifest['kind'].lower()}s.yaml")
    (schema,) = (each["schema"]["openAPIV3Schema"] for each in definition["spec"]["versions"] if each["name"] == "v1")
    close(schema)
    schema["properties"]["metadata"] = {}
    jsonschema.validate(manifest, schema)


def close(schema: Object) -> None:
    """Let a schema allow no key that it does not name, nor its parts."""
    if "properties" in schema and not schema.get(KEPT):
        schema.setdefault("additionalProperties", False)
    for part in [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]:
        if isinstance(part, dict):
            close(part)


@pytest.mark.parametrize(
    "path", [path for path in MANIFESTS if path.name.startswith("rayjob")], ids=lambda path: path.name
)
@pytest.mark.parametrize(("code", "seen"), [(0, 0), (1, 1), (2, 2), (3, 0), (137, 137)])
def test_kubernetes_sees_a_success_where_only_inputs_could_not_be_read(path: Path, code: int, seen: int) -> None:
    entrypoint, count = re.subn(
        r"yuliao run [^;]*;", f"sh -c 'exit {code}';".replace("'", '"'), read(path)["spec"]["entrypoint"]
    )
    assert count == 1
    assert subprocess.run(entrypoint, shell=True).returncode == seen


def test_all_nodes_have_the_version_of_ray_that_is_locked() -> None:
    locked = re.search(r"^ray==(\S+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    assert locked
    for manifest in map(read, MANIFESTS):
        assert manifest["spec"].get("rayClusterSpec", manifest["spec"])["rayVersion"] == locked[1]
