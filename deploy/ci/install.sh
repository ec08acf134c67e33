#!/bin/sh
# Put the gate into a folder of its own, every file checked by its hash: install.sh FOLDER REQUIREMENTS...
# Needs Python 3.11 or newer ($WHEREOF_PYTHON, default python3). Which index is asked is for pip's own settings to say.
# -I: nothing in the current folder, which a change can fill, is imported.
set -eu
folder=$1
shift
left=$#
while [ "$left" -gt 0 ]; do
    if [ ! -f "$1" ]; then
        echo "whereof: there is no $1, which names what to install by its hash; use the commit of a release" >&2
        exit 2
    fi
    set -- "$@" -r "$1"
    shift
    left=$((left - 1))
done
"${WHEREOF_PYTHON:-python3}" -I -m venv "$folder"
"$folder/bin/python" -I -m pip install --quiet --disable-pip-version-check --no-input \
    --no-deps --require-hashes --only-binary :all: "$@"
