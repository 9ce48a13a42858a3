"""The same commands without the rest of the command line: `python -m rapport_authoring.local up`."""

from rapport_authoring.local.commands import local

if __name__ == "__main__":
    local(prog_name="rapport local")
