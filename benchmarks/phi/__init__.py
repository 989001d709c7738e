"""How good, how fast and how big is the PHI scanner, beside its peers?"""
