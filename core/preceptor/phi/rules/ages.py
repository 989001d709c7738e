"""Which ages are so high that few people have them?"""

import re

from preceptor.phi.lexicon import alternation
from preceptor.phi.names.words import profile
from preceptor.phi.rule import Candidate, Rule
from preceptor.phi.types import PhiType, Severity


def over_89(candidate: Candidate) -> Severity | None:
    left = candidate.before(2)
    # The end of a range, "18-100 years", is nobody's age.
    if not 90 <= int(candidate.digits or "0") <= 125 or (left[-1:] == "-" and left[:1].isdigit()):
        return None
    after = candidate.after(24).lower()
    # "90 or older" is the very category that Safe Harbor allows.
    if candidate.digits == "90" and re.match(
        r"[\s-]*(?:years?|yrs?|y/?o)?[\s-]*(?:old|of age)?\s*(?:\+|(?:or|and) (?:older|over|above|more))",
        after,
    ):
        return None
    return Severity.HIGH


def _after_given_name(candidate: Candidate) -> Severity | None:
    word = candidate.before(40).rstrip(", ").rpartition(" ")[2]
    known = profile(word.lower())
    return over_89(candidate) if known is not None and known.given >= 2 and known.ordinary < 2 else None


_NO_AGE_BEFORE = re.compile(r"(?:\d[.,]|[^\W_]-)$")
_AND_MORE = re.compile(r" (?!old\b)[^\W_]{2}")


_TEMPERATURE = re.compile(
    r"(?i)\b(?:t|temps?|temperature|fevers?|tmax|febrile|axillary|oral|rectal|afebrile)[:=]? ?(?:was |of |is |to "
    r"|at |up to |around )?$"
)


def _beside_sex(candidate: Candidate) -> Severity | None:
    """ "94F", "92 y": no decimal, no "Tc-99m" and no number in Spanish, where "y" is "and"."""
    if candidate.value.endswith("F") and _TEMPERATURE.search(candidate.before(24)):
        return None
    is_and = candidate.value.endswith(" y") and _AND_MORE.match(candidate.after(4))
    # RE2 knows no word boundary in front of "ä": "In 95 Fällen".
    if is_and or _NO_AGE_BEFORE.search(candidate.before(2)) or candidate.after(1).isalpha():
        return None
    return over_89(candidate)


_UNITS = re.compile(
    r"(?i)\s?(?:[%°/\d.,]\d|[%°/]|systolic|fasting|percent|sats?\b|saturat|RA\b|mmhg|on (?:\d|ra\b|cpap|o2)|kg|lbs?"
    r"|pounds|mg|ml|mcg|bpm|cm|mm|inch|degrees|percent|minutes|hours|days"
    r"|weeks|months|over|beats|points|on (?:the|room)|miles"
    r"|this (?:am|morning|evening|afternoon)|overnight|at rest|(?:on|with) exert)"
)


# "Mom Leticia is 91", but not "mom's weight is 91" in any spelling.
_CALLED = re.compile(
    rf"(?i)\b(?:{alternation('kin')}) ([a-z][\w'-]+)(?:'?s| is| was|, now| will be|'?ll be)(?: [a-z ]*)?$"
)


_PRONOUN = re.compile(r"(?i)\b(?:he|she|who|i)\b")


def said_of_somebody(candidate: Candidate) -> Severity | None:
    """ "She is 97": an age, unless a unit follows."""
    before = candidate.before(72)
    called = _CALLED.search(before)
    if called is not None and not _PRONOUN.search(before, called.start(1)):
        # "Ignatius 90": the last letter may be the name's own.
        known = profile(called[1].lower()) or profile(called[1].lower() + "s")
        if known is None or known.given < 2 or known.ordinary > known.given:
            return None
    return None if _UNITS.match(candidate.after(20)) else over_89(candidate)


_NAME_BEFORE_AGE = re.compile(r"([^\W\d_]+) (?:is|was|turns|turned) (?:\w+ )?$")


_TITLED = re.compile(
    r"\b(?i:mr|mrs|ms|miss|mx|dr|prof|sir|dame|lord|lady|fr|father|sr|sister|br|brother|rev|pastor|rabbi|imam"
    r"|aunt(?:ie)?"
    r"|uncle|grandma|grandpa|granny|nana|lol[ao]|do[ñn]a?|se[ñn]ora?|capt|sgt)\.? "
    r"(?:[^\W\d_][\w'’-]+ ){1,3}(?:is|was|turns|turned) (?:\w+ )?$"
)


def _of_a_name(candidate: Candidate) -> Severity | None:
    """ "Gladys is 101": an age, unless what is 101 is no name or a unit follows."""
    name = _NAME_BEFORE_AGE.search(candidate.before(40))
    if name is not None and _TITLED.search(candidate.before(72)):
        return said_of_somebody(candidate)
    known = profile(name[1].lower()) if name is not None else None
    return said_of_somebody(candidate) if known is not None and known.given >= 2 and known.ordinary < 3 else None


def said_in_words(candidate: Candidate) -> Severity | None:
    """ "She is ninety-four": an age, unless a unit follows."""
    return (
        None
        if re.match(r" ?(?:percent|%|pounds|kilo|kg|degrees|minutes|days|miles|times)", candidate.after(10))
        else Severity.HIGH
    )


_ONE = re.compile(r"(?i)(?:^|[\n\0]|\b(?:an?|this|the|our|my|pt|patient|for|of|is)[:,]? )$")


def _of_one(candidate: Candidate) -> Severity | None:
    """ "A 96 year female", no "117 female": those are many."""
    single = re.search(r"(?i)y(?:ea)?rs?\b", candidate.value)
    return over_89(candidate) if single or _ONE.search(candidate.before(10)) else None


_RATE = re.compile(r"(?i)\b(?:hr|heart rate|pulse|rr|rate|p|bpm|map|bp|sats?|at|of)[:=]? $")


def _of_a_sex(candidate: Candidate) -> Severity | None:
    """ "97/F", but no pulse of "96/m"."""
    return None if _RATE.search(candidate.before(12)) else over_89(candidate)


_OF_A_LIFE = re.compile(
    r"(?i)\d|\b(?:down|off|out|sats?|spo2|score|weight|weighs?|bp|map|hr|rate|pulse|glucose|inr|level|temp)\b"
)


def _reached(candidate: Candidate) -> Severity | None:
    """ "Mother died of a stroke at 91": an age, unless what is between is measured."""
    between = candidate.before(44)
    cue = max((match.end() for match in _LIVES.finditer(between)), default=0)
    return None if _OF_A_LIFE.search(between, cue) else said_of_somebody(candidate)


AGE = r"(?:9\d|1[01]\d|12[0-5])"
IN_WORDS = (
    r"(?:ninety(?:[ -]?(?:one|two|three|four|five|six|seven|eight|nine))?|(?:a |one )?hundred"
    r"(?:[ -](?:and[ -])?(?:one|two|three|four|five|six|seven|eight|nine|ten))?)"
)
KIN = alternation("kin")
# "My mum is", "no wait shes", "her nan just turned": who has the age that follows.
_SUBJECT = (
    rf"(?:i'?m|i (?:am|was|will be)|(?:he|she|who|pt|patient|client|resident|lady|gentleman|woman|man"
    rf"|(?:{KIN})(?: [a-z][\w'-]+| \([^()\n]{{1,80}}\))?)(?:'?s| is| was|, now| will be|'?ll be))"
)
_SOFT = (
    r"(?: (?:now|almost|nearly|already|about|only|just|over|like|around|at least|going on|coming up|pushing|turning))"
    r"{0,2}"
)
_LIVED = (
    r"died(?: of| from| after)?|dies|dead|passed(?: away)?|deceased|lived|lives|living|alive|survived|succumbed"
    r"|still going|dx'?d|diagnosed"
)
# Neither a share nor a decimal goes on.
_ENDS = r"""(?:[,;:!?)\n"'-]|\.(?:\s|$)|$| [a-z&+("'-])"""
_LIVES = re.compile(rf"(?i)\b(?:{_LIVED}|{KIN})\b")


RULES = (
    Rule(
        "age-over-89",
        PhiType.AGE,
        rf"(?i)\b(?P<v>{AGE}(?:[\s-]{{0,2}}(?:years?|yrs?\.?|y)(?:[\s-]{{0,2}}(?:old|of age|young))"
        r"|[\s-]?(?:y/o|yo\b|y-o\b|y\.o\.)|[\s-]?a[ñn]os))",
        check=over_89,
    ),
    Rule(
        "age-over-89-labelled",
        PhiType.AGE,
        rf"(?i)(?:\b|_)(?:{alternation('age')})\b[\"']?\s{{0,3}}(?:is|was|of"
        r"|(?:(?:given|stated|recorded|put|listed) )?as"
        rf"|about|around|:|=|-)?\s{{0,3}}[\"']?(?P<v>{AGE})\b",
        check=over_89,
        cued=True,
    ),
    Rule(
        "age-over-89-words",
        PhiType.AGE,
        rf"(?i)\b(?P<v>(?:{IN_WORDS}|noventa(?: y"
        r" (?:un|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve))?|cien(?:to \p{L}+)?"
        r")(?:[ -]years?(?:[ -](?:old|of age))|[ -]?y/?o| a[ñn]os de edad))\b",
    ),
    Rule(
        "age-over-89-said",
        PhiType.AGE,
        rf"(?i)\b{_SUBJECT}{_SOFT} (?P<v>{AGE}){_ENDS}",
        check=said_of_somebody,
        inside=True,
    ),
    Rule(
        "age-over-89-of-a-man",
        PhiType.AGE,
        rf"(?i)\b(?P<v>{AGE}[\s-](?:(?:years?|yrs?)[\s-])?(?:male|female|man|woman|lady|gentleman|widow(?:er)?))\b",
        check=_of_one,
    ),
    Rule(
        "age-over-89-turned",
        PhiType.AGE,
        rf"(?i)\b(?:turn(?:s|ed|ing)?|going on|pushing|coming up (?:to|on|for)?|(?:has|have|had|hit|reached) (?:her"
        rf"|his|their)"
        rf"|birthday ?[(,:]|celebrat(?:es|ed|ing) (?:her|his|their)){_SOFT} (?P<v>{AGE}(?:(?:st|nd|rd"
        rf"|th) birthday)?)\b",
        check=said_of_somebody,
        inside=True,
    ),
    Rule("age-over-89-birthday", PhiType.AGE, rf"(?i)\b(?P<v>{AGE}(?:st|nd|rd|th)) (?:birth|b-?)day\b"),
    Rule(
        # "He has ninety-one years", as people say who think in another language.
        "age-over-89-had",
        PhiType.AGE,
        rf"(?i)\b(?:he|she|who|{KIN}) (?:has|have|had|got) (?P<v>(?:{AGE}|{IN_WORDS}) years?)\b",
        inside=True,
    ),
    Rule(
        "age-over-89-reached",
        PhiType.AGE,
        rf"(?i)\b(?:{_LIVED}|{KIN})\b[^.;\d\n]{{0,32}}[ (@](?:at|to|till|until|aged?|@)(?: age"
        rf"| the age of)? ?(?P<v>{AGE})"
        r"(?:[.,;:!?)]|\n|$| (?:of|from|with|and|in|but|after|due|last|yrs?|years?|peacefully|mother|father|dad|mom"
        r"|no)\b)",
        check=_reached,
        inside=True,
    ),
    Rule(
        "age-over-89-at-years",
        PhiType.AGE,
        rf"(?i)\b(?:at|aged?|the age of|pt|patient|client|resident)(?: the age of| age"
        rf"| of)? (?P<v>{AGE}) (?:years?|yrs?)\b",
        check=over_89,
        inside=True,
    ),
    Rule(
        "age-over-89-of-a-sex",
        PhiType.AGE,
        rf"(?:^|[\s,(;:/])(?P<v>{AGE}[ ]?/[ ]?[MFmf]|[MF] ?/ ?{AGE})\b",
        check=_of_a_sex,
    ),
    Rule(
        # "Gladys is 101 and still lives alone"
        "age-over-89-of-a-name",
        PhiType.AGE,
        rf"\p{{Lu}}\p{{Ll}}+ (?:is|was|turns|turned) (?:now |only |just |almost |nearly |already |about )?(?P<v>{AGE})"
        r"(?:[.,;!?]| (?:and|but|with|on|who)\b|$)",
        check=_of_a_name,
    ),
    Rule(
        "age-over-89-behind-name",
        PhiType.AGE,
        rf"\p{{Lu}}\p{{Ll}}+(?:, | \(| aged |, aged |, age )(?P<v>{AGE})\)?,? (?:was|is|has|had|who|presented"
        rf"|presents|lives|fell|died|came"
        r"|underwent|takes|took|of|from|with|complains|reports)\b",
        check=over_89,
    ),
    Rule(
        "age-over-89-words-said",
        PhiType.AGE,
        rf"(?i)\b(?:{_SUBJECT}{_SOFT}|turn(?:s|ed|ing)?{_SOFT}|(?:died|passed away|passed) at(?: age)?|aged|age"
        rf"|age of) "
        rf"(?P<v>{IN_WORDS})\b",
        check=said_in_words,
        inside=True,
    ),
    Rule(
        # "Agnes Thorvald, 98, CHF"
        "age-over-89-after-name",
        PhiType.AGE,
        rf"\p{{Lu}}\p{{Ll}}+ \p{{Lu}}[\p{{L}}'-]+, (?P<v>{AGE})[,;] ?\p{{L}}",
        Severity.MEDIUM,
        check=over_89,
    ),
    Rule(
        # "Hakim, 98, DNR"
        "age-over-89-after-given-name",
        PhiType.AGE,
        rf"\p{{Lu}}\p{{Ll}}+, (?P<v>{AGE}), \p{{L}}",
        Severity.MEDIUM,
        check=_after_given_name,
    ),
    Rule(
        "age-over-89-beside-sex", PhiType.AGE, rf"\b(?P<v>{AGE}[ -]?(?:[MF]|yo?[MFmf]?|y\.?o\.?))\b", check=_beside_sex
    ),
)
