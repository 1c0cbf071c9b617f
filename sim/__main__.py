"""`python -m sim` is the command `cuakhau`."""

from sim.cli.app import main

main()
