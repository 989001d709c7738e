"""How is this operator set up?"""

import os
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from preceptor.exits import BadInput
from preceptor.manifests import sentence_of

CONFIG_PATH = Path("/etc/preceptor/operator.yaml")


class _Config(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class Images(_Config):
    """Image references of the Job pods."""

    trainer: str
    eval: str


class PodSettings(_Config):
    """What the platform team adds to one role's Job pods; plain Kubernetes fragments."""

    env: tuple[dict[str, Any], ...] = ()
    volumes: tuple[dict[str, Any], ...] = ()
    volume_mounts: tuple[dict[str, Any], ...] = ()
    resources: dict[str, Any] = Field(
        default_factory=lambda: {
            "requests": {"cpu": "100m", "memory": "256Mi"},
            "limits": {"cpu": "1", "memory": "1Gi"},
        }
    )
    node_selector: dict[str, str] = Field(default_factory=dict)
    tolerations: tuple[dict[str, Any], ...] = ()
    image_pull_policy: str = "IfNotPresent"


class JobSettings(_Config):
    """Pod settings by role."""

    phi_scan: PodSettings = PodSettings()
    # The only role whose pods may need a way out: HF_ENDPOINT and, from a Secret, HF_TOKEN go into its env.
    fetch: PodSettings = PodSettings()
    train: PodSettings = PodSettings()
    seal: PodSettings = PodSettings()
    verify: PodSettings = PodSettings()
    evaluate: PodSettings = PodSettings()


class Audit(_Config):
    """The audit service; without a reachable one nothing is decided."""

    url: str
    ca_file: str | None = None
    token_file: str = "/var/run/preceptor/audit-token"  # noqa: S105 - a path


class Opa(_Config):
    """The policy sidecar."""

    host: str = "127.0.0.1"
    port: int = 8181
    timeout_seconds: float = 5.0


class Gateways(_Config):
    """How a gateway Service is reached."""

    port: int = 8080
    scheme: str = "http"
    token_file: str = "/var/run/preceptor/gateway-token"  # noqa: S105 - a path
    # "namespace/name" of every gateway of this installation; the operator sends its token nowhere else.
    allowed: tuple[str, ...] = ()
    # Only for tests and for running outside a cluster: {namespace}/{name} -> base URL.
    overrides: dict[str, str] = Field(default_factory=dict)


class Progress(_Config):
    """Where training pods report their steps; without a URL they do not."""

    url: str | None = None
    audience: str = "preceptor-progress"
    port: int = 8443


class LeaderElection(_Config):
    """Lease times in seconds, as controller-runtime has them."""

    enabled: bool = True
    lease_name: str = "preceptor-operator"
    lease_seconds: float = 15
    renew_seconds: float = 10
    retry_seconds: float = 2


class OperatorConfig(_Config):
    """The operator's configuration file."""

    images: Images
    jobs: JobSettings = JobSettings()
    audit: Audit
    opa: Opa = Opa()
    gateways: Gateways = Gateways()
    progress: Progress = Progress()
    leader_election: LeaderElection = LeaderElection()
    keys_dir: str = "/etc/preceptor/keys"
    # Secret with the key `key` in every namespace with FineTuneRuns: fingerprints of findings are made with it.
    phi_key_secret: str = "preceptor-phi-key"  # noqa: S105 - a name
    # Empty: every namespace.
    namespaces: tuple[str, ...] = ()
    workers: int = 8
    writes_per_second: float = 50
    health_port: int = 8080
    resync_seconds: float = 300


def load(path: Path | None = None) -> OperatorConfig:
    """Read the configuration file. Raises BadInput with a sentence when it is missing or wrong."""
    path = path or Path(os.environ.get("PRECEPTOR_OPERATOR_CONFIG", str(CONFIG_PATH)))
    try:
        document = yaml.safe_load(path.read_text())
    except OSError as error:
        raise BadInput(f"The operator's configuration {path} cannot be read: {error.strerror}.") from None
    except yaml.YAMLError:
        raise BadInput(f"The operator's configuration {path} is not YAML.") from None
    try:
        return OperatorConfig.model_validate(document)
    except ValidationError as error:
        raise BadInput(f"The operator's configuration {path} is wrong: {sentence_of(error)}.") from None
