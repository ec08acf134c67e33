#!/bin/sh
# Notes that something happened: ids, paths and times, one line in the spool of this clone. Never a word of a prompt.
#
#   sh whereof-hook.sh AGENT EVENT    an agent calls; its payload (JSON) is on standard input
#   . whereof-hook.sh                 a git hook calls, with whereof_dir, whereof_git and git's own arguments set
#
# It always ends with 0 and prints nothing that an agent would read as words: a full disk, a read-only clone or a missing
# folder costs a line, never a turn. It waits for nobody: copies and `whereof sync` run behind it. It deletes nothing.
# POSIX sh only. On the path that is waited for it starts two programs: `date`, and `head` for the payload.

trap 'exit 0' 0
trap '' PIPE
LC_ALL=C
umask 077
# With standard input closed a pipe of our own would take its number, and a reader would wait for itself.
[ -e /dev/fd/0 ] || [ ! -d /dev/fd ] || exec </dev/null
whereof_nl='
'
whereof_out=
[ -n "${whereof_dir:-}" ] || whereof_dir=${0%/*}
whereof_spool=$whereof_dir/spool

# Put the JSON text of member $1 of the payload in `got`, as it stands there (escapes and all); empty when it is not
# there, not a string, longer than 1,024 bytes, or cut by an escaped quote.
member() {
    got=
    case $payload in
    *"\"$1\":\""*) got=${payload#*"\"$1\":\""} ;;
    *"\"$1\": \""*) got=${payload#*"\"$1\": \""} ;;
    *) return 0 ;;
    esac
    case $got in
    *\"*) got=${got%%\"*} ;;
    *) got= ;;
    esac
    case $got in
    *\\ | *[[:cntrl:]]*) got= ;;
    esac
    [ ${#got} -le 1024 ] || got=
}

# Add member $1 with the first of the payload's members $2... that is there; `got` keeps the value.
take() {
    name=$1
    shift
    for key; do
        member "$key"
        [ -z "$got" ] || break
    done
    [ -z "$got" ] || line="$line,\"$name\":\"$got\""
}

# Add member $1 with the value $2 of this process; a value that JSON would have to escape is escaped.
add() {
    got=$2
    case $got in
    '') return 0 ;;
    *[[:cntrl:]]*) return 0 ;;
    *\\* | *\"*) escape "$got" ;;
    esac
    [ ${#got} -le 1024 ] && line="$line,\"$1\":\"$got\""
}

escape() {
    rest=$1
    got=
    while [ -n "$rest" ]; do
        case $rest in
        \\*) got=$got'\\' ;;
        \"*) got=$got'\"' ;;
        *) got=$got${rest%"${rest#?}"} ;;
        esac
        rest=${rest#?}
    done
}

# One write of at most 4,096 bytes to a file opened for appending. The line end in front parts it from a line that a
# full disk tore: that one is lost, this one is not.
put() {
    [ ${#line} -le 4000 ] || return 0
    {
        [ -d "$whereof_spool" ] || mkdir -p "$whereof_spool"
        printf '\n%s}\n' "$line" >>"$whereof_spool/events-$((now >> 20)).jsonl"
    } 2>/dev/null
}

# Tell a pause that has not run out; what runs out on its own needs nobody to end it.
paused() {
    [ -r "$whereof_dir/paused" ] || return 1
    until=
    { read -r until <"$whereof_dir/paused"; } 2>/dev/null
    case $until in
    '' | *[!0-9]*) return 0 ;;
    esac
    [ "$now" -lt "$until" ]
}

# Copy transcript $1 to the name $2, in the background. A copy that would be shorter than the one that is there does not
# take its place: the agent rewrote its file, and both are kept. Side files of sub-agents come along.
copy() {
    (
        trap '' HUP
        folder=$whereof_spool/copies
        [ -d "$folder" ] || mkdir -p "$folder" || exit 0
        one() {
            [ -f "$1" ] || return 0
            # Some shells compare whole seconds: only a copy that is surely newer spares another one.
            [ "$folder/$2" -nt "$1" ] && return 0
            part=$folder/.$2.$$
            cp "$1" "$part" && chmod 600 "$part" || { rm -f "$part"; return 0; }
            if [ -s "$folder/$2" ] && [ "$(wc -c <"$part")" -lt "$(wc -c <"$folder/$2")" ]; then
                mv "$part" "$folder/$2~$now"
            else
                mv "$part" "$folder/$2"
            fi
        }
        one "$1" "$2"
        for side in "${1%.jsonl}"/subagents/*.jsonl; do
            case $side in
            *\**) ;;
            *) one "$side" "$2+${side##*/}" ;;
            esac
        done
    ) </dev/null >/dev/null 2>&1 &
}

# Start `whereof sync` behind this process; the file names the program, written at `init`.
sync_behind() {
    [ -r "$whereof_dir/sync" ] || return 0
    (
        trap '' HUP
        read -r program <"$whereof_dir/sync"
        [ -x "$program" ] && exec "$program" -P -c 'from attest.cli.main import main; main()' sync --behind --repo "$1"
    ) </dev/null >/dev/null 2>&1 &
}

# Say which agent's shell this runs in, when the agent says so in the environment.
inside() {
    case ${CLAUDECODE:-}${CODEX_THREAD_ID:-}${CODEX_SANDBOX:-}${GEMINI_CLI:-}${CURSOR_AGENT:-}${COPILOT_CLI:-} in
    '') return 0 ;;
    esac
    if [ -n "${CODEX_THREAD_ID:-}${CODEX_SANDBOX:-}" ]; then
        add in codex
        add in_session "${CODEX_THREAD_ID:-}"
    elif [ -n "${CLAUDECODE:-}" ]; then
        add in claude-code
        add in_session "${CLAUDE_CODE_SESSION_ID:-}"
    elif [ -n "${GEMINI_CLI:-}" ]; then
        add in gemini
    elif [ -n "${CURSOR_AGENT:-}" ]; then
        add in cursor
    else
        add in copilot-cli
    fi
    return 0
}

agent_event() {
    agent=$1
    event=$2
    [ -n "$agent" ] && [ -n "$event" ] || return 0
    case $agent$event in
    *[!A-Za-z0-9._-]*) return 0 ;;
    esac
    [ "$agent" = cursor ] && whereof_out='{}'
    payload=
    if [ -t 0 ]; then
        now=$(date +%s)
    else
        payload=$(date +%s; exec head -c 4096) 2>/dev/null
        now=${payload%%"$whereof_nl"*}
        payload=${payload#*"$whereof_nl"}
        # What is left is read away behind us, up to a bound: an agent that cannot finish writing may count it a failure.
        if [ ${#payload} -ge 4084 ]; then
            exec 3<&0
            head -c 67108864 <&3 >/dev/null 2>&1 &
            exec 3<&-
        fi
    fi
    case $now in
    '' | *[!0-9]*) return 0 ;;
    esac
    paused && return 0
    line="{\"v\":1,\"t\":$now,\"agent\":\"$agent\",\"event\":\"$event\""
    # Each agent's own name first: a tool's arguments may hold another's.
    case $agent in
    cursor) take session conversation_id session_id ;;
    copilot-cli) take session sessionId session_id ;;
    *) take session session_id sessionId conversation_id ;;
    esac
    session=$got
    case $agent in
    copilot-cli) take transcript transcriptPath transcript_path ;;
    *) take transcript transcript_path transcriptPath ;;
    esac
    transcript=$got
    [ -n "$transcript" ] || default_transcript
    take cwd cwd
    folder=$got
    [ -n "$folder" ] || { add cwd "${CLAUDE_PROJECT_DIR:-${PWD:-}}"; folder=$got; }
    # What an event never holds is not looked for: looking costs more than anything else here.
    case $agent in
    claude-code) take turn prompt_id ;;
    codex) take turn turn_id ;;
    cursor) take turn generation_id ;;
    esac
    case $agent in
    claude-code | codex) take mode permission_mode ;;
    esac
    case $event in
    *ool*) take call tool_use_id toolCallId ;;
    *[Ss]ubagent*) take sub agent_id ;;
    *Start | *End | *omp*) take why source trigger reason ;;
    esac
    put
    case $session in
    '' | .* | *[!A-Za-z0-9._-]*) return 0 ;;
    esac
    case $transcript in
    '' | *\\*) return 0 ;;
    esac
    remember
    case $event in
    Stop | StopFailure | SubagentStop | PreCompact | SessionEnd | AfterAgent | PreCompress | stop | subagentStop | preCompact | \
        sessionEnd | agentStop)
        copy "$transcript" "$agent-$session"
        ;;
    esac
    case $event in
    SessionEnd | sessionEnd) sync_behind "$folder" ;;
    esac
}

# Where an agent that names no transcript keeps it.
default_transcript() {
    [ "$agent" = copilot-cli ] || return 0
    transcript=${COPILOT_HOME:-${HOME:-}/.copilot}/session-state/$session/events.jsonl
    [ -f "$transcript" ] || { transcript=; return 0; }
    add transcript "$transcript"
}

# Keep where a session's transcript is, so that a commit knows what to copy.
remember() {
    known=$whereof_spool/active/$agent-$session
    case $event in
    SessionStart | sessionStart) ;;
    *) [ -e "$known" ] && return 0 ;;
    esac
    {
        [ -d "$whereof_spool/active" ] || mkdir -p "$whereof_spool/active"
        printf '%s\n%s\n' "$transcript" "$folder" >"$known"
    } 2>/dev/null
}

# Where HEAD of this work tree stands, without starting git where loose references say it.
read_head() {
    dot=${GIT_DIR:-.git}
    if [ -f "$dot" ]; then
        read -r _ dot <"$dot"
    fi
    head=
    ref=
    [ -r "$dot/HEAD" ] && read -r head <"$dot/HEAD"
    case $head in
    'ref: '*)
        ref=${head#ref: }
        head=
        # A work tree of its own has its HEAD there and its branches in the shared folder.
        for place in "$dot" "${whereof_dir%/*}"; do
            [ -r "$place/$ref" ] && { read -r head <"$place/$ref"; break; }
        done
        ;;
    esac
    case $head in
    '' | *[!0-9a-f]*) head=$(git rev-parse --verify -q HEAD) ;;
    esac
}

git_line() {
    now=$(date +%s)
    case $now in
    '' | *[!0-9]*) return 1 ;;
    esac
    paused && return 1
    line="{\"v\":1,\"t\":$now,\"git\":\"$whereof_git\""
    add worktree "${PWD:-}"
    add action "${GIT_REFLOG_ACTION:-}"
    inside
}

post_commit() {
    read_head
    git_line || return 0
    add new "$head"
    add ref "$ref"
    # A rebase writes many commits at once, none of them news of a session.
    [ -d "$dot/rebase-merge" ] || [ -d "$dot/rebase-apply" ] && { line="$line,\"rebasing\":true"; put; return 0; }
    put
    for known in "$whereof_spool"/active/*; do
        [ -f "$known" ] || continue
        { read -r transcript; read -r folder; } <"$known"
        case $folder/ in
        "$PWD"/*) copy "$transcript" "${known##*/}" ;;
        esac
    done
}

# Pairs from standard input, as many to a line as fit.
post_rewrite() {
    git_line || return 0
    add kind "${1:-}"
    start=$line
    pairs=
    while read -r old new _; do
        case $old$new in
        '' | *[!0-9a-f]*) continue ;;
        esac
        pairs="$pairs${pairs:+,}$old $new"
        if [ ${#pairs} -gt 2600 ]; then
            line="$start,\"pairs\":\"$pairs\""
            put
            pairs=
        fi
    done
    [ -z "$pairs" ] || { line="$start,\"pairs\":\"$pairs\""; put; }
}

pre_push() {
    git_line || return 0
    add remote "${1:-}"
    put
    sync_behind "$PWD"
}

# git calls this several times for one change: only what was committed is noted, and of that only where HEAD went.
reference_transaction() {
    [ "${1:-}" = committed ] || return 0
    count=0
    while [ $count -lt 64 ] && read -r old new ref; do
        count=$((count + 1))
        [ "$ref" = HEAD ] || continue
        case $old$new in
        '' | *[!0-9a-f]*) continue ;;
        esac
        git_line || return 0
        add old "$old"
        add new "$new"
        put
        return 0
    done
}

if [ -n "${whereof_git:-}" ]; then
    case $whereof_git in
    post-commit) post_commit ;;
    post-rewrite) post_rewrite "$@" ;;
    pre-push) pre_push "$@" ;;
    reference-transaction) reference_transaction "$@" ;;
    esac
elif [ -d "$whereof_dir" ]; then
    agent_event "${1:-}" "${2:-}"
    [ -z "$whereof_out" ] || printf '%s\n' "$whereof_out"
fi 2>/dev/null
exit 0
