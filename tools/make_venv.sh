#!/bin/sh
# Make the virtual environment FOLDER ($1) and put uv into it, with whatever this machine has: pip or ensurepip.
set -eu
folder=$1

say() { printf '%s\n' "$*" >&2; }

fits() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for name in ${PYTHON:-} python3.14 python3.13 python3.12 python3.11 python3 python; do
        if fits "$name"; then
            printf '%s\n' "$name"
            return 0
        fi
    done
    return 1
}

has() { "$1" -c "import $2" >/dev/null 2>&1; }

# The first Python that can also bring pip along; else the first that fits, so that the message can name it.
choose_python() {
    for name in ${PYTHON:-} python3.14 python3.13 python3.12 python3.11 python3 python; do
        if fits "$name" && has "$name" venv && { has "$name" ensurepip || has "$name" pip; }; then
            printf '%s\n' "$name"
            return 0
        fi
    done
    find_python
}

if ! python=$(choose_python); then
    say 'Whereof needs Python 3.11 or newer, and found none on PATH.'
    say 'Install one (Debian, Ubuntu: apt install python3 python3-venv), or name one: make PYTHON=/path/to/python3.11'
    exit 1
fi
if ! has "$python" venv; then
    say "$python has no venv module. Install it (Debian, Ubuntu: apt install python3-venv), then run make again."
    exit 1
fi
if ! has "$python" ensurepip && ! has "$python" pip; then
    say "$python has neither pip nor ensurepip, so nothing can be installed with it."
    say 'Install one (Debian, Ubuntu: apt install python3-venv, or python3-pip), then run make again;'
    say 'or name another Python: make PYTHON=/path/to/python3.11'
    exit 1
fi

# An environment that works is kept: others may be at work in it.
if ! fits "$folder/bin/python"; then
    rm -rf "$folder"
    say "making $folder with $("$python" --version 2>&1)"
    if has "$python" ensurepip; then
        "$python" -m venv "$folder"
    else
        "$python" -m venv --without-pip "$folder"
    fi
fi
if has "$folder/bin/python" pip; then
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
elif [ ! -x "$folder/bin/uv" ]; then
    # `--python` (pip >= 22.3) runs this machine's pip against the new environment.
    if ! "$python" -m pip --python "$folder/bin/python" install --quiet --disable-pip-version-check --require-hashes \
        -r requirements/uv.txt; then
        say "$python's pip could not install uv (pip 22.3 or newer is needed: $("$python" -m pip --version 2>&1))."
        exit 1
    fi
fi
