"""How are the demo's model, datasets and suites made from the repository's own text?"""
