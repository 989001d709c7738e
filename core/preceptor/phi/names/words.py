"""What does one capitalised word weigh as a part of a person's name, and as a town?"""

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from preceptor.phi.lexicon import entries, words
from preceptor.phi.names.gazetteer import Profile, gazetteer
from preceptor.phi.names.lists import prose

_VOWEL = re.compile(r"[aeiouyáéíóúàèìòùäëïöüâêîôûãõåæøœýÿāēīōūąęěůőű]", re.IGNORECASE)
# "McDonald", "O'Neill", "DeLuca", "LeBlanc", "VanHorn" are written like names, "PubMed" and "MyChart" like products.
_INNER_CAPITAL = re.compile(r"(?:Mc|Mac|O'|D'|L'|De|Di|Da|Du|La|Le|Van|Von|Fitz|St|Del|Al|El|Ben|Abu)[^\W\d_a-zß-öø-ÿ]")


@dataclass(frozen=True, slots=True)
class Word:
    """Weights of one word as written.

    ``person`` is the weight as part of a name (3 alone convinces), ``given`` says that it begins one; ``town`` is the
    weight as a place; ``plain`` words are ordinary, technical or known to be no name and end a name. ``unseen`` words
    are in no list at all.
    """

    person: float = 0.0
    given: bool = False
    # A given name that is an ordinary word more often: "Will", "Bob".
    maybe_given: bool = False
    town: float = 0.0
    plain: bool = False
    unseen: bool = False
    initial: bool = False
    shouted: bool = False
    # A name that things are called by too.
    eponym: bool = False


PLAIN = Word(plain=True)
_DERIVED_WEIGHT = 0.5
# "She is from Gdansk": enough where a place stands for certain.
_OF_A_PROPER_NAME = 0.25
# Words of medicine and adverbs, which no list has all of.
_DERIVED = re.compile(
    r"(?:mente|log[ií]as?|ologists?|ectom[yií]\w*|otom[yií]\w*|oscop[yií]\w*|graf[ií]as?|graph(?:y|ic"
    r"|ically)|itis|osis|emias?|uria|ción|ciones|aemia|pathy|plasty|mycin|cillin|azole"
    r"|statin|olol|sartan|tinib|mab|prazole|oxin|cyte|cytes|genic|tropic|therapy"
    r"|(?:blast|cyt|carcin|sarc|aden|gli|lip|my|angi|fibr)omas?|o?edema|idism|opsia|ophthalmos|rrh(?:o?ea|age)|dactyly|cephaly|melia|somy|tonia|algia|statin"
    r"|gliptin|gliflozin|glutide|lukast|parin|setron|triptan|dronate|dipine|azepam|zolam|cycline|floxacin|xaban|xetine|triptyline|nidazole|penem|rubicin|platin|taxel|coxib"
    r"|(?:al|ive?|at|ed|ous|ent|ic|ar)ly|trophy|plasia|philia|phobia|penia|metr[yií]a?|terapia|patía|plastia)$"
)
# Endings of drugs and enzymes that names have too: "Olumide", "Balvir".
_MAYBE_DERIVED = re.compile(r"(?:vir|ine|ide|ate|ase|gen)$")
_ORDINARY = Profile(ordinary=2)
_ORDINARY_SPANISH = Profile(ordinary=2, spanish=True)
_SPANISH_LETTERS = re.compile(r"[a-záéíóúüñ'-]+")


@cache
def _regions() -> frozenset[str]:
    return frozenset((*entries("states"), *entries("provinces"), *entries("countries"), *entries("more_countries")))


def folded(word: str) -> str:
    """A word without its accents: lists write "Garcia", people "García"."""
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def profile(lower: str, *, spanish: bool = True) -> Profile | None:
    """The profile of a word in lower case, with or without its accents; None if no list has it.

    Without ``spanish``, words that are ordinary in Spanish alone are not.
    """
    found = _listed(lower)
    if found is None and not lower.isascii():
        found = _listed(folded(lower))
        if found is not None and found.ordinary >= 2 and not _SPANISH_LETTERS.fullmatch(lower):
            # "Sörös" is no "soros".
            found = replace(found, ordinary=0) if found.given or found.family or found.town else None
    if found is not None and found.spanish and not spanish:
        return replace(found, ordinary=0) if found.given or found.family or found.town else None
    return found


@lru_cache(maxsize=65_536)
def _listed(lower: str) -> Profile | None:
    lists = gazetteer()
    found = lists.names.get(lower)
    if found is not None:
        return found
    if lower in lists.vocabulary:
        return _ORDINARY
    return _ORDINARY_SPANISH if lower in lists.spanish else None


@lru_cache(maxsize=65_536)
def weigh(token: str, spanish: bool = True) -> Word:
    """The weights of a token: a word, a word with hyphens, or an initial; see :func:`profile` for ``spanish``."""
    bare = token.removesuffix(".")
    if len(bare) == 1:
        return Word(person=0.0, initial=True)
    lower = bare.lower()
    if lower.endswith("'s"):
        lower, bare = lower[:-2], bare[:-2]
    elif lower.endswith("'"):
        lower, bare = lower[:-1], bare[:-1]
    if len(lower) < 2:
        return PLAIN
    if "-" in lower:
        return _compound(bare, spanish)
    shouted = bare.isupper() and len(bare) > 1
    if not shouted and not bare[1:].islower() and not _INNER_CAPITAL.match(bare):
        return PLAIN
    if bare in _regions():
        known = profile(lower, spanish=spanish)
        # A state, country or continent: "Georgia" is a given name only where one stands.
        return Word(person=0.5) if known is not None and known.given >= 2 else PLAIN
    known = profile(lower, spanish=spanish)
    if (lower in prose("titles") and lower not in prose("plain_titles")) or lower in prose("little"):
        return PLAIN
    if lower in words("never-names") and (known is None or known.given < 2):
        return PLAIN
    eponym = lower in words("eponyms") or lower in words("medical")
    if known is None:
        plural = lower.removesuffix("s")
        if eponym and lower not in words("medical") and _name_shaped(bare) and not shouted:
            # "Milgram needs refill": nobody's name that is known, but somebody's.
            return Word(person=0.5)
        if (
            eponym
            or plural in words("eponyms")
            or plural in gazetteer().vocabulary
            or not _name_shaped(bare)
            or _DERIVED.search(lower)
        ):
            return PLAIN
        if _MAYBE_DERIVED.search(lower):
            return PLAIN if shouted else Word(person=_DERIVED_WEIGHT)
        # Capitals alone are what abbreviations are written in.
        return Word(person=0.4 if shouted else 1.25, town=0.25 if shouted else 1.0, unseen=True, shouted=shouted)
    if len(lower) > 3 and lower in gazetteer().proper and not eponym and not shouted:
        # "Takeshi", "Deepika", but also "Kensington": it takes a family name behind it.
        return Word(person=0.75, maybe_given=True, town=_OF_A_PROPER_NAME)
    if eponym and known.given < 3 and known.family < 2:
        # "Institute", "Area" end a name; "Reye" may be one.
        return PLAIN if lower in prose("eponymous") else Word(person=0.5)
    if lower in words("mostly-names") and not shouted:
        known = replace(known, ordinary=0)
    return _known(known, eponym=eponym, shouted=shouted, length=len(lower), lower_plain=lower in prose("eponymous"))


def _known(known: Profile, *, eponym: bool, shouted: bool, length: int, lower_plain: bool) -> Word:
    short = length <= 4
    person = 0.0
    given = known.given >= 1 and known.ordinary < 2
    if known.given:
        person = ((2.0 if known.given == 1 else 3.0), 2.25 if known.given >= 2 else 1.25, 1.0, 1.0)[known.ordinary]
        if known.given < 3 and known.family > known.given and not known.ordinary:
            # "Campbell": a given name now and then, a family name mostly.
            person = 2.0
    elif known.family == 3 and not known.ordinary and not eponym:
        # "Gallagher": two or three hundred names that hardly anything is called by.
        person = 3.0
    elif known.family and (known.family > 1 or known.ordinary < 2):
        person = (1.5, 1.0, 0.5, 0.5)[known.ordinary]
    if eponym and (known.given < 3 or known.ordinary):
        person = min(person, 1.0 if known.family >= 2 else 0.5)
        given = given and known.given == 3
    if shouted and (short or known.ordinary):
        person = min(person, 0.5)
        given = given and not short
    town = 0.0
    if known.town:
        town = (0.0, 1.0, 1.75, 3.0)[known.town]
        if known.ordinary >= 2:
            town = min(town, (0.5, 0.5, 0.75, 1.0)[known.town])
        elif known.ordinary or known.family >= 2 or known.given >= 2:
            town = min(town, 2.0)
        if eponym or (shouted and short):
            town = min(town, 1.0)
    if lower_plain and known.ordinary >= 2 and known.given < 3:
        # "Stage", "Grade", "Factor"; "Day" is a usual family name all the same.
        person = min(person, 0.25) if known.family >= 2 else 0.0
    if length == 2 and shouted:
        return PLAIN
    if length == 2:
        # "Jo", "Li"; but also "Na" and "Al".
        person = min(person, 1.0)
    elif shouted:
        person = min(person, 2.0)
    plain = not person and not town
    if known.known and not known.given:
        return PLAIN
    return Word(
        person=person, given=given, maybe_given=known.given >= 2, town=town, plain=plain, shouted=shouted, eponym=eponym
    )


def _compound(token: str, spanish: bool) -> Word:
    parts = [part for part in token.split("-") if part]
    weights = [weigh(part, spanish) if len(part) > 1 else PLAIN for part in parts]
    if len(parts) < 2 or not parts[0][0].isupper():
        return PLAIN
    if any(part.lower() in words("eponyms") or part.lower() in words("medical") for part in parts) and not all(
        w.given and w.person >= 3.0 for w in weights
    ):
        # "Dandy-Walker": next to a given name it is a family name, alone it is not.
        return Word(person=0.5)
    if all(w.given for w in weights):
        return Word(person=3.0, given=True)
    if any(w.given and w.person >= 2.25 for w in weights) and not any(w.plain for w in weights):
        return Word(person=2.0, given=True, town=1.0)
    if (
        len(parts) == 2
        and parts[1].islower()
        and len(parts[1]) <= 4
        and not weights[0].plain
        and _may_begin(parts[0].lower())
    ):
        # "Joon-ho"
        return Word(person=1.25, unseen=True)
    if any(not part[0].isupper() for part in parts) or any(w.plain for w in weights):
        return PLAIN
    # Two family names: a married one, or the two inventors of a test.
    strength = sum(w.person for w in weights)
    return Word(person=1.25 if strength > 1.5 else 0.5, town=max(w.town for w in weights) / 2)


def _may_begin(word: str) -> bool:
    """Whether a hyphen and a small word may follow in one name: "Joon-ho", "Ji-woo", but not "Post-op"."""
    known = profile(word)
    return known is None or (known.ordinary < 2 and (known.given > 0 or known.family > 0))


def _name_shaped(word: str) -> bool:
    if len(word) < 2 or (word[0] < "\u0250" and not _VOWEL.search(word)):
        # Vowels of other scripts are not listed.
        return False
    if len(word) < 5 and word[0] < "\u0250" and not _VOWEL.search(word.lower().replace("y", "")):
        # "Hcy", "Bxyz"
        return False
    if word.isupper():
        return len(word) > 3
    rest = word[1:]
    return rest.islower() or bool(_INNER_CAPITAL.match(word))
