"""How a master's record is read: where each value lies and what it must be."""
