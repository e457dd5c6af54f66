"""`python -m simulator.cli`: the same as `headroom`."""

from simulator.cli import main

main(prog_name="headroom")
