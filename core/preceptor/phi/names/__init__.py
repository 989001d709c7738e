"""Which words of running prose name a person or place somebody below the level of a state?

No model: words are weighed by how often they are names and how often they are anything else, and by what stands
beside them. A :mod:`gazetteer` knows the words, :mod:`words` weighs one, :mod:`runs` weighs what is written together,
:mod:`beside` weighs what stands around it and :mod:`finder` decides.
"""

from preceptor.phi.names.eastern import EasternNames
from preceptor.phi.names.finder import NamesFinder

__all__ = ["EasternNames", "NamesFinder"]
