"""Which shapes do all resources share?"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from preceptor.digests import PATTERN
from preceptor.hub import PATTERN as HUB_PATTERN
from preceptor.stores import CLAIM_PATTERN, ORIGIN_CLAIM_PATTERN, ORIGIN_PATTERN, URI_PATTERN

GROUP = "preceptor.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

DIGEST_LENGTH = 71
Digest = Annotated[str, StringConstraints(pattern=PATTERN, max_length=DIGEST_LENGTH)]
# Models that stand in resources and in Job files alike take both schemes; the CRDs take claims only.
StoreUri = Annotated[
    str,
    StringConstraints(pattern=URI_PATTERN, max_length=512),
    Field(json_schema_extra={"pattern": CLAIM_PATTERN}),
]
HubUri = Annotated[str, StringConstraints(pattern=HUB_PATTERN, max_length=512)]
# A store or a hub; the model that has one says which revisions of a hub it takes.
OriginUri = Annotated[
    str,
    StringConstraints(pattern=ORIGIN_PATTERN, max_length=512),
    Field(json_schema_extra={"pattern": ORIGIN_CLAIM_PATTERN}),
]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]


def _unquoted(value: Any) -> Any:
    # A file may say 1 where the API server insists on "1".
    return str(value) if type(value) is int else value


DECIMAL_PATTERN = r"^-?[0-9]+(\.[0-9]+)?([eE]-?[0-9]+)?$"
FRACTION_PATTERN = r"^(0(\.[0-9]+)?|1(\.0+)?)$"
# What these patterns mean, for sentences about a value that has another form.
FORMS = {
    PATTERN: "a digest: sha256: and 64 hexadecimal digits, as `preceptor manifest verify FOLDER` prints it",
    DECIMAL_PATTERN: "a decimal number",
    FRACTION_PATTERN: "a decimal number from 0 to 1",
}

# Kubernetes advises against floats in APIs (not every encoder keeps them): numbers with a fraction are decimal strings.
Decimal = Annotated[
    str,
    StringConstraints(pattern=DECIMAL_PATTERN, max_length=32),
    BeforeValidator(_unquoted),
]
Fraction = Annotated[str, StringConstraints(pattern=FRACTION_PATTERN, max_length=16), BeforeValidator(_unquoted)]
Text = Annotated[str, StringConstraints(max_length=1024)]


def described(text: str) -> Any:
    """What a field means, for `kubectl explain` and docs/reference/resources.md."""
    return Field(description=text)


def rules(*pairs: tuple[str, str]) -> dict[str, Any]:
    """CEL rules of a schema, as (expression that must hold, sentence when it does not)."""
    return {"x-kubernetes-validations": [{"rule": rule, "message": message} for rule, message in pairs]}


class ApiModel(BaseModel):
    """A frozen model in camelCase that refuses unknown fields."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)

    def document(self) -> dict[str, Any]:
        """JSON-compatible form with camelCase keys and without unset optional fields."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class StatusModel(ApiModel):
    """A status model: what an older or newer operator wrote is kept readable."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)


class Condition(StatusModel):
    """One condition as in metav1.Condition."""

    type: Annotated[str, StringConstraints(max_length=316)]
    status: Literal["True", "False", "Unknown"]
    reason: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$", max_length=1024)]
    message: Annotated[str, StringConstraints(max_length=4096)] = ""
    observed_generation: int | None = None
    last_transition_time: Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class LocalReference(ApiModel):
    """A resource in the same namespace."""

    name: Annotated[Name, described("Name of the resource.")]


class ConfigMapReference(ApiModel):
    """One key of a ConfigMap in the same namespace."""

    name: Annotated[
        str,
        StringConstraints(max_length=253, pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"),
        described("Name of the ConfigMap."),
    ]
    key: Annotated[
        str, StringConstraints(max_length=253, pattern=r"^[-._a-zA-Z0-9]+$"), described("Key in its data.")
    ] = "prompt"


class BaseModelSource(ApiModel):
    """A base model: a Hugging Face folder with a manifest, named by the manifest's digest."""

    uri: Annotated[StoreUri, described("Folder of the model: pvc://CLAIM/PATH, in the resource's namespace.")]
    digest: Annotated[Digest, described("Digest of its manifest, as `preceptor manifest create` prints it.")]


class Conditions(StatusModel):
    """Status fields that every kind has."""

    observed_generation: Annotated[
        int | None,
        described("Generation of the spec that this status is about. An older one means: not looked at yet."),
    ] = None
    reason: Annotated[
        Annotated[str, StringConstraints(max_length=128)] | None, described("CamelCase reason of the present state.")
    ] = None
    conditions: Annotated[
        tuple[Condition, ...],
        Field(json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]}),
        described("Facts by type, each with a reason and a sentence."),
    ] = ()
