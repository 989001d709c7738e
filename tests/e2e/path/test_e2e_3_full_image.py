"""Does the full trainer image train without the mounted torch environment?"""

import json

import pytest

from preceptor.api.base import BaseModelSource
from preceptor.api.finetunerun import FineTuneRunSpec
from preceptor.api.jobs import Owner, TrainJob
from preceptor_local import images
from preceptor_local.demo import manifests
from preceptor_local.demo.world import NAMESPACE, World


@pytest.mark.timeout(1500)
def test_a_pod_of_the_full_trainer_image_trains_an_adapter(world: World) -> None:
    if not world.connection.is_local:
        pytest.skip("on another cluster the full images are what the claims ran on")
    reference = images.ensure(["trainer-full"])["trainer-full"]
    name = "full-image"
    spec = FineTuneRunSpec.model_validate(manifests.run(world, name, "triage-v1")["spec"])
    job = TrainJob(
        owner=Owner(kind="FineTuneRun", namespace=NAMESPACE, name=name, uid="00000000-full"),
        base_model=BaseModelSource(uri=spec.base_model.uri, digest=spec.base_model.digest),
        dataset=spec.dataset,
        method=spec.method,
        training=spec.training.model_copy(update={"epochs": 1, "max_steps": 2}),
        reproducibility=spec.reproducibility,
        output_uri=f"pvc://artifacts/{name}/run-1",
    )
    world.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
                 "data": {"job.json": json.dumps(job.document())}})  # fmt: skip
    claims = ("models", "datasets", "artifacts")
    world.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name},
            "spec": {
                "restartPolicy": "Never",
                "automountServiceAccountToken": False,
                "securityContext": {
                    "runAsNonRoot": True, "runAsUser": 10001, "fsGroup": 10001,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "containers": [
                    {
                        "name": "main",
                        "image": reference,
                        "args": ["run"],
                        "env": [{"name": "OMP_NUM_THREADS", "value": "1"}],
                        "securityContext": {
                            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                            "capabilities": {"drop": ["ALL"]},
                        },
                        "volumeMounts": [
                            {"name": "job", "mountPath": "/preceptor"},
                            {"name": "tmp", "mountPath": "/tmp"},
                            *({"name": claim, "mountPath": f"/stores/{claim}"} for claim in claims),
                        ],
                    }
                ],
                "volumes": [
                    {"name": "job", "configMap": {"name": name}},
                    {"name": "tmp", "emptyDir": {}},
                    *({"name": claim, "persistentVolumeClaim": {"claimName": claim}} for claim in claims),
                ],
            },
        }
    )  # fmt: skip
    world.must("-n", NAMESPACE, "wait", "--for=jsonpath={.status.phase}=Succeeded", f"pod/{name}", "--timeout=300s",
               timeout=320)  # fmt: skip
    terminated = world.get("pod", name)["status"]["containerStatuses"][0]["state"]["terminated"]
    result = json.loads(terminated["message"])
    assert (result["verdict"], result["counts"]["steps"]) == ("pass", 2)
