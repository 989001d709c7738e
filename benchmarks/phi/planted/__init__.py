"""What is planted for ``benchmarks.phi.inject``: made-up values, how each category is written, and formats."""
