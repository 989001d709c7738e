"""What is computed otherwise on a GPU than torch would, so that it is fast and the same bits come out again.

Nothing here is imported where there is none.
"""
