#!/bin/sh
# The gate from any build server: gate.sh BRANCH, the branch that the change is to land on. Exit codes as `whereof verify`.
set -eu
git fetch --quiet --no-tags origin "+refs/heads/$1:refs/remotes/origin/$1"
unfetched=
git fetch --quiet --no-tags origin '+refs/whereof/*:refs/whereof/*' || unfetched=--evidence-unfetched
whereof gate $unfetched --summary whereof.md --junit whereof.xml -- "refs/remotes/origin/$1..HEAD"
