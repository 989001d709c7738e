"""Which words of running prose name a person or place somebody below the level of a state?

No outside model: words are weighed by how often they are names and how often they are anything else, and by what stands
beside them. A :mod:`gazetteer` knows the words, :mod:`words` weighs one, :mod:`runs` weighs what is written together,
:mod:`beside` weighs what stands around it and :mod:`finder` decides. Where a text tells of somebody already,
:mod:`evidence` asks about the capitalised words that are left, with weights that were learnt.
"""

from preceptor.phi.names.eastern import EasternNames
from preceptor.phi.names.evidence import NamesByEvidence
from preceptor.phi.names.finder import NamesFinder

__all__ = ["EasternNames", "NamesByEvidence", "NamesFinder"]
