"""What pages look like: words, formats, assets, and what several screens show alike."""
