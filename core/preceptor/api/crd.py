"""Which CustomResourceDefinitions do the models describe, and are the generated files current?"""

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from preceptor.api.adapterrelease import AdapterReleaseSpec, AdapterReleaseStatus
from preceptor.api.base import GROUP, VERSION, rules
from preceptor.api.evalgate import EvalGateSpec, EvalGateStatus
from preceptor.api.finetunerun import FineTuneRunSpec, FineTuneRunStatus
from preceptor.api.structural import structural_schema
from preceptor.exits import Exit

# etcd refuses objects above 1.5 MB and client-side apply above 256 KB; a reader gives up long before.
SIZE_LIMIT = 100_000
HEADER = "# Generated from preceptor.api by `make generate`; do not edit.\n"

Column = tuple[str, str, str, int]
_STATE: Column = ("State", "string", ".status.state", 0)
_REASON: Column = ("Reason", "string", ".status.reason", 0)
_AGE: Column = ("Age", "date", ".metadata.creationTimestamp", 0)


@dataclass(frozen=True)
class Kind:
    """One kind: its models, names, and the columns that `kubectl get` prints (priority 1 only with -o wide)."""

    name: str
    short_name: str
    spec: type[BaseModel]
    status: type[BaseModel]
    columns: tuple[Column, ...]

    @property
    def plural(self) -> str:
        """The resource's name in URLs and RBAC rules."""
        return f"{self.name.lower()}s"


KINDS = (
    Kind(
        "FineTuneRun",
        "ftr",
        FineTuneRunSpec,
        FineTuneRunStatus,
        (_STATE, _REASON, ("Progress", "string", ".status.progress.text", 0), _AGE),
    ),
    Kind(
        "EvalGate",
        "eg",
        EvalGateSpec,
        EvalGateStatus,
        (_STATE, _REASON, ("Progress", "string", ".status.progress", 0), _AGE),
    ),
    Kind(
        "AdapterRelease",
        "ar",
        AdapterReleaseSpec,
        AdapterReleaseStatus,
        (
            _STATE,
            ("Stage", "string", ".spec.target.stage", 0),
            ("Candidate", "string", ".spec.candidateDigest", 1),
            ("Approvals", "string", ".status.approvals", 0),
            _REASON,
            _AGE,
        ),
    ),
)


# References and labels hold at most 63 characters and no dot: a longer name could be created but never be referred to.
_NAME_RULE = rules(
    (
        "size(self.metadata.name) <= 63 && !self.metadata.name.contains('.')",
        "metadata.name is at most 63 characters long and has no dot, so that it fits into labels and references",
    )
)


def definition(kind: Kind) -> dict[str, Any]:
    """The CustomResourceDefinition of a kind."""
    spec = structural_schema(kind.spec)
    status = structural_schema(kind.status, defaults=False)
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{kind.plural}.{GROUP}",
            "labels": {"app.kubernetes.io/name": "preceptor", "app.kubernetes.io/part-of": "preceptor"},
        },
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": kind.name,
                "listKind": f"{kind.name}List",
                "plural": kind.plural,
                "singular": kind.name.lower(),
                "shortNames": [kind.short_name],
                "categories": ["preceptor"],
            },
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": [_column(column) for column in kind.columns],
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "description": spec["description"],
                            "required": ["spec"],
                            "properties": {
                                "apiVersion": {"type": "string"},
                                "kind": {"type": "string"},
                                "metadata": {"type": "object"},
                                "spec": spec,
                                "status": status,
                            },
                            **_NAME_RULE,
                        }
                    },
                }
            ],
        },
    }


def _column(column: Column) -> dict[str, Any]:
    name, kind, path, priority = column
    return {"name": name, "type": kind, "jsonPath": path, **({"priority": priority} if priority else {})}


def rendered(kind: Kind) -> str:
    """The generated file of a kind. Raises ValueError when it is larger than SIZE_LIMIT."""
    # Without aliases: a reader, and Helm, should meet plain YAML.
    text = HEADER + yaml.dump(
        definition(kind), Dumper=_PlainDumper, sort_keys=False, allow_unicode=True, width=120, default_flow_style=False
    )
    if len(text.encode()) > SIZE_LIMIT:
        raise ValueError(f"the CRD of {kind.name} has {len(text.encode())} bytes, more than {SIZE_LIMIT}")
    return text


class _PlainDumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _quoted_where_a_number_could_be_read(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # PyYAML writes YAML 1.1, where 2e-4 is a string; Kubernetes and Helm read YAML 1.2, where it is a number.
    style = "'" if re.fullmatch(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?", text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_PlainDumper.add_representer(str, _quoted_where_a_number_could_be_read)


def files() -> dict[str, str]:
    """File name to content of everything generated."""
    return {f"{GROUP}_{kind.plural}.yaml": rendered(kind) for kind in KINDS}


def stale(folder: Path) -> list[str]:
    """The generated files that are missing from a folder or differ from what the models say."""
    return [
        name
        for name, text in files().items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]


def main(arguments: list[str] | None = None) -> int:
    """Write the CRDs, or with --check say whether those that are there are current (exit 1: they are not)."""
    parser = argparse.ArgumentParser(prog="python -m preceptor.api.crd", description=main.__doc__)
    parser.add_argument("--out", type=Path, action="append", required=True, help="folder of the files; may be repeated")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is stale")
    options = parser.parse_args(arguments)
    outcome = Exit.PASS
    for folder in options.out:
        if not options.check:
            folder.mkdir(parents=True, exist_ok=True)
            for name, text in files().items():
                (folder / name).write_text(text, encoding="utf-8")
            continue
        for name in stale(folder):
            print(f"{folder / name} is not what preceptor.api says: run `make generate`.", file=sys.stderr)
            outcome = Exit.CHECK_SAYS_NO
    return int(outcome)


if __name__ == "__main__":
    sys.exit(main())
