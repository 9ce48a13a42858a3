"""What a team uses: the catalogue as files, its check, the simulator, the command line."""
