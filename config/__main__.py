"""`python -m config`: the same as `espelho`."""

from config.cli import main

main(prog_name="espelho")
