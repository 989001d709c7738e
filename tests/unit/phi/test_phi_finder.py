"""Does a finder see the same text as the rules, and do its spans lead back into the source?"""

import re
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError

import pytest

from preceptor.phi import report
from preceptor.phi.detect import Detector
from preceptor.phi.normalise import NormalText
from preceptor.phi.report import config_digest
from preceptor.phi.rules import ALL
from preceptor.phi.types import PhiType, Severity, Span


class Zebras:
    """Finds one word."""

    detectors: Mapping[str, str] = {"zebra": "The word zebra."}

    def __init__(self, digest: str = "1") -> None:
        self.digest = digest

    def find(self, text: NormalText) -> Iterable[Span]:
        """Every zebra."""
        for match in re.finditer("zebra", text.text):
            yield Span(match.start(), match.end(), PhiType.NAME, "zebra", Severity.HIGH)


def test_finder_span_leads_back_through_normalisation_and_key() -> None:
    detector = Detector((), [Zebras()])
    assert [(s.start, s.end) for s in detector.detect("ｆｉ one ze\u200bbra", key="petName")] == [(7, 13)]


def test_finder_is_not_led_by_the_words_of_the_key() -> None:
    detector = Detector((), [Zebras()])
    assert detector.detect("one", key="zebra") == []


def test_finder_is_not_asked_about_bare_numbers() -> None:
    assert Detector((), [Zebras()]).detect("zebra", number=True) == []


def test_finder_and_rules_are_merged() -> None:
    found = Detector(ALL, [Zebras()]).detect("zebra wrote to a@example.com")
    assert [s.detector for s in found] == ["zebra", "email"]


def test_config_digest_changes_with_a_finder() -> None:
    assert config_digest(Detector((), [Zebras("1")])) != config_digest(Detector((), [Zebras("2")]))


def test_config_digest_changes_with_the_reader_of_parquet_and_with_none(monkeypatch: pytest.MonkeyPatch) -> None:
    digests = set()
    for there in ("25.0.0", "26.0.1", None):

        def version(name: str, there: str | None = there) -> str:
            if name == "pyarrow" and there is None:
                raise PackageNotFoundError(name)
            return there if name == "pyarrow" and there else "1"

        monkeypatch.setattr(report, "version", version)
        assert report.versions()["pyarrow"] == there or report.versions()["pyarrow"] == "none"
        digests.add(config_digest(Detector((), [Zebras("1")])))
    assert len(digests) == 3


def test_detector_names_those_of_its_rules_and_finders() -> None:
    assert Detector(ALL, [Zebras()]).detectors == {name for rule in ALL for name in (rule.id, *rule.names)} | {"zebra"}
