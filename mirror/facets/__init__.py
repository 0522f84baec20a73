"""What lists are filtered by: for every value the set of its customers, as bits.

A filtered list is the intersection of a few sets, and its count is the number of their common bits:
a page and its count cannot disagree, and neither costs more the more filters are laid on.
"""
