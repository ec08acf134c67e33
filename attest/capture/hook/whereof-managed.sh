#!/bin/sh
# The hook of a managed device: the same as whereof-hook.sh, for clones of enrolled repositories alone.
#
#   sh whereof-managed.sh AGENT EVENT    an agent calls
#   . whereof-managed.sh                 a git hook calls, with whereof_git and whereof_home set
#
# The enrolment list beside it names repositories as host/path. It always ends with 0.

trap 'exit 0' 0
whereof_home=${whereof_home:-${0%/*}}

# Put the shared git directory of the work tree that holds folder $1 in `common`.
find_clone() {
    common=
    at=$1
    while [ -n "$at" ]; do
        if [ -d "$at/.git" ]; then
            common=$at/.git
            return 0
        elif [ -f "$at/.git" ]; then
            common=$(git -C "$at" rev-parse --path-format=absolute --git-common-dir 2>/dev/null)
            return 0
        fi
        at=${at%/*}
    done
}

# Put the remote `origin` of the clone, as host/path, in `remote`.
find_remote() {
    remote=
    section=
    while read -r word rest; do
        case $word in
        '[remote') section=$rest ;;
        '['*) section= ;;
        url)
            [ "$section" = '"origin"]' ] || continue
            remote=${rest#= }
            break
            ;;
        esac
    done <"$common/config"
    case $remote in
    *://*) remote=${remote#*://} ;;
    *:*) remote=${remote%%:*}/${remote#*:} ;;
    *) remote= ;;
    esac
    case ${remote%%/*} in
    *@*) remote=${remote#*@} ;;
    esac
    remote=${remote%/}
    remote=${remote%.git}
}

enrolled() {
    while read -r name; do
        [ "$name" = "$1" ] && return 0
    done <"$whereof_home/enrolled"
    return 1
}

find_clone "${CLAUDE_PROJECT_DIR:-${PWD:-}}"
[ -n "$common" ] && [ -r "$common/config" ] && [ -r "$whereof_home/enrolled" ] || exit 0
# A clone that has hooks of its own (`whereof init`) is noted by those, once.
[ -e "$common/whereof/install.json" ] && exit 0
find_remote
[ -n "$remote" ] && enrolled "$remote" || exit 0
whereof_dir=$common/whereof
[ -d "$whereof_dir" ] || mkdir -p "$whereof_dir" || exit 0
[ -e "$whereof_dir/sync" ] || cp "$whereof_home/sync" "$whereof_dir/sync"
. "$whereof_home/hook"
