"""What a relationship is worth calling: one module for each system's rules, pure functions."""
