"""What customers do: orders, payments, deals and visits, beside who they are."""
