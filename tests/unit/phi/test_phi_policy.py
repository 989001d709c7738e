"""Does a policy decide what counts, and is one that is not understood refused before a byte is read?"""

from pathlib import Path

import pytest

from preceptor.exits import BadInput
from preceptor.phi.config import ConfiguredDetector, Settings
from preceptor.phi.policy import Policy, load_policy
from preceptor.phi.rules.schemes import schemes
from preceptor.phi.types import Severity, Span

TEXT = "SSN 123-45-6789, call 212-555-0187, see https://a.example.com/jane.roe@example.com"


def types(policy: Policy, text: str = TEXT, key: str = "") -> set[str]:
    return {str(span.type) for span in ConfiguredDetector(policy).detect(text, key=key)}


def policy_of(tmp_path: Path, text: str) -> Policy:
    path = tmp_path / "policy.yml"
    path.write_text(text)
    return load_policy(path)


def test_default_policy_counts_what_the_detector_finds() -> None:
    assert {"SSN", "PHONE", "URL"} <= types(Policy())


def test_types_can_be_left_out_and_hide_nothing_that_they_overlap(tmp_path: Path) -> None:
    found = types(policy_of(tmp_path, "types: {without: [URL, SSN]}"))
    assert {"PHONE", "EMAIL"} <= found
    assert not found & {"URL", "SSN"}


def test_types_can_be_named_alone(tmp_path: Path) -> None:
    assert types(policy_of(tmp_path, "types: {only: [SSN]}")) == {"SSN"}


NATIONAL_TEXT = "NHS number 943 476 5919, CPF 390.533.447-05, SSN 123-45-6789"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("types: {only: [NATIONAL_ID_GB_NHS]}", {"NATIONAL_ID_GB_NHS"}),
        ("types: {only: [NATIONAL_ID]}", {"NATIONAL_ID_GB_NHS", "NATIONAL_ID_BR_CPF"}),
        ("types: {without: [NATIONAL_ID_GB_NHS]}", {"NATIONAL_ID_BR_CPF", "SSN"}),
        ("types: {without: [NATIONAL_ID]}", {"SSN"}),
        ("types: {only: [SSN]}", {"SSN"}),
    ],
)
def test_national_numbers_are_named_each_or_all_together(policy: str, expected: set[str], tmp_path: Path) -> None:
    found = types(policy_of(tmp_path, policy), NATIONAL_TEXT)
    assert {kind for kind in found if kind == "SSN" or kind.startswith("NATIONAL_ID")} == expected


def test_every_type_of_a_national_number_can_be_named_is_listed_and_is_documented(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        policy_of(tmp_path, "types: {only: [NATIONAL_ID_XX]}")
    documented = Path("docs/reference/phi.md").read_text(encoding="utf-8").split("```text\n")[1].split("```")[0].split()
    national = [scheme.type for scheme in schemes() if scheme.type.startswith("NATIONAL_ID_")]
    assert [f"NATIONAL_ID_{each}" for each in documented] == sorted(national)
    for kind in national:
        policy_of(tmp_path, f"types: {{only: [{kind}]}}")
        assert f" {kind.removeprefix('NATIONAL_ID_')}" in str(refused.value)


def test_a_cue_finds_a_national_number_of_its_own_type(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, "cues: {NATIONAL_ID_DE_KVNR: [Kassenkarte]}")
    assert types(policy, "Kassenkarte: 77 of today") == {"NATIONAL_ID_DE_KVNR"}


def test_severity_floor_leaves_out_what_is_below(tmp_path: Path) -> None:
    text = "SSN: 000-12-3456"
    assert types(Policy(), text) == {"SSN"}
    assert types(policy_of(tmp_path, "minimumSeverity: medium"), text) == set()


def test_cue_words_of_a_policy_find_what_stands_after_them_and_under_them(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, "cues: {MRN: [Kartei Nr, folder no]}")
    assert types(policy, "Kartei-Nr: 77 of today") == types(policy, "folder no 9A") == {"MRN"}
    assert types(policy, "9912", key="kartei_nr") == {"MRN"}
    assert types(Policy(), "Kartei-Nr: 77 of today") == set()


def test_organisations_can_be_switched_off_and_nothing_else_with_them(tmp_path: Path) -> None:
    text = "Ms. Quathonde was seen at Quathonde Valley Medical Center in Remniku on 3/4/2021."
    assert {"ORGANISATION", "NAME", "DATE"} <= types(Policy(), text)
    assert types(policy_of(tmp_path, "organisations: false"), text) == types(Policy(), text) - {"ORGANISATION"}


def test_words_of_an_organisation_are_nobodys_name_where_organisations_do_not_count(tmp_path: Path) -> None:
    text = "Seen at Mercy General Hospital on 3/4/2021 by Dr. Quathonde Hospital."
    policy = policy_of(tmp_path, "organisations: false")
    found = ConfiguredDetector(policy).detect(text)
    # The second has a title of its own.
    assert [text[span.start : span.end] for span in found if span.type == "NAME"] == ["Dr. Quathonde"]


def test_organisation_is_told_by_its_type_whatever_found_it() -> None:
    spans = [Span(0, 1, kind, "institution-last", Severity.HIGH) for kind in ("ORGANISATION", "LOCATION")]
    assert [Policy(organisations=False).counts(span) for span in spans] == [False, True]


@pytest.mark.parametrize(
    "text",
    ["typo: 1", "types: {only: [SNN]}", "types: {}", "types: {only: [SSN], without: [URL]}", "minimumSeverity: x",
     "- a", "cues: {MRNX: [ab]}", "cues: {NATIONAL_ID: [ab]}", "cues: {MRN: [a]}", "schemaVersion: 2", "a: [", "\t"],
)  # fmt: skip
def test_policy_that_is_not_understood_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        policy_of(tmp_path, text)


def test_refusal_quotes_nothing_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        policy_of(tmp_path, "Xqwalter Zjprice: 1")
    assert "Xqwalter" not in str(refused.value)


def test_policy_and_roster_change_the_configuration_s_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECEPTOR_PHI_KEY", "k" * 32)
    (tmp_path / "p.yml").write_text("organisations: false")
    digests = {Settings.load().digest, Settings.load(policy=tmp_path / "p.yml").digest}
    assert len(digests) == 2
    assert Settings.load().digest in digests


def test_settings_print_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECEPTOR_PHI_KEY", "secretsecretsecret")
    assert "secret" not in f"{Settings.load()!r}{Settings.load()!s}"
