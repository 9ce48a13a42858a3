#!/bin/sh
# Pins every set from its .in file, with hashes and without addresses. Sets of the layers agree with dev.txt.
set -eu
cd "$(dirname "$0")"
uv="${UV:-../.venv/bin/uv}"
compile() {
    in="$1"; shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
        --no-emit-index-url --no-emit-find-links "$@" "$in.in" -o "$in.txt"
}
compile dev
compile layer-hot -c dev.txt
# What the hot layer has is under every other layer already.
compile layer-work -c dev.txt $(sed -n 's/^\([a-z0-9._-]*\)==.*/--no-emit-package \1/p' layer-hot.txt)
compile layer-authoring -c dev.txt
compile uv -c dev.txt
compile emulator
compile bench -c dev.txt
