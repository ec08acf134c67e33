#!/bin/sh
# Install hashed requirements ($2) and this checkout itself into the virtual environment ($1).
set -eu
folder=$1
uv=$folder/bin/uv
printf 'installing %s (once)\n' "$2" >&2
VIRTUAL_ENV=$PWD/$folder
export VIRTUAL_ENV
"$uv" pip install --quiet --require-hashes -r "$2"
# The build back end is among the hashed requirements: nothing else is fetched, nothing is built in isolation.
"$uv" pip install --quiet --no-deps --no-build-isolation --editable .
