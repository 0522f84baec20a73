"""The read path: finds, lists, counts and exports customers and what they did."""
