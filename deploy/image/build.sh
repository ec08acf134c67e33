#!/bin/sh
# Build the image: packages are fetched by hash first, and nothing is fetched while it is built.
#   sh deploy/image/build.sh NAME [BASE]
# The same commit, packages and base give the same digest: times are the commit's, orders and names are fixed.
# Needs the checkout's own .venv (`make demo` makes it) and buildah; $BUILDAH may hold options, as `buildah --root DIR`.
set -eu
cd "$(dirname "$0")/../.."
name=$1
base=${2:-python:3.11-slim-bookworm}
time=$(git log -1 --format=%ct)
rm -rf build/context && mkdir -p build/context/build
.venv/bin/python -m pip download --quiet --require-hashes --only-binary :all: --no-deps \
    --dest build/context/build/wheels -r requirements/run.txt
# What is committed, and nothing else that lies about in this folder.
git archive HEAD attest api redaction migrations requirements/run.txt deploy/image | tar -x -C build/context
.venv/bin/python -m tools.sbom build/context/build/wheels -o build/context/build/sbom.cdx.json
# shellcheck disable=SC2086 (options of the program are words)
${BUILDAH:-buildah} bud --quiet --isolation chroot --timestamp "$time" --build-arg BASE="$base" \
    -f deploy/image/Containerfile -t "$name" build/context
