"""What is the native names finder made of?"""

from functools import cache

import preceptor_phi_native as native

from preceptor.phi.lexicon import document, entries, phrases, words
from preceptor.phi.names import gazetteer
from preceptor.phi.names.lists import every_list, prose

# Files of words and of names of several words that names are told by.
WORDS = ("eponyms", "medical", "never-names", "mostly-names", "things")
# Those that are nobody's name in prose alone.
NO_NAMES = "no-names"
PHRASES = "eponym-phrases"


@cache
def finder() -> native.NamesFinder:
    """The finder with the lists that ship, made once: in a process that scans it takes a tenth of a second."""
    return native.NamesFinder(
        prose={name: list(prose(name)) for name in every_list()},
        cues={name: list(entries(name)) for name in document("cues")},
        words={name: list(words(name) | (words(NO_NAMES) if name == "never-names" else set())) for name in WORDS},
        phrases=list(phrases(PHRASES)),
        gazetteer=gazetteer.unpacked(),
    )
