"""The way out: pages for store staff and a JSON API for terminals."""
