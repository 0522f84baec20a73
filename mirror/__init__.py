"""The copy: what a customer is, where it is kept, how it is found."""
