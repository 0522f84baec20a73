"""Who may come in: the staff, their sessions, the gate, and what each role may do."""
