"""Which words name a hospital, a practice or another institution where somebody is treated?

Safe Harbor does not list them; beside a patient's data they lead to him, so that a policy chooses.
"""

import re
from functools import cache

from preceptor.phi.lexicon import alternation, entries, members
from preceptor.phi.names.casing import is_spanish
from preceptor.phi.names.lists import prose
from preceptor.phi.names.words import profile
from preceptor.phi.rule import Candidate, Rule, Verdict
from preceptor.phi.types import PhiType, Severity

_SPECIALITY = re.compile(
    r"(?i)(?:olog[yií]|iatrics?|surgery|medicine|dentistry|[ií]atr[ií]a|ología|medicina|cirugía)\w?$"
)


# "Eastern Cooperative Oncology Group", "Agency for Healthcare Research": what publishes and nobody is treated at.
_SOCIETY = re.compile(
    r"[ -](?:Common Toxicity"
    r"|Group|Society|Association|Research|Foundation|Trial|Study|Consortium|Questionnaire|Scale|Index|Survey|Act"
    r"|Program"
    r"|Council|Journal|Organization|Oncology|College|criteria|score|classification|protocol|model|rule|staging|index)"
)


_AND_THE = " and the "
_INSTITUTION = re.compile(rf"\b(?:{alternation('institution_last')})\b")


def _institutions(candidate: Candidate) -> list[Verdict] | None:
    """What is named on both sides of "and the" are two, each judged by itself."""
    found: list[Verdict] = []
    start = candidate.start
    while (cut := candidate.text.find(_AND_THE, start, candidate.end)) >= 0:
        # "The Expenditure Panel Survey and the National Cancer Institute": the first is no institution.
        part = Candidate(candidate.text, start, cut)
        if _INSTITUTION.search(part.value) and (verdict := _institution(part)) is not None:
            found.append(verdict)
        start = cut + len(_AND_THE)
    if (verdict := _institution(Candidate(candidate.text, start, candidate.end))) is not None:
        found.append(verdict)
    return found or None


_WRITTEN = re.compile(r"[^\s,]+")


@cache
def _of_institutions() -> tuple[frozenset[str], frozenset[str]]:
    """Words that many institutions' names have, and the last ones."""
    ends = (part for name in entries("institution_last") for part in name.split())
    return frozenset(entries("institution_generic")), frozenset(ends)


def _institution(candidate: Candidate) -> Verdict | None:
    """An institution's name, unless every word of it is common to many."""
    words_ = list(_WRITTEN.finditer(candidate.value))
    while words_ and not words_[0].group()[0].isupper():
        words_ = words_[1:]
    common, ends = _of_institutions()
    named = [
        word
        for word in (m.group() for m in words_)
        if word[0].isupper()
        and word not in ends
        and word.lower().strip(".'\"") not in common
        and not _SPECIALITY.search(word)
    ]
    if not named or _SOCIETY.match(candidate.after(16)):
        return None
    if re.search(r"\b(?:of|and)\b", candidate.value) and candidate.value.split()[-1] in members(
        "institution_specialities"
    ):
        # "American Academy of Pediatrics" is where nobody is treated; "Bellamy and Sons Oncology" has a name in it.
        known = [profile(word.lower()) for word in named if not word.isupper()]
        if all(p is not None and p.ordinary >= 2 and p.family < 2 and not p.given and not p.town for p in known):
            return None
    return Verdict(Severity.MEDIUM, candidate.start + words_[0].start(), candidate.end)


# Words that begin a title of something else in English.
_BILINGUAL = ("Hospital", "Instituto", "Institut", "Residencia")


def _spanish_institution(candidate: Candidate) -> Verdict | None:
    """ "Hospital General Universitario", "Centro de Salud Las Flores"; not "Hospital Morbidity Data"."""
    parts = [w.strip('."“”') for w in candidate.value.split()]
    follow = next(
        (w for w in parts[1:] if w[:1].isupper() and w not in ("Salud", "Médico", "Especialidades", "Hospitalario")), ""
    )
    known = profile(follow.lower())
    english = known is not None and (
        not (known.given or known.family or known.town)
        or (known.ordinary >= 2 and not known.spanish and not is_spanish(candidate.text))
    )
    if parts[0] in _BILINGUAL and follow.lower() not in members("institution_spanish") and english:
        return None
    end = candidate.end
    for match in re.finditer(r"\S+", candidate.value):
        if match.start() and match.group().lower().strip(".,") in _ends_of_institutions():
            end = candidate.start + len(candidate.value[: match.start()].rstrip())
            break
    return Verdict(Severity.MEDIUM, candidate.start, end) if end > candidate.start + len(parts[0]) else None


@cache
def _ends_of_institutions() -> frozenset[str]:
    return prose("stops") - _inside_institutions()


def _inside_institutions() -> frozenset[str]:
    """Words that end a person's name but stand inside an institution's."""
    return frozenset(
        {
            "hospital",
            "centro",
            "clínica",
            "medicina",
            "universidad",
            "fundación",
            "instituto",
            "de",
            "del",
            "la",
            "las",
            "los",
            "el",
            "en",
            "y",
            "san",
            "doctor",
            "dr",
        }
    )


RULES = (
    Rule(
        "institution-first",
        PhiType.ORGANISATION,
        rf"\b(?:{alternation('institution_first')})(?: (?:d(?:e|el|els|es|i|u)(?: la| las| los| l')? "
        rf"|l[aeo]s? |y |e |i |\"|“)?(?:\p{{Lu}}|\d{{1,2}} de \p{{Lu}})[\p{{L}}\p{{M}}.'’-]*[\"”]?){{1,7}}",
        check=_spanish_institution,
    ),
    Rule(
        "institution-last",
        PhiType.ORGANISATION,
        rf"\b(?:(?:\p{{Lu}}[\p{{L}}\p{{M}}'’]*|St\.|of|and|&|for|the)[ -]){{1,6}}"
        rf"(?:{alternation('institution_last')})\b(?: (?:of|at|for) (?:the )?\p{{Lu}}[\p{{L}}'-]+(?:"
        rf" \p{{Lu}}[\p{{L}}'-]+){{0,3}})?",
        check=_institutions,
    ),
)
