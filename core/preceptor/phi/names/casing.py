"""How is a text written?"""

from preceptor.phi.names.native import finder


def is_careless(text: str) -> bool:
    """Whether a text is written in lower case: without capitals, or with a small "i" for its writer."""
    return finder().is_careless(text)


def is_spanish(text: str) -> bool:
    """Whether words stand in a text that are usual in Spanish and in no English text."""
    return finder().is_spanish(text)
