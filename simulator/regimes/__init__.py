"""Regimes: the rules in force for each kind of body, one file each."""
