"""Why did a detector fire, and under which letter of Safe Harbor?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from preceptor.exits import BadInput
from preceptor.phi.detect import Detector
from preceptor.phi.finder import Follower, Known
from preceptor.phi.normalise import NormalText
from preceptor.phi.roster import DETECTOR as ROSTER
from preceptor.phi.types import PhiType, Severity, Span
from preceptor.phi.values import REASONS

# 45 CFR 164.514(b)(2)(i), by letter.
_LETTERS: dict[str, tuple[str, str]] = {
    PhiType.NAME: ("A", "names"),
    PhiType.LOCATION: ("B", "geographic subdivisions smaller than a state"),
    PhiType.DATE: ("C", "elements of dates except the year"),
    PhiType.AGE: ("C", "ages over 89"),
    PhiType.PHONE: ("D", "telephone numbers"),
    PhiType.FAX: ("E", "fax numbers"),
    PhiType.EMAIL: ("F", "electronic mail addresses"),
    PhiType.SSN: ("G", "social security numbers"),
    PhiType.MRN: ("H", "medical record numbers"),
    PhiType.HEALTH_PLAN: ("I", "health plan beneficiary numbers"),
    PhiType.ACCOUNT: ("J", "account numbers"),
    PhiType.LICENCE: ("K", "certificate and license numbers"),
    PhiType.VEHICLE: ("L", "vehicle identifiers and plates"),
    PhiType.DEVICE: ("M", "device identifiers and serial numbers"),
    PhiType.URL: ("N", "web addresses"),
    PhiType.IP_ADDRESS: ("O", "internet protocol addresses"),
    PhiType.BIOMETRIC: ("P", "biometric identifiers"),
    PhiType.IMAGE: ("Q", "full-face photographs and comparable images"),
}
_OTHER = ("R", "any other unique identifying number, characteristic or code")
_SEVERITIES = {
    Severity.HIGH: "high: the value itself or its label leaves little doubt",
    Severity.MEDIUM: "medium: it looks like one and nothing contradicts",
    Severity.LOW: "low: a label says what it is, its own scheme refuses the value",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a detector looks for, in sentences."""

    detector: str
    sentences: tuple[str, ...]


def explain(name: str, detector: Detector) -> Explanation:
    """What the detector of a finding looks for. Raises BadInput when there is none of that name."""
    if name in REASONS:
        return Explanation(name, ("Nothing was found here: the place cannot be read, and so it blocks.", REASONS[name]))
    if name == ROSTER:
        return Explanation(name, ("An identifier of the roster stands here, letter by letter and digit by digit.",))
    rule = next((rule for rule in detector.rules if rule.id == name), None)
    if rule is not None:
        sentences = [safe_harbor(str(rule.type))]
        sentences.append(
            "It fires only where a cue word stands before the value, or is the name of its field."
            if rule.cued
            else "The shape of the text is enough, without a field's name."
        )
        sentences.append(_check(rule.check) if rule.check is not None else "What its pattern matches is a finding.")
        return Explanation(name, tuple(sentences))
    labelled = next((rule for rule in detector.rules if name in rule.names), None)
    if labelled is not None:
        told = "It fires on a value beside a label, and the label says what kind of identifier the value is."
        check = _check(labelled.check) if labelled.check is not None else "What its pattern matches is a finding."
        return Explanation(name, (told, check))
    for searcher in detector.searchers:
        if name in searcher.detectors:
            return Explanation(name, (searcher.detectors[name],))
    raise BadInput("There is no detector of that name: copy it from the field `detector` of a finding.")


class _Listener:
    """A follower that takes down why it found what it finds, by where that stands in the source."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self.detectors: Mapping[str, str] = follower.detectors
        self.digest = follower.digest
        self.said: list[tuple[int, int, Sequence[str]]] = []

    def find(self, text: NormalText, known: Known) -> Iterable[Span]:
        """What the follower finds."""
        for span in self._follower.find(text, known):
            self.said.append((*text.source_span(span.start, span.end), self.reasons(text, known, span)))
            yield span

    def reasons(self, text: NormalText, known: Known, span: Span) -> Sequence[str]:
        """What the follower says."""
        return self._follower.reasons(text, known, span)


def evidence(text: str, key: str, detector: Detector) -> list[tuple[int, int, Sequence[str]]]:
    """(start, end, sentences) of each place of a text where weights decided: which facts spoke most."""
    listeners = [_Listener(follower) for follower in detector.followers]
    Detector(detector.rules, detector.finders, followers=listeners).detect(text, key=key)
    return [said for listener in listeners for said in listener.said]


def safe_harbor(kind: str) -> str:
    """The identifier of Safe Harbor that a type is."""
    letter, words = _LETTERS.get(kind, _OTHER)
    return f"{kind}: Safe Harbor ({letter}), {words}."


def severity_words(severity: Severity) -> str:
    """What a severity means."""
    return _SEVERITIES[severity]


def _check(check: object) -> str:
    words = (getattr(check, "__doc__", None) or "").strip().partition("\n")[0]
    if words:
        return f"Then a check decides. {words}"
    name = str(getattr(check, "__qualname__", "check")).partition(".")[0].strip("_").replace("_", " ")
    return f"Then a check decides: {name}."
