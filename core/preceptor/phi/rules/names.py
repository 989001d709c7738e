"""Which words name a person, told by a title, a cue or a given name before a family name?"""

import re

from preceptor.phi.lexicon import alternation, words
from preceptor.phi.names.lists import prose
from preceptor.phi.names.words import profile
from preceptor.phi.rule import Candidate, Check, Rule, Verdict
from preceptor.phi.types import PhiType, Severity

_CAPITAL = r"\p{Lu}[\p{L}\p{M}'-]*\p{L}"
_PARTICLE = f"(?:{alternation('particle')})"
_REST = rf"(?:[ \t]{{1,2}}(?:(?:{_PARTICLE}[ \t]){{0,2}}{_CAPITAL}|\p{{Lu}}\.?)){{0,3}}"
_NAME = rf"(?:\p{{Lu}}\.[ ]?){{0,2}}{_CAPITAL}{_REST}"
_ANY_CASE = r"\p{L}[\p{L}\p{M}'-]+(?:,?[ \t][\p{L}\p{M}'-]+\.?){0,3}"
_SPLIT = re.compile(r"[\s,]+")
_LONG_WORD = re.compile(r"[^\s,.]{2,}")


def _first_word(candidate: Candidate) -> str:
    """The first word that is more than an initial."""
    word = _LONG_WORD.search(candidate.text, candidate.start, candidate.end)
    return word[0] if word is not None else ""


def _cut(candidate: Candidate, severity: Severity) -> Verdict:
    """The candidate without the words of a form that follow the name: "Elena Ortega Servicio"."""
    value, stops = candidate.value, prose("stops")
    if not stops.isdisjoint([word.strip(".,:") for word in value.lower().split()[1:]]):
        for index, match in enumerate(re.finditer(r"\S+", value)):
            if index and match.group().lower().strip(".,:") in stops:
                return Verdict(severity, candidate.start, candidate.start + len(value[: match.start()].rstrip()))
    return Verdict(severity, candidate.start, candidate.end)


def _after_cue(severity: Severity = Severity.HIGH) -> Check:
    """A name after a title or cue: any word but those that are never names."""

    def check(candidate: Candidate) -> Verdict | None:
        return _named(candidate, severity)

    return check


def _named(candidate: Candidate, severity: Severity) -> Verdict | None:
    lower = _first_word(candidate).lower()
    if not lower or lower in words("never-names") or lower in words("medical"):
        return None
    return _cut(candidate, severity)


def _title(candidate: Candidate) -> Verdict | None:
    word = _first_word(candidate)
    # Eponyms keep their meaning after a title: "Dr Parkinson" is a person.
    known = profile(word.lower())
    family = known is not None and known.family >= 2 and word[:1].isupper()
    title = candidate.before(12).rstrip(" .\t").split()[-1:]
    if known is not None and known.ordinary >= 2 and not (known.family or known.given) and _is_also_a_word(title):
        # "Will we Miss Cancers", "Sr Calcium", "Doctor Visits".
        return None
    return _cut(candidate, Severity.HIGH) if word and (family or word.lower() not in words("never-names")) else None


def _is_also_a_word(title: list[str]) -> bool:
    return bool(title) and (title[0].lower() in prose("plain_titles") or title[0] in ("Miss", "MISS", "miss"))


def _field(candidate: Candidate) -> Severity | Verdict | None:
    """After a field's label: any words where the label says "name", else words written like a name."""
    label = candidate.before(40).lower()
    label = label[max(label.rfind("\n"), label.rfind(". ")) + 1 :]
    if "name" not in label and "nombre" not in label and "apellido" not in label:
        tokens = [w for w in _SPLIT.split(candidate.value) if w]
        if len(tokens) < 2 or not tokens[0][0].isupper() or not tokens[1][0].isupper():
            return None
    return _named(candidate, Severity.HIGH)


def _introduction(candidate: Candidate) -> Verdict | None:
    """After "my name is": the first word and those behind it that are no ordinary words."""
    tokens = [(m.start(), m.end(), m.group()) for m in re.finditer(r"\S+", candidate.value)]
    word = tokens[0][2].rstrip(".,")
    # "named" and "called" are also ordinary verbs: only "name" introduces a name in lower case.
    if word[:1].islower() and "name" not in candidate.before(8).lower().replace("named", ""):
        return None
    plain = word.lower()
    if plain in words("never-names") or (plain in words("medical") and len(tokens) == 1):
        return None
    end = tokens[0][1]
    for index, (_, stop, token) in enumerate(tokens[1:], 1):
        known = profile(token.lower().rstrip("."))
        lower = token.lower().rstrip(".")
        ordinary = known is not None and known.ordinary >= 2 and not (known.family >= 3 and index == 1)
        if lower in words("never-names") or (token.islower() and ordinary and lower not in prose("particles")):
            break
        if lower not in prose("particles") or token[0].isupper():
            end = stop
    return Verdict(Severity.HIGH, candidate.start, candidate.start + end)


_QUOTE = r"""["']?"""


def _rule(id: str, pattern: str, check: Check, *, begin: str = "", inside: bool = False) -> Rule:
    return Rule(id, PhiType.NAME, pattern, check=check, begin=begin, inside=inside)


def _said(candidate: Candidate) -> Verdict | None:
    """ "im faith brown": in lower case, a given name and a family name, whatever else both mean."""
    if not candidate.value[0].islower():
        return None
    first, second = candidate.value.split()
    given, family = profile(first), profile(second)
    if given is None or given.given < 2 or first in words("never-names") or second in prose("stops"):
        return None
    if second in words("never-names") or (family is not None and (family.family < 2 or second in prose("weak_verbs"))):
        return None
    return Verdict(Severity.MEDIUM, candidate.start, candidate.end)


_MODAL = frozenset(("will", "may", "can"))


def _calling(candidate: Candidate) -> Verdict | None:
    """ "this is will love calling": whatever the words mean, unless they say who in general: "this is the nurse"."""
    first, *rest = candidate.value.lower().split()
    given, family = profile(first), profile(rest[0]) if rest else None
    if given is not None and given.given >= 2 and family is not None and family.family >= 2:
        return Verdict(Severity.MEDIUM, candidate.start, candidate.end)
    if first in words("never-names") or first in prose("determiners") or first in prose("roles"):
        return None
    return Verdict(Severity.MEDIUM, candidate.start, candidate.end)


def _relative(candidate: Candidate) -> Verdict | None:
    """ "my daughter maria": a given name in lower case behind a relative, and a family name behind it."""
    pieces = list(re.finditer(r"\S+", candidate.value))
    first = pieces[0].group().lower()
    known = profile(first)
    if known is None or known.given < 2 or first in words("never-names"):
        return None
    end = pieces[0].end()
    if known.ordinary == 3:
        # "my daughter faith has": a word that is anything else first needs what is said of her behind it.
        stated = len(pieces) > 1 and pieces[1].group() in ("has", "is", "was", "had", "who") and first not in _MODAL
        return Verdict(Severity.MEDIUM, candidate.start, candidate.start + end) if stated else None
    if len(pieces) > 1:
        second = profile(pieces[1].group().lower())
        if second is None or (second.family >= 2 and second.ordinary < 2):
            end = pieces[1].end()
    return Verdict(Severity.MEDIUM, candidate.start, candidate.start + end)


def _small_title(candidate: Candidate) -> Severity | None:
    """ "my obgyn is dr. feldstein": a family name, and no ordinary word, behind a title in small letters."""
    name = candidate.value.removesuffix("'s")
    known = profile(name)
    named = known is not None and (known.family or known.given) and known.ordinary < 2
    return Severity.MEDIUM if named and name not in words("never-names") else None


def _last_first(candidate: Candidate) -> Severity | None:
    """ "HOLLOWAY, MARCUS T", as registers write it: a family name, or a word of no list, and a given name."""
    family, given = (part.split()[0].lower() for part in candidate.value.split(","))
    known = profile(given)
    first = profile(family)
    if known is None or known.given < 2 or given in words("never-names"):
        return None
    if family in words("medical") and (first is None or first.family < 3):
        # "Johnson" makes devices too, and no given name stands behind them.
        return None
    if len(given) == 4 and (candidate.before(2)[-1:] not in ("", "\n", ":") or candidate.after(4)[:1] == ","):
        # "Check ALT, GERD": a list of abbreviations.
        return None
    # Abbreviations are in no list either.
    return Severity.HIGH if (first is None and len(family) > 4) or (first is not None and first.family) else None


_ABBREVIATED = frozenset(
    (
        "U.S",
        "U.K",
        "I.V",
        "E.D",
        "E.R",
        "D.C",
        "C.T",
        "M.D",
        "P.O",
        "N.Y",
        "L.A",
        "I.M",
        "O.R",
        "P.A",
        "R.N",
        "B.P",
        "I.D",
    )
)


def _letter(candidate: Candidate) -> Severity | None:
    return None if candidate.after(1) in ("-", "/", "'") and candidate.after(2)[1:].isalnum() else Severity.MEDIUM


def _initials(candidate: Candidate) -> Severity | None:
    """ "A.J. has pinworms": what has, says or is something is somebody."""
    if candidate.value.rstrip(".") in _ABBREVIATED or candidate.before(1) == ".":
        return None
    return Severity.MEDIUM


RULES = (
    _rule(
        "name-initials",
        r"\b(?P<v>[A-Z]\.[A-Z]\.)'?s? (?:has|had|is|was|says|said|denies|reports|needs|wants|takes|took|came|fell"
        r"|asked)\b",
        _initials,
    ),
    # "Dr. Q", "Mr. T": whoever is called by a letter.
    _rule("name-of-a-letter", r"\b(?:Dr|Mr|Mrs|Ms|Doctor|Nurse)\.? (?P<v>[A-Z])\b\.?", _letter),
    _rule(
        "name-last-first",
        r"\b(?P<v>\p{Lu}[\p{Lu}'-]{2,60}, ?\p{Lu}{4,}(?: \p{Lu}\b\.?)?)(?:[^\p{L}]|$)",
        _last_first,
        begin=r"\b\p{Lu}[\p{Lu}'-]{2,60}, ?\p{Lu}{4}",
    ),
    _rule("name-titled-small", r"\b(?:dr|mr|mrs|ms)\.? (?P<v>\p{Ll}[\p{Ll}'-]{2,})", _small_title),
    _rule("name-titled", rf"\b(?:{alternation('title')})(?:\.[ \t]{{0,2}}|[ \t]{{1,2}})(?P<v>{_NAME})", _title),
    _rule(
        "name-field",
        rf"(?i)\b(?:{alternation('name_field')}){_QUOTE}\s{{0,2}}(?::|=|\bis\b"
        rf"|\bwas\b)\s{{0,3}}{_QUOTE}(?P<v>{_ANY_CASE})",
        _field,
    ),
    _rule(
        "name-of-record",
        rf"\b(?i:{alternation('name_record')}){_QUOTE}\s{{0,2}}[:=]\s{{0,3}}{_QUOTE}"
        rf"(?P<v>{_CAPITAL},?[ \t](?:\p{{Lu}}\.?[ \t])?{_CAPITAL})",
        _after_cue(),
    ),
    _rule(
        "name-introduced",
        rf"(?i)\b(?:{alternation('introduction')})[ \t]{{1,2}}(?P<v>\p{{L}}[\p{{L}}'-]+(?:["
        rf" \t][\p{{L}}\p{{M}}'-]+\.?){{0,3}})",
        _introduction,
    ),
    _rule(
        "name-said",
        r"(?i)\b(?:i'?m|i am|this is|it's|hi|hello|dear|hey|soy|me llamo)[ ,]{1,2}(?P<v>\p{Ll}[\p{L}'-]+"
        r" \p{Ll}[\p{L}'-]+)",
        _said,
    ),
    _rule(
        "name-calling",
        r"(?i)\bthis is (?P<v>\p{L}[\p{L}'-]+(?: \p{L}[\p{L}'-]*){0,2}),? (?:calling|speaking)\b",
        _calling,
    ),
    _rule(
        "name-relative",
        rf"\b(?i:my|his|her|our|your|their|the|patient's|pt's|mi|su) (?i:{alternation('relative')}),?"
        rf" (?P<v>\p{{Ll}}[\p{{Ll}}'-]+(?: \p{{Ll}}[\p{{Ll}}'-]+)?)",
        _relative,
    ),
    _rule(
        "name-with-degree",
        rf"\b(?P<v>{_CAPITAL}(?:[ \t]\p{{Lu}}\.?)?[ \t]{_CAPITAL}),? (?:{alternation('degree')})(?:\W|$)",
        _after_cue(Severity.MEDIUM),
    ),
)
