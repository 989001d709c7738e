"""How well does a candidate answer, and is that well enough, with statistical confidence?

Pure functions, read in this order: ``cases`` (what is asked), ``triage``, ``claims``, ``groundedness`` and ``outputs``
(how one answer is judged), ``rows`` (one case's row), ``metrics`` (rates over rows), ``bounds`` (what a rate proves),
``verdicts`` (whether that is enough), ``tables`` (where it is not).
"""
