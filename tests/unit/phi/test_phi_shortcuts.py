"""Do the short ways say what the long ways say?"""

import hmac
import ipaddress
import json
import random
import re
import time
from importlib import import_module
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.phi.detect import _order, merge
from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.lexicon import document, entries
from preceptor.phi.report import _line
from preceptor.phi.rules import contact, national, numbering
from preceptor.phi.rules.schemes import schemes
from preceptor.phi.rules.whole import is_whole
from preceptor.phi.scan import Scanner
from preceptor.phi.types import Finding, Severity, Span

REGIONS = sorted({*entries("phone_regions_trunk_zero"), *entries("phone_regions_no_zero"), "US"})
ALL_REGIONS = numbering.Regions(tuple(REGIONS))
EXAMPLES = [
    (region, number)
    for region in REGIONS
    for kind in range(11)
    if (number := phonenumbers.example_number_for_type(region, kind)) is not None
]
FORMATS = [
    phonenumbers.PhoneNumberFormat.E164,
    phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    phonenumbers.PhoneNumberFormat.NATIONAL,
]


def _said_the_long_way(text: str, region: str | None) -> int:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return phonenumbers.PhoneNumberType.UNKNOWN
    if not phonenumbers.is_valid_number(number):
        return phonenumbers.PhoneNumberType.UNKNOWN
    return phonenumbers.number_type(number)


def _written(chance: random.Random) -> str:
    """A number near one that is given out, or any digits."""
    if chance.random() < 0.4:
        digits = "".join(chance.choices("0123456789", k=chance.randint(1, 18)))
        return chance.choice(["", "", "0", "00", "+"]) + digits
    _, number = chance.choice(EXAMPLES)
    characters = list(phonenumbers.format_number(number, chance.choice(FORMATS)))
    for _ in range(chance.choice([0, 0, 1, 2])):
        place = chance.randrange(len(characters))
        if characters[place].isdigit():
            characters[place] = chance.choice("0123456789")
        if chance.random() < 0.2:
            characters.insert(place, chance.choice("0123456789 -./()"))
    before = ["", "", "", "", "0", "00", "1", "011", "0049", str(number.country_code)]
    return chance.choice(before) + "".join(characters)


@settings(max_examples=300, deadline=None)
@given(st.integers(), st.sampled_from([*REGIONS, None]))
def test_a_numbering_plan_says_what_phonenumbers_says(seed: int, region: str | None) -> None:
    text = _written(random.Random(seed))
    known = _said_the_long_way(text, region)
    assert numbering._kind(text, region) == known
    assert numbering.is_valid(text, region) == (known != phonenumbers.PhoneNumberType.UNKNOWN)


@settings(max_examples=300, deadline=None)
@given(st.integers())
def test_several_regions_say_what_each_of_them_says(seed: int) -> None:
    text = _written(random.Random(seed))
    assert ALL_REGIONS.valid(text) == any(numbering.is_valid(text, region) for region in REGIONS)
    assert ALL_REGIONS.mobile(text) == any(numbering.is_mobile(text, region) for region in REGIONS)


def test_an_example_of_every_kind_of_every_region_is_given_out() -> None:
    for region, number in EXAMPLES:
        text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        assert numbering._kind(text, region) == _said_the_long_way(text, region), (region, text)


# Numbers with a day in them, and their lengths.
DATED = {
    "PL_PESEL": 11,
    "GR_AMKA": 11,
    "EE_IK": 11,
    "NO_FNR": 11,
    "RO_CNP": 13,
    "SI_EMSO": 13,
    "ID_NIK": 16,
}


@pytest.mark.parametrize("key", DATED)
def test_a_guard_refuses_no_number_whose_checksum_holds(key: str) -> None:
    scheme = next(scheme for scheme in schemes() if scheme.key == key)
    assert scheme.guard is not None
    valid = import_module(f"stdnum.{document('schemes')[key]['module']}").is_valid
    chance = random.Random(key)
    held = 0
    for _ in range(20_000):
        digits = "".join(chance.choices("0123456789", k=DATED[key]))
        if valid(digits):
            held += 1
            assert scheme.guard.fullmatch(digits), digits
    assert held > 5


def test_every_shape_of_a_national_number_is_a_beginning_of_one() -> None:
    begin = re.compile(national._beginnings())
    for entries_ in national._shapes().values():
        for one, _, _ in entries_:
            drawn = one.replace("9", "7").replace("A", "k")
            assert begin.match(f"{drawn}\n"), one


COUNTED = "pmid pmc DOI icd-10 ICD sha256 md5 seed step steps no. number # id code accession x 12 7 é ı"
SIGNS = [" ", "  ", ":", "=", "(", "$", "€ ", ",", ".", "\n", "-", "~", "<"]


@given(st.lists(st.sampled_from([*COUNTED.split(), *SIGNS]), max_size=6).map("".join))
def test_what_stands_before_a_count_is_never_overlooked(before: str) -> None:
    assert national._may_count(before) or not national._IMPERSONAL.search(before)


@given(
    st.lists(
        st.one_of(st.integers(0, 300).map(str), st.sampled_from(["00", "01", "0127", "127", "0"])),
        min_size=4,
        max_size=4,
    )
)
def test_an_address_of_the_network_is_read_as_the_library_reads_it(groups: list[str]) -> None:
    value = ".".join(groups)
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        known = None
    else:
        known = Severity.LOW if address.is_loopback or address.is_unspecified else Severity.HIGH
    assert contact._network(value) == known


@given(st.binary(min_size=16, max_size=130), st.text(max_size=12), st.text(st.characters(codec=None), max_size=30))
def test_a_fingerprint_is_the_hmac_of_letters_and_digits(key: bytes, kind: str, value: str) -> None:
    plain = "".join(c for c in value.casefold() if c.isalnum())
    known = hmac.digest(key, f"{kind}\0{plain}".encode("utf-8", "replace"), "sha256").hex()[:32]
    assert Fingerprinter(key, "file").of(kind, value) == known


@given(
    st.builds(
        Finding,
        file=st.text(max_size=8),
        record=st.integers(0, 9),
        pointer=st.text(max_size=8),
        start=st.integers(0, 99),
        end=st.integers(0, 99),
        type=st.text(max_size=8),
        detector=st.text(max_size=8),
        severity=st.sampled_from(Severity),
        fingerprint=st.text(max_size=8),
    )
)
def test_a_finding_is_written_as_json_writes_its_document(finding: Finding) -> None:
    assert _line(finding) == json.dumps(finding.document(), separators=(",", ":"))


SPANS = st.builds(
    lambda start, length, kind, detector, severity: Span(start, start + length, kind, detector, severity),
    st.integers(0, 6),
    st.integers(1, 4),
    st.sampled_from(["NAME", "SSN", "OTHER_ID"]),
    st.sampled_from(["ssn", "ssn-labelled", "vin"]),
    st.sampled_from(Severity),
)


@given(st.lists(SPANS, max_size=12))
def test_of_spans_in_one_place_the_best_is_kept(spans: list[Span]) -> None:
    kept: list[Span] = []
    for span in sorted(spans, key=_order):
        if not kept or span.end > kept[-1].end:
            kept.append(span)
    assert merge(spans) == kept


@pytest.mark.parametrize("length", [157, 158, 159, 160, 161, 162, 400])
def test_a_value_is_whole_between_the_borders_of_its_text_and_no_farther_than_its_length_allows(length: int) -> None:
    digits = "1" * 9
    alone = " ".join([digits] * (length // 10 + 1))[:length]
    for before in ("", "other text\n\0\n"):
        for behind in ("", "\n\0\nother text"):
            text = before + alone + behind
            start = len(before)
            assert is_whole(text, start, start + 9) == (length <= 160), (length, before, behind)


def test_a_long_line_of_findings_takes_no_more_time_for_each_than_a_short_one(tmp_path: Path) -> None:
    def seconds(findings: int) -> float:
        path = tmp_path / "line.txt"
        path.write_text("mail a.b@example.org, " * findings, encoding="utf-8")
        scanner = Scanner(Fingerprinter(b"k" * 16, "file"))
        started = time.process_time()
        assert sum(1 for _ in scanner.file(path, path.name)) == findings
        return time.process_time() - started

    seconds(100)
    short = max(seconds(1_000), 0.02)
    # Twenty times the line: a square would take four hundred times as long.
    assert seconds(20_000) < 80 * short
