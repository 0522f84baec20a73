"""The way in: follows a master system and writes what it says into the mirror."""
