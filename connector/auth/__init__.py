"""How a source shows who it is: fixed credentials, a token that runs out, a session."""
