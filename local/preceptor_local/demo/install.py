"""How does an installation come to be on the cluster?"""

from __future__ import annotations

import base64
import io
import json
import secrets
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from preceptor import keys, manifests, policy_bundle
from preceptor.digests import digest_file
from preceptor_local import images, say, tools, torch_env, volumes
from preceptor_local.commands import run
from preceptor_local.connection import Connection
from preceptor_local.demo.world import (
    ASSETS,
    DEMO_LABEL,
    DEMO_SELECTOR,
    GATEWAY,
    GROUPS,
    KEEPER,
    NAMESPACE,
    OUT,
    ROOT,
    SYSTEM,
    World,
)
from preceptor_local.errors import UsageError
from preceptor_local.paths import state

POLICY = ROOT / "policies" / "promotion"
# The demo's own profile, which no other installation's policy has: its thresholds are laxer than the clinical ones.
PROFILES = ASSETS / "profiles.json"
OUTPUT_POLICY = ROOT / "policies" / "output" / "policy.yml"
CHART = ROOT / "charts" / "preceptor"
# Claim -> the folders of the assets that it is filled with.
STORES = {
    "models": ("models/tiny-triage",),
    "datasets": ("datasets/triage-v1", "datasets/triage-v1-planted"),
    "suites": ("suites/triage-dev", "suites/triage-heldout"),
    "artifacts": (),
}
# How long a pod may take to be ready, where its image is loaded and where it is pulled: the full ones have 5 GB.
READY_SECONDS, PULL_SECONDS = 180, 1800
HOSTS = (f"preceptor-operator.{SYSTEM}.svc", f"preceptor-audit.{SYSTEM}.svc")


def install(connection: Connection) -> World:
    """Bring images, keys, policy, chart and stores onto the cluster; doing it again changes only what changed.

    Raises UsageError where another installation stands on a cluster that is not the local one.
    """
    spare_others(connection)
    patience = READY_SECONDS if connection.is_local else PULL_SECONDS
    references = images.ensure(images.SLIM if connection.is_local else images.FULL)
    with say.step("namespaces and volumes"):
        connection.apply(yaml.safe_dump_all([*(_namespace(name) for name in (SYSTEM, NAMESPACE)), *_people()]))
        _volumes(connection)
    with say.step("keys and signed policy"):
        revision = _keys_and_policy(connection)
    with say.step("Helm chart"):
        _helm(connection, references, revision)
    chart_images = _chart_images(references)
    world = World(
        connection=connection,
        policy_revision=revision,
        output_policy=digest_file(OUTPUT_POLICY),
        thresholds=thresholds(),
    )
    with say.step("stores filled with model, datasets and suites"):
        # A keeper that is there stays: another image would restart it under our hands.
        if world.kubectl("-n", NAMESPACE, "get", "pod", KEEPER).returncode != 0:
            connection.apply(yaml.safe_dump(_keeper(chart_images["eval"])))
        ready = ("--for=condition=Ready", f"pod/{KEEPER}", f"--timeout={patience}s")
        world.must("-n", NAMESPACE, "wait", *ready, timeout=patience + 30)
        _fill(world)
    with say.step("operator, audit service and gateway are ready"):
        for namespace, name in ((SYSTEM, "preceptor-audit"), (SYSTEM, "preceptor-operator"), (NAMESPACE, GATEWAY)):
            rolled = (f"deployment/{name}", f"--timeout={patience}s")
            world.must("-n", namespace, "rollout", "status", *rolled, timeout=patience + 30)
    return world


def clear(world: World) -> None:
    """Delete what an earlier demo left, so that names are free."""
    for kind in ("adapterrelease", "evalgate", "finetunerun"):
        world.must("-n", NAMESPACE, "delete", kind, f"--selector={DEMO_SELECTOR}", "--timeout=60s", timeout=90)


def spare_others(connection: Connection) -> None:
    """Raise UsageError where a namespace that the demo would fill is somebody else's.

    The demo's names are those that the documents use: on a team's cluster they may be a real installation, whose keys,
    chart and releases would be overwritten.
    """
    if connection.is_local:
        return
    names = (SYSTEM, NAMESPACE)
    listed = json.loads(connection.kubectl("get", "namespaces", "-o", "json"))["items"]
    for namespace in (each["metadata"] for each in listed if each["metadata"]["name"] in names):
        if not DEMO_LABEL.items() <= (namespace.get("labels") or {}).items():
            raise UsageError(
                f"Namespace {namespace['name']} of context {connection.context!r} is not one that the demo made, and "
                "the demo would write over what is in it: use another cluster, or unset CLUSTER for a local one."
            )


def thresholds() -> tuple[dict[str, str], ...]:
    """The demo gate's thresholds, as they were chosen on the development suite."""
    document = yaml.safe_load((ASSETS / "thresholds.yml").read_text())
    return tuple({key: str(value) for key, value in entry.items()} for entry in document["thresholds"])


def _namespace(name: str) -> dict[str, Any]:
    labels = DEMO_LABEL | {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def _people() -> list[dict[str, Any]]:
    """Who may write resources; who may approve is the chart's governance.

    alice may approve as well, so that what stops her is that she asked, not that she lacks a right.
    """
    engineers, clinicians = GROUPS["alice"], GROUPS["carol"]
    bound = ((engineers, "preceptor-edit"), (engineers, "preceptor-approve"), (clinicians, "preceptor-edit"))
    return [
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": f"demo-{group}-{role}", "namespace": NAMESPACE},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}],
        }
        for group, role in bound
    ]


def _volumes(connection: Connection) -> None:
    claims = [(NAMESPACE, name) for name in (*STORES, GATEWAY)] + [(SYSTEM, "preceptor-audit")]
    if connection.is_local:
        for namespace, claim in claims:
            name = f"{namespace}-{claim}"
            volumes.local_volume(name, namespace, claim, volumes.scratch(name), to=connection)
        volumes.torch_volume(NAMESPACE, to=connection)
        return
    connection.apply(
        yaml.safe_dump_all(
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": claim, "namespace": namespace},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
            }
            for namespace, claim in claims
        )
    )


def _keys_folder(connection: Connection) -> Path:
    """Keys live as long as the cluster that trusts them."""
    return (state() if connection.is_local else OUT) / "keys"


def _keys_and_policy(connection: Connection) -> str:
    folder = _keys_folder(connection)
    if not (folder / "signing.key").exists():
        keys.write(keys.generate(HOSTS, datetime.now(UTC)), folder)
    # bundle.key stays here: whoever holds it decides what the policy says.
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "bundle.key"}
    bundle = folder.parent / "bundle.tar.gz"
    revision = policy_bundle.build(POLICY, folder / "bundle.key", bundle, profiles=PROFILES, opa=tools.binary("opa"))
    connection.apply(
        yaml.safe_dump_all(
            [
                _binary("Secret", "preceptor-keys", "data", files),
                _binary("Secret", "preceptor-phi-key", "data", {"key": _phi_key(folder)}, NAMESPACE),
                _binary("ConfigMap", "preceptor-policy", "binaryData", {bundle.name: bundle.read_bytes()}),
            ]
        )
    )
    return revision


def _phi_key(folder: Path) -> bytes:
    """The scanner's key of this installation. It is no part of preceptor-keys, since Job pods hold none of those."""
    path = folder.parent / "phi.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_bytes()


def _binary(kind: str, name: str, field: str, files: dict[str, bytes], namespace: str = SYSTEM) -> dict[str, Any]:
    data = {key: base64.b64encode(value).decode() for key, value in sorted(files.items())}
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}, field: data}


def values(connection: Connection, references: dict[str, str], revision: str) -> dict[str, Any]:
    """The chart's values for this installation."""
    slim = connection.is_local
    heavy = [{"name": "torch-env", "persistentVolumeClaim": {"claimName": torch_env.CLAIM, "readOnly": True}}]
    mounts = [{"name": "torch-env", "mountPath": torch_env.MOUNT, "readOnly": True}]
    # A scan reads Parquet with a package of the same environment.
    mounted = {"volumes": heavy, "volumeMounts": mounts} if slim else {}
    # Of the nodes of other people's clusters nothing is known.
    environment = [{"name": "OMP_NUM_THREADS", "value": str(threads() if slim else 1)}]
    job = {
        "env": environment,
        "resources": {"requests": {"cpu": "500m", "memory": "512Mi"}, "limits": {"cpu": "2", "memory": "3Gi"}},
        **mounted,
    }
    return {
        "images": _chart_images(references),
        "policy": {"revision": revision},
        "caCertificate": (_keys_folder(connection) / "ca.crt").read_text(),
        "signingPublicKey": (_keys_folder(connection) / "signing.pub").read_text(),
        "operator": {
            "config": {"jobs": {"train": job, "evaluate": job, "phiScan": mounted}, "resyncSeconds": 30},
        },
        "audit": {"storage": {"existingClaim": "preceptor-audit"}},
        "gateways": [
            {
                "name": GATEWAY,
                "namespace": NAMESPACE,
                "claims": ["models", "artifacts"],
                "storage": {"existingClaim": GATEWAY},
                "env": environment,
                "resources": {"requests": {"cpu": "100m", "memory": "512Mi"}, "limits": {"cpu": "2", "memory": "3Gi"}},
            }
        ],
        "torchEnv": {"claim": torch_env.CLAIM if slim else "", "mountPath": torch_env.MOUNT},
    }


def threads() -> int:
    """How many threads a model runs on: one for each core of its own, up to two.

    A second thread on the same core makes it slower.
    """
    siblings = Path("/sys/devices/system/cpu").glob("cpu[0-9]*/topology/thread_siblings_list")
    cores = {path.read_text().strip() for path in siblings}
    return max(1, min(2, len(cores)))


def _chart_images(references: dict[str, str]) -> dict[str, str]:
    """The chart's names of images; the full ones stand for the slim ones on other people's clusters."""
    return {name.removesuffix("-full"): reference for name, reference in references.items()}


def _helm(connection: Connection, references: dict[str, str], revision: str) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / "values.yaml"
    path.write_text(yaml.safe_dump(values(connection, references, revision)))
    command: list[str | Path] = [tools.binary("helm"), "upgrade", "--install", "preceptor", CHART]
    command += ["--namespace", SYSTEM, "--values", path, "--kubeconfig", connection.kubeconfig]
    command += ["--kube-context", connection.context]
    run(command, timeout=120)


def _keeper(image: str) -> dict[str, Any]:
    """A pod with every store mounted, through which the demo fills and reads them."""
    claims = sorted(STORES)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": KEEPER, "namespace": NAMESPACE},
        "spec": {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 1,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 10001,
                "runAsGroup": 10001,
                "fsGroup": 10001,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "main",
                    "image": image,
                    "command": ["sleep", "infinity"],
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                    "volumeMounts": [{"name": claim, "mountPath": f"/stores/{claim}"} for claim in claims],
                }
            ],
            "volumes": [{"name": claim, "persistentVolumeClaim": {"claimName": claim}} for claim in claims],
        },
    }


def _fill(world: World) -> None:
    """Copy the assets' folders, each only when the store holds another one."""
    for claim, folders in STORES.items():
        for folder in folders:
            wanted = manifests.read(ASSETS / folder)
            target = f"/stores/{claim}/{Path(folder).name}"
            held = world.keeper("sh", "-c", f"cat {target}/{manifests.FILE_NAME} 2>/dev/null || true")
            if held and json.loads(held) == wanted.document():
                continue
            put_folder(world, ASSETS / folder, target)


def put_folder(world: World, folder: Path, target: str) -> None:
    """Copy a folder of this machine to a path below /stores in the keeper's pod, in place of what was there."""
    program = f"rm -rf {target} && mkdir -p {target} && tar -x -C {target} --no-same-owner --no-same-permissions"
    world.keeper("sh", "-c", program, stdin=_archive(folder), timeout=120)


def _archive(folder: Path) -> bytes:
    """A tar of a folder whose files everybody may read."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path in sorted(folder.rglob("*")):
            information = archive.gettarinfo(path, str(path.relative_to(folder)))
            information.mode = 0o755 if path.is_dir() else 0o644
            if path.is_dir():
                archive.addfile(information)
            else:
                with path.open("rb") as file:
                    archive.addfile(information, file)
    return buffer.getvalue()
