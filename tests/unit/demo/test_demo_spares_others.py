"""Does the demo leave alone what it did not make, and does it look for every planted value?"""

import json
from pathlib import Path

import pytest

from preceptor_local.assets.datasets import PLANTED
from preceptor_local.connection import Connection
from preceptor_local.demo import install, manifests
from preceptor_local.demo.planted import planted_values, readable
from preceptor_local.demo.world import ASSETS, DEMO_LABEL, NAMESPACE, SYSTEM, World
from preceptor_local.errors import UsageError

PLANTED_SET = ASSETS / "datasets" / "triage-v1-planted"


class Cluster(Connection):
    """A connection to a cluster that has these namespaces."""

    namespaces: dict[str, dict[str, str]]

    def kubectl(self, *arguments: str, stdin: str | None = None, timeout: float | None = 120) -> str:
        assert arguments[:2] == ("get", "namespaces")
        items = [{"metadata": {"name": name, "labels": labels}} for name, labels in self.namespaces.items()]
        return json.dumps({"items": items})


def cluster(namespaces: dict[str, dict[str, str]], *, local: bool = False) -> Cluster:
    made = Cluster(Path("/nowhere"), "team", local)
    object.__setattr__(made, "namespaces", namespaces)
    return made


@pytest.mark.parametrize("taken", [SYSTEM, NAMESPACE])
def test_a_namespace_that_is_somebody_elses_stops_the_demo(taken: str) -> None:
    with pytest.raises(UsageError, match=taken):
        install.spare_others(cluster({"default": {}, taken: {"team": "cardiology"}}))


def test_the_demos_own_namespaces_are_used_again() -> None:
    install.spare_others(cluster({SYSTEM: DEMO_LABEL, NAMESPACE: {**DEMO_LABEL, "more": "labels"}}))


def test_an_empty_cluster_is_used() -> None:
    install.spare_others(cluster({"default": {}, "kube-system": {}}))


def test_everything_that_the_demo_applies_carries_its_label() -> None:
    world = World(cluster({}), "sha256:" + "0" * 64, "sha256:" + "0" * 64, ())
    applied = (
        manifests.run(world, "a", "triage-v1"),
        manifests.prompt("x"),
        manifests.gate(world, "b", "a"),
        manifests.release(world, "c", "sha256:" + "0" * 64, "b"),
        install._namespace(SYSTEM),
    )
    assert all(DEMO_LABEL.items() <= each["metadata"]["labels"].items() for each in applied)


def test_every_planted_sentence_names_what_identifies_somebody_and_holds_it() -> None:
    for sentence, values in PLANTED.items():
        assert values
        assert all(value.lower() in sentence.lower() for value in values)


def test_a_dataset_without_a_planted_sentence_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_bytes((PLANTED_SET / "train.jsonl").read_bytes().replace(b"Vancebrook", b"V."))
    with pytest.raises(ValueError, match="lacks 1"):
        planted_values(tmp_path)


def test_planted_parts_are_looked_for_one_by_one() -> None:
    assert {"Vancebrook", "Larkspur", "7730418", "1948-11-02", "12 March 2024"} <= set(planted_values(PLANTED_SET))


@pytest.mark.parametrize(
    ("value", "text", "found"),
    [
        ("Vancebrook", "Mrs VANCEBROOK came", True),
        ("412-68-9075", '{"ssn": 412689075}', True),
        ("00482913", "mrn=00482913", True),
        ("62704", "sha256:a62704b", False),
        ("harold", "a herald", False),
    ],
)
def test_a_value_is_read_as_a_word_of_its_own_in_any_case(value: str, text: str, found: bool) -> None:
    assert readable(value, text) is found
