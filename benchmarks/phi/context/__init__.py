"""What do the facts about a word and all that stands around it weigh? Learnt from the labelled texts.

The texts are those of ``written.yml``, which rules were mended on, and of ``taught.yml``. Rules find nearly all that is
marked there, so each marked thing is taken away in turn from what was found, as if its rule were missing
(:mod:`examples`): what is learnt is how it is told by the rest. The scanner's own native part says the facts, and
:mod:`fitted` weighs them. ``unseen.yml`` and the public sets are not read.
"""
