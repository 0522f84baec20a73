"""One module per protocol that a master speaks."""
