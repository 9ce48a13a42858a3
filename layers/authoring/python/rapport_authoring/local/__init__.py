"""The whole of Rapport on one machine: the emulator, the real deployment, a mailbox, and a house to play with."""
