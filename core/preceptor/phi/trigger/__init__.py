"""What must stand in a text wherever a pattern can match it?

A pattern as rich as a rule's makes a large automaton, and a hundred of them together make one that is never done
growing. What is derived here is small: the beginning of every match (a *prefix*), or something that every match holds
(a *factor*). Both are necessary and seldom sufficient: the rule itself is then asked at the place, or not at all.

A pattern is read (``parser``) into a tree (``syntax``) of characters that exclude more or less (``characters``); what
is true of all that it matches is told (``properties``), and what is looked for is written (``writer``, ``derive``),
with what alternatives begin with written once (``trie``).
"""

from preceptor.phi.trigger.derive import factor, prefix, whole
from preceptor.phi.trigger.properties import longest_whole
from preceptor.phi.trigger.trie import shared
from preceptor.phi.trigger.writer import Trigger

__all__ = ["Trigger", "factor", "longest_whole", "prefix", "shared", "whole"]
