"""Which words name a person, told by a sentence that only somebody stands in: who does, gets, is told or signs?"""

import re
from collections.abc import Callable

from preceptor.phi.lexicon import alternation, entries, words
from preceptor.phi.names.gazetteer import gazetteer
from preceptor.phi.names.lists import prose
from preceptor.phi.names.words import profile
from preceptor.phi.rule import Candidate, Rule, Verdict
from preceptor.phi.rules.people import is_nameable
from preceptor.phi.types import PhiType, Severity

_CAPITAL = r"\p{Lu}[\p{L}\p{M}'-]*\p{Ll}"
_NAME = rf"{_CAPITAL}(?: {_CAPITAL}| \p{{Lu}}\b\.?){{0,2}}"


_SHAPE = re.compile(r"[^\W\d_](?:['’]?[^\W\d_a-z]|ac[A-Z]|c[A-Z])?[^\W\d_A-Z]+")


def _is_shaped(word: str) -> bool:
    """Whether a word is written as names are: "Ana-Maria", "O'Shea", "McKee", but neither "VODcasts" nor "DaT"."""
    parts = re.split(r"[-]", word.removesuffix("'s"))
    plain = [part.lower() for part in parts]
    things = any(part in words("eponyms") or part in words("medical") for part in plain) if len(parts) > 1 else False
    return not things and all(_SHAPE.fullmatch(part) for part in parts if part)


def _is_region(word: str) -> bool:
    return any(word in entries(name) for name in ("states", "provinces", "countries", "more_countries"))


def _bare(word: str) -> str:
    return word.removesuffix("'s").removesuffix("’s").strip(".'").lower()


def _is_borne(word: str) -> bool:
    """Whether somebody is called so, whatever else the word means: "Joy", "Precious", "Costa"."""
    lower = _bare(word)
    known = profile(lower)
    if known is None or lower in words("never-names") or lower in prose("roles") or lower in prose("stops"):
        return False
    if lower in entries("seasons") or lower in prose("titles") or lower in entries("borne_rarely"):
        return False
    return known.given >= 2 and lower not in words("medical")


def _is_somebody(word: str) -> bool:
    """Whether a word with a capital is a name where only a name can stand."""
    lower = _bare(word)
    if lower in words("never-names") or lower in prose("roles") or lower in entries("seasons"):
        return False
    if lower in prose("little") or lower in prose("stops") or not _is_shaped(word) or _is_region(word):
        return False
    return is_nameable(_bare(word).capitalize()) or _is_borne(word) or _is_proper(lower)


def _is_proper(lower: str) -> bool:
    """Whether dictionaries have a word with a capital alone."""
    if len(lower) < _LEAST_PROPER or lower not in gazetteer().proper:
        return False
    return lower not in words("medical") and lower not in words("eponyms")


_LEAST_PROPER = 5


def _first(candidate: Candidate) -> str:
    return candidate.value.split(" ")[0]


def _somebody(candidate: Candidate) -> Severity | None:
    return Severity.MEDIUM if _is_somebody(_first(candidate)) else None


def _borne(candidate: Candidate) -> Severity | None:
    """The same without what is only a proper name, which places and products have too."""
    word = _first(candidate)
    if _bare(word) in prose("little") or _bare(word) in prose("stops") or not _is_shaped(word):
        return None
    return Severity.MEDIUM if _is_borne(word) or is_nameable(word) else None


def _usual(candidate: Candidate) -> Severity | None:
    """Behind what may stand in front of a thing too: a usual given name, or one that is nothing else."""
    known = profile(_bare(_first(candidate)))
    named = known is not None and (known.given >= 2 or known.family >= 2) and known.ordinary < 2
    return Severity.MEDIUM if named and is_nameable(_first(candidate)) else None


def _family(candidate: Candidate) -> Severity | None:
    """ "verified w/ Costa": with whom one speaks, if the word is a name at all and no department."""
    known = profile(_bare(_first(candidate)))
    if known is not None and max(known.given, known.family) >= 2 and _bare(_first(candidate)) not in prose("stops"):
        return _unless_thing(candidate)
    return _somebody(candidate)


def _unless_thing(candidate: Candidate) -> Severity | None:
    lower = _bare(_first(candidate))
    if lower in words("never-names") or lower in words("medical") or lower in entries("seasons"):
        return None
    return None if lower in prose("eponymous") or lower in prose("roles") else Severity.MEDIUM


def _signed(candidate: Candidate) -> Severity | None:
    """ "Thanks!\\nTamsyn", "Best wishes, Rhona Baird": at the end of a text or a line."""
    pieces = candidate.value.split()
    known = profile(_bare(pieces[0]))
    if _bare(pieces[0]) in words("never-names") or _bare(pieces[0]) in words("medical"):
        return None
    named = known is None or known.given >= 1 or (known.family >= 2 and known.ordinary < 2)
    return Severity.MEDIUM if named and _somebody(candidate) else None


def _two(candidate: Candidate) -> Severity | None:
    """ "Bindi Karlsson's mum": any word with a capital in front of a family name that is nothing else."""
    first, second = candidate.value.split(" ", 1)
    lower = first.lower()
    if (
        lower in words("never-names")
        or lower in prose("stops")
        or lower in prose("little")
        or lower in words("medical")
    ):
        return None
    if lower in prose("titles") or lower in prose("asking") or lower in prose("roles"):
        return None
    known = profile(_bare(second))
    family = known is not None and known.family >= 2 and known.ordinary < 2 and _bare(second) not in words("eponyms")
    return Severity.MEDIUM if family or (known is None and is_nameable(second)) else None


def _shouted(candidate: Candidate) -> Severity | None:
    """ "PATEL MD": a family name in capitals and nothing else."""
    known = profile(candidate.value.lower())
    family = known is not None and known.family >= 2 and known.ordinary < 2
    return Severity.MEDIUM if family and candidate.value.lower() not in words("never-names") else None


def _shouted_pair(candidate: Candidate) -> Severity | None:
    family, given = (part.strip() for part in candidate.value.split(","))
    known = profile(family.lower())
    return Severity.MEDIUM if (known is None or known.family or known.given) and given.isalpha() else None


def _plural(candidate: Candidate) -> Severity | None:
    """ "my son Ezekiels amoxicillin": a possessive whose apostrophe is missing."""
    stem = candidate.value.lower()
    known = profile(stem)
    named = stem in gazetteer().proper or (known is not None and known.given >= 2)
    return Severity.MEDIUM if named and stem not in words("never-names") and stem not in words("medical") else None


def _small(candidate: Candidate) -> Severity | None:
    """ "it's jo from ward 4", "marcus vin 2T3…": a given name in small letters where somebody says who it is."""
    known = profile(candidate.value)
    named = known is not None and known.given >= 2 and candidate.value not in words("never-names")
    return Severity.MEDIUM if named and candidate.value not in entries("borne_rarely") else None


def _with_initials(candidate: Candidate) -> Severity | None:
    """ "santosh k.c.": a given name and initials in small letters."""
    return _small(Candidate(candidate.text, candidate.start, candidate.start + candidate.value.index(" ")))


def _small_two(candidate: Candidate) -> Verdict | None:
    """ "dr imran qazi": two names in small letters behind a title."""
    first, second = candidate.value.split(" ")
    if not is_nameable(first.capitalize()) or second in prose("verbs") or second in prose("weak_verbs"):
        return None
    known = profile(second)
    named = (known is None and len(second) > 3) or (known is not None and known.family >= 1 and known.ordinary < 2)
    return Verdict(Severity.MEDIUM, candidate.start, candidate.end) if named else None


def _rule(
    id: str, pattern: str, check: Callable[[Candidate], Severity | Verdict | None], *, inside: bool = False
) -> Rule:
    def whole(candidate: Candidate) -> Severity | Verdict | None:
        # RE2 knows the borders of ASCII words only.
        return None if candidate.after(1).isalpha() else check(candidate)

    return Rule(id, PhiType.NAME, pattern, Severity.MEDIUM, check=whole, inside=inside)


def _always(candidate: Candidate) -> Severity | None:
    return Severity.MEDIUM


_HERS = r"(?:her|his|their)\b"
_WHERE = r"(?:(?:bed|room|rm|bay|ward|cubicle|stall|slot|chair|side room|theatre|resus|OR) ?#?)?\d{1,3}[A-D]?\b"
_SAYS = r"(?:has|had|is|was|needs|wants|wanted|needed|asking|asks|says|said|refus\w+|still|keeps|got|just|looks|feels|fell|pulled|c/o)\b"
RULES = (
    _rule(
        "name-that-does",
        rf"\b(?i:{alternation('asks_whether')}) (?P<v>{_NAME}) (?:{alternation('somebody_does')})\b",
        _somebody,
        inside=True,
    ),
    _rule(
        "name-then-adverb",
        rf"\b(?P<v>{_CAPITAL}) (?:{alternation('somehow')}) (?:{'|'.join(sorted(prose('verbs')))})\b",
        _borne,
        inside=True,
    ),
    _rule(
        "name-given-something",
        rf"\b(?:{alternation('done_to_somebody')}) (?P<v>{_CAPITAL}) (?:{_HERS}|she\b|he\b)",
        _somebody,
        inside=True,
    ),
    _rule(
        "name-told",
        r"\b(?:told|asked|tell|ask|remind(?:ed)?|reassured?|persuaded?|convinced?|explain(?:ed)? to|promised|warned?|advised?|taught|thanked|hugged"
        rf"|admitted|discharged|buried|bathed|weighed|phoned|rang|texted|paged|emailed|messaged|visited) (?P<v>{_NAME})"
        r" (?:that|to|about|if|whether|when|how|why|what|not|again|this|yesterday|today|last|on|at|from|with|in|and|for|he|she)\b",
        _borne,
        inside=True,
    ),
    _rule("name-in-a-bed", rf"\b(?P<v>{_NAME}),? (?:in|from) {_WHERE},? {_SAYS}", _borne, inside=True),
    _rule(
        "name-before-a-bed",
        rf"\b(?P<v>{_NAME}) \((?:bed|room|rm|bay|ward|cubicle|side room|slot|chair|DOB|NOK|nok|pt|patient|daughter|son|wife|husband|mother|father|mum|mom|dad|carer|age[d]?|hosp|MRN|NHS)\b",
        _somebody,
        inside=True,
    ),
    _rule(
        "name-two-in-a-bed",
        rf"\b(?P<v>{_CAPITAL} {_CAPITAL})(?:,? \((?:bed|room|rm|bay|DOB|MRN|NHS)\b|,? (?:bed|room|rm) \d|'s (?:{alternation('of_somebody')})\b)",
        _two,
        inside=True,
    ),
    _rule(
        "name-on-a-round",
        rf"(?:^|[.;,:\n] ?)(?P<v>{_NAME})(?: -)? (?:{alternation('round_tail')})\b",
        _borne,
        inside=True,
    ),
    _rule(
        "name-under-review",
        rf"(?i:\b(?:check|review|handover|update|follow[- ]?up|f/u|consult|assessment|obs|bloods|post-?op|pre-?op|pt|note)): (?P<v>{_NAME})[,;(]",
        _borne,
    ),
    _rule(
        "name-signed",
        r"(?i:\b(?:thanks|thank you|thx|ty|tks|regards|rgds|wishes|best|sincerely|cheers|love|yours|faithfully|respectfully|truly|ta|xx?|gratefully))"
        rf"[,.!]{{0,2}}\s{{1,3}}(?:- ?)?(?P<v>{_NAME})[.!]?\s*(?:$|\n)",
        _signed,
    ),
    _rule("name-behind-a-dash", rf"\s[-–—~]{{1,2}} ?(?P<v>{_NAME})\.?\s*$", _signed, inside=True),
    _rule(
        "name-greeted",
        rf"(?:^|[\n.!?] ?)(?i:hey|hi|hello|dear|hiya|good (?:morning|afternoon|evening)|morning|evening|afternoon|thanks|thank you|sorry|please|ok|okay|no|yes|hola) "
        rf"(?P<v>{_CAPITAL})(?:[,!.:?]| -|\n|$)",
        _somebody,
    ),
    _rule(
        "name-known-as",
        r"\b(?:known|introduced|referred to|addressed|goes|went|going|answers|recorded|registered|booked|listed|entered|admitted|identified by [a-z ]{2,30}?|signed in)"
        rf"(?: [a-z]+){{0,5}}? (?:as|by|to|under) [\"“']?(?P<v>{_NAME})",
        _somebody,
    ),
    _rule(
        "name-on-a-label",
        r"\b(?i:label|wrist ?band|bracelet|name ?tag|name ?plate|badge|envelope|consent|chart|sticker|addressograph|id band|voicemail|answerphone|maiden name|married name)"
        rf"(?: (?:reads?|says|said|is|was|shows?|has|for|of|name|on|in the name of|now|still)){{0,2}} (?P<v>{_NAME})(?: (?:but|and|not|doesn't|instead|on|so)\b|[,.;)]|$)",
        _borne,
    ),
    _rule(
        "name-the-porter",
        rf"\b(?P<v>{_CAPITAL}),? (?:the|our|my|her|his|your|a) (?:[a-z]+ )?(?:{'|'.join(sorted(r for r in prose('roles') if r.isalpha() and r.isascii()))})\b",
        _borne,
        inside=True,
    ),
    _rule(
        "name-of-the-ot",
        rf"\b(?:[Tt]he|[Oo]ur|[Mm]y|[Aa]) (?:OT|RT|SLP|PT|SHO|HO|PA|NP|GP|CNS|HCA|CNA|EMT|RMO|reg|tech|sitter|rep|dietitian|chaplain|manager|lady|man|guy|woman|girl|boy|one)(?: (?:called|named))?,? (?P<v>{_CAPITAL})[,.:;]",
        _borne,
    ),
    _rule(
        "name-spoken-with",
        rf"\b(?i:{alternation('speaks_with')})(?: [a-z]+){{0,4}}? (?:w/|with|by|per|c/w) (?P<v>{_NAME})(?:[,.;)?]| (?:at|from|in|on|who|re|about|and|if|this|that|today|for)\b|$)",
        _family,
        inside=True,
    ),
    _rule(
        "name-per",
        rf"\b(?:swap(?:ping|ped)?|switch(?:ing|ed)?|trade|trading|cover(?:ing)?)(?: [a-z]+){{1,5}}? (?:with|for) (?P<v>{_CAPITAL})\b",
        _somebody,
    ),
    _rule(
        "name-neither",
        rf"\b(?:[Nn]either|[Ee]ither|[Bb]oth) (?P<v>{_CAPITAL}) (?:nor|or|and) (?:{_HERS}|my\b|I\b|the (?:family|nurse|doctor)\b|{_CAPITAL})",
        _borne,
    ),
    _rule(
        "name-in-quotes",
        r"\b(?:mouth(?:ing|ed)|call(?:s|ing|ed)?|says?|saying|said|shout(?:s|ing|ed)|yell(?:s|ing|ed)|scream(?:s|ing|ed)|named|nicknamed?|goes by|whisper(?:s|ing|ed)|asking for|aka|a\.k\.a\.?|name|looking for|back of [A-Za-z ]{2,20}):? "
        rf"[\"“'](?P<v>{_CAPITAL}(?: {_CAPITAL})?)(?:[\"”']| - |, )",
        _borne,
    ),
    _rule(
        "name-and-initial",
        rf"\b(?P<v>{_CAPITAL} \p{{Lu}}\.)(?:'s| (?:from|called|is|was|has|had|in|rm|room|says|said|needs|wants|re|again)\b)",
        _borne,
        inside=True,
    ),
    _rule(
        "name-signed-by-initials",
        r"\b(?i:signed|initial+ed|initials?|countersigned|witnessed|prepared|checked|entered|scribed|typed|documented)(?: (?:as|by|off by|of|are|is|were))?:? (?P<v>(?:\p{Lu}\. ?){1,3}\p{Lu}\.)",
        _always,
    ),
    _rule(
        "name-with-a-degree",
        r"\b(?P<v>\p{Lu}{4,})(?:,| -)? (?:MD|DO|RN|NP|PA-C|CRNA|MBBS|FRCS|DPM|RPh|PharmD)\b",
        _shouted,
        inside=True,
    ),
    _rule(
        "name-of-a-header",
        r"\b(?:NAME|PT|ATT|ATTN|ATTENDING|PCP|REF|PROV|PROVIDER|SURG|SURGEON|RES|CONS|ORD|ORDERING|ADM|RN|DR|MD|PHYS|NOK|GUAR)[:=] ?(?P<v>\p{Lu}[\p{Lu}'-]+, ?\p{Lu}+)\b",
        _shouted_pair,
    ),
    _rule(
        "name-whose-s-stands-alone",
        rf"\b(?i:my|his|her|our|your) (?i:{alternation('kin')}|{alternation('relative')}) (?P<v>\p{{Lu}}\p{{Ll}}{{3,}})s [a-z]",
        _plural,
    ),
    _rule(
        "name-from-a-ward",
        r"(?i:\b(?:it'?s|this is|im|i'm)) (?P<v>\p{Ll}{2,14}) (?:from|on|in) (?:the )?(?:ward|bed|room|rm|pharmacy|lab|theatre|icu|ed|er|reception|radiology|micro|maternity|billing|dialysis|clinic|[a-z]+ ward)\b",
        _small,
    ),
    _rule(
        "name-before-a-number", r"(?:^|\n)(?P<v>\p{Ll}{3,14}) (?:vin|mrn|dob|ssn|nhs|hosp|uhid|rm|bed|room)\b", _small
    ),
    _rule(
        "name-of-small-initials",
        r"(?:^|\n|\b(?:pt|patient|mr|mrs|ms|dr) )(?P<v>\p{Ll}{3,14} (?:\p{Ll}\.){1,3})",
        _with_initials,
    ),
    _rule("name-titled-small-in-full", r"\b(?:dr|mr|mrs|ms|miss|prof)\.? (?P<v>\p{Ll}{3,} \p{Ll}{3,})\b", _small_two),
    _rule(
        "name-of-a-pair",
        rf"\b(?:{alternation('title_of_many')})\.? (?P<v>{_CAPITAL}(?:(?:, | and | & |, and ){_CAPITAL}){{1,4}})",
        _somebody,
    ),
    _rule("name-of-a-table", rf"\bName\|[^\n]{{0,120}}?(?:::|\n) ?(?P<v>{_CAPITAL}(?: {_CAPITAL}){{1,2}})\|", _always),
)
