"""What do the facts about words that may be names weigh? Learnt from the labelled texts beside this.

The texts are those of ``written.yml``, which rules were mended on, copies of them with other names in the marked places
(:mod:`swapped`), and clean vignettes. Of every capitalised word that rules and finders have left (:mod:`examples`) the
scanner's own native part says the facts, and :mod:`fitted` weighs them. ``unseen.yml`` and the public sets are not
looked at: they say how good it is. ``python -m benchmarks.phi.evidence`` writes ``phi/data/evidence.json``.
"""
