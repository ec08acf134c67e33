#!/bin/sh
# Check an evidence bundle: sh verify.sh BUNDLE [--trust FILE | --trust-digest HEX]
#   [--revocations FILE] [--index-key FILE] [--witnesses POLICY] [--anchors ROOT], or all its volumes in order as BUNDLE
#
# Needs sh, tar, od, openssl (3 or newer), jq (1.6 or newer) and coreutils; no network, and nothing of the program that made the
# bundle. It unpacks into a new folder below TMPDIR, which must have room for the bundle twice, and deletes it at the end.
# Exit code 0: valid. 3: something fails. 5: something could not be checked. 2: wrong usage.
set -uf
LC_ALL=C
export LC_ALL
umask 077

usage() {
    printf '%s\n' "$1" 'usage: verify.sh BUNDLE... [--trust FILE | --trust-digest HEX]' >&2
    exit 2
}

bundle='' trust='' digest='' index_key='' witnesses='' anchors='' revocations='' volumes=0
while [ $# -gt 0 ]; do
    case $1 in
    --trust | --trust-digest | --revocations | --index-key | --witnesses | --anchors)
        [ $# -gt 1 ] || usage "$1 needs a value"
        case $1 in
        --trust) trust=$2 ;;
        --revocations) revocations=$2 ;;
        --index-key) index_key=$2 ;;
        --witnesses) witnesses=$2 ;;
        --anchors) anchors=$2 ;;
        *) digest=$(printf %s "$2" | tr -d ' ' | tr A-F a-f) ;;
        esac
        shift
        ;;
    -*) usage "unknown option: $1" ;;
    *)
        [ -f "$1" ] && [ -r "$1" ] || usage 'the bundle cannot be read'
        volumes=$((volumes + 1))
        case $1 in /*) bundle=$1 ;; *) bundle=./$1 ;; esac
        eval "volume_$volumes=\$bundle"
        ;;
    esac
    shift
done
[ "$volumes" -gt 0 ] || usage 'a bundle must be named'
[ -z "$trust" ] || [ -r "$trust" ] || usage 'the trusted root cannot be read'
case $digest in *[!0-9a-f]*) usage 'a trust digest has 64 hex digits' ;; esac
[ -z "$digest" ] || [ ${#digest} = 64 ] || usage 'a trust digest has 64 hex digits'
for program in tar od openssl jq sha256sum base64 mktemp split sort; do
    command -v "$program" >/dev/null || usage "this needs $program"
done
case $(openssl version) in 'OpenSSL '[3-9].*) ;; *) usage 'this needs openssl 3 or newer' ;; esac
W=$(mktemp -d) || usage 'there is no room for temporary files'
trap 'rm -rf "$W"' EXIT
trap 'exit 130' INT TERM HUP
mkdir "$W/f" "$W/x" "$W/dag"
[ -z "$trust" ] || cat -- "$trust" >"$W/given"
[ -z "$index_key" ] || { cat -- "$index_key" >"$W/given.key" && index_key=$W/given.key; } || usage 'the index key cannot be read'
for name in failures hashes dag.in checks rows said signers bad kinds parts.in; do : >"$W/$name"; done
TAB=$(printf '\t')
CLAIMS='archive manifest question trust head window entries signatures certificates times complete parts witnesses anchors'
optional='parts witnesses anchors'
limit=9007199254740991 private='' keyed=sha256

# --- the programs in jq
common='@common@'
archive_jq='@archive@'
question_jq='@question@'
root_jq='@root@'
rootops_jq='@rootops@'
head_jq='@head@'
window_jq='@window@'
entries_jq='@entries@'
own_jq='@own@'
revoked_jq='@revoked@'
without_jq='@without@'
keys_jq='@keys@'
answers_jq='@answers@'
complete_jq='@complete@'
parts_jq='@parts@'
policy_jq='@policy@'
witnesses_jq='@witnesses@'
anchors_jq='@anchors@'

# --- results
fail() { printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$W/failures"; }

failed() {
    while IFS=$TAB read -r claim place _; do
        [ "$claim" != "$1" ] || [ -n "${2:-}" ] && [ "$place" != "${2:-}" ] || return 0
    done <"$W/failures"
    return 1
}

# What becomes of a claim: state, detail.
say() { printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$W/said"; }
close() { if [ -n "${3:-}" ]; then say "$1" 'not checked' "$3"; else say "$1" checked "$2"; fi; }

# Prints everything, and leaves with the exit code. A claim with a failure has failed, whatever was said of it.
finish() {
    jq -nRr --arg claims "$CLAIMS" --arg optional "$optional" --rawfile failures "$W/failures" --rawfile said "$W/said" --rawfile signers "$W/signers" '
def rows: split("\n") | map(select(. != "") | split("\t"));
($failures | rows) as $all | ([$all[] | select(.[0] == "times") | .[1]] | unique) as $late
| (reduce ($all[] | select(.[0] != "certificates" or (.[1] as $p | $late | index($p) | not))) as $f ({seen: {}, out: []};
    "\($f[0])\t\($f[1])" as $k | if .seen[$k] then . else .seen[$k] = true | .out += [$f] end) | .out) as $bad
| (reduce ($said | rows[]) as $s ({}; .[$s[0]] = [$s[1], $s[2] // ""])) as $state
| ($claims | split(" ")) as $names
| [$names[] as $c | ([$bad[] | select(.[0] == $c)] | length) as $n
    | if $n > 0 then [$c, "FAILED", "\($n) failed"] else [$c] + ($state[$c] // ["not checked", "an earlier claim failed or could not be checked"]) end] as $lines
| [$lines[] | select(.[1] == "FAILED") | .[0]] as $no | [$lines[] | select(.[1] == "not checked" and (.[0] | . as $c | $optional | split(" ") | index($c) | not)) | .[0]] as $open
| ($lines[] | "\((.[1] + "           ")[:11]) \(.[0]): \(.[2])"), ($bad[:100][] | "  \(.[0]): \(.[1]): \(.[2])"),
  ($signers | rows | group_by(.) | .[:100][] | "  signer: \(.[0][0]) by \(.[0][1]): \(length) entries"),
  (if $no != [] then "INVALID: \($no | join(", ")): do not rely on this evidence; keep it and report it"
   elif $open != [] then "not decided: \($open | join(", "))" else "valid: every claim that is needed was checked and holds" end)' </dev/null >"$W/out" || exit 5
    while IFS= read -r line; do
        printf '%s\n' "$line"
        last=$line
    done <"$W/out"
    case $last in valid:*) exit 0 ;; INVALID:*) exit 3 ;; *) exit 5 ;; esac
}

# --- tools
# Keys an index with the secret of a private log, where it is here: the hash of each key becomes its HMAC.
key_index() {
    [ -z "$index_key" ] || index_secret "$index_key"
    [ ! -f data/index-key ] || index_secret data/index-key
    keying=$(jq -nRr '[inputs | try fromjson catch {} | .indexLeaf.envelope? | strings | @base64d | try fromjson catch {} | .payload? | strings | @base64d | try fromjson catch {} | .predicate.keying? | strings | select(startswith("hmac-"))] | .[0] // "sha256"' <data/answers.jsonl)
    [ "$keying" != sha256 ] || return 0
    while read -r commitment secret; do
        [ "$keying" = "hmac-sha256:$commitment" ] || continue
        keyed=$keying
        while IFS= read -r hashed; do
            octal_of "$hashed"
            printf "$octal" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$secret" -r | cut -c1-64
        done <"$W/keysums" >"$W/keysums.keyed"
        mv "$W/keysums.keyed" "$W/keysums"
        return
    done <"$W/secrets"
}

index_secret() {
    read -r word secret <"$1"
    case $word/$secret in whereof-index-key/v1/*[!0-9a-f]*) word='' ;; esac
    if [ "$word" != whereof-index-key/v1 ] || [ ${#secret} != 64 ]; then
        fail complete 'file data/answers.jsonl' 'this is no index key'
        return
    fi
    octal_of "$secret"
    printf '%s %s\n' "$({ printf 'whereof-index-key/v1\n'; printf "$octal"; } | sha256sum | cut -c1-64)" "$secret" >>"$W/secrets"
}

# Gives SHA-256 lines of the files whose names are read, many in one process.
sums() {
    set --
    while IFS= read -r path; do
        set -- "$@" "$path"
        if [ $# -ge 100 ]; then
            sha256sum "$@"
            set --
        fi
    done
    [ $# -eq 0 ] || sha256sum "$@"
}

signed() { # key, hash, signature, message
    case $2 in
    sha*) openssl dgst "-$2" -verify "$1" -keyform DER -signature "$3" "$4" >/dev/null 2>&1 ;;
    ed25519) openssl pkeyutl -verify -pubin -inkey "$1" -keyform DER -rawin -in "$4" -sigfile "$3" >/dev/null 2>&1 ;;
    *) return 1 ;;
    esac
}

# Whether any of some authorities issued a certificate; times are compared elsewhere.
issued() {
    child=$1
    shift
    for parent; do
        openssl verify -no_check_time -partial_chain -trusted "$parent" "$child" >/dev/null 2>&1 && return 0
    done
    return 1
}

# A JSON name that is there twice: jq keeps the last, so the leaves that it reads are more than those that it keeps.
named_twice() {
    read_=$(jq -n --stream 'reduce (inputs | select(length == 2)) as $_ (0; . + 1)' "$1" 2>/dev/null) || return 0
    kept=$(jq '[.. | select((type != "object" and type != "array") or length == 0)] | length' "$1" 2>/dev/null) || return 0
    [ "$read_" != "$kept" ]
}

# Does the operations that a jq program printed; all file names are below $W/f.
operate() {
    cd "$W/f" || exit 5
    while IFS=$TAB read -r op a b c d e f g; do
        case $op in
        f) fail "$a" "$b" "$c" ;;
        w) [ "$b" = - ] && : >"$a" || printf "$b" >"$a" ;;
        d) [ "$b" = - ] && : >"$a" || printf %s "$b" | base64 -d >"$a" ;;
        p) { echo '-----BEGIN CERTIFICATE-----'; printf '%s\n' "$b" | fold -w 64; echo '-----END CERTIFICATE-----'; } >"$a" ;;
        c) { printf "$b"; cat "$c"; } >"$a" ;;
        h) printf '%s\t%s\t%s\t%s\t%s\n' "$a" "$b" "$c" "$d" "$e" >>"$W/hashes" ;;
        s) signed "$d" "$e" "$f" "$g" || { fail "$a" "$b" "$c"; [ "$a" != complete ] || limit=0; } ;;
        t) openssl ts -verify -in "$c" -data "$d" -partial_chain -CAfile "$e" -untrusted "$e" -attime "$f" >/dev/null 2>&1 || fail "$a" "$b" 'the time stamp does not hold' ;;
        a) issued "$b" $c || fail certificates "$a" 'no pinned authority issued the certificate' ;;
        v) ! issued "$a.pem" "$b.pem" || printf '%s\n' "$a" >>"$W/chains" ;;
        k) case $(sha256sum "$a") in "$b"*) ;; *) fail head head 'log.vkey is malformed' ;; esac ;;
        S) say "$a" "$b" "$c" ;;
        i) printf '%s\t%s\t%s\n' "$a" "$b" "$c" >>"$W/kinds" ;;
        j) printf '"%s":%s\n' "$a" "$b" >>"$W/statements" ;;
        u) ! named_twice "$W/x/whereof-evidence/$a" || fail entries "$b" 'a JSON name is there twice' ;;
        g) printf '%s\t%s\n' "$a" "$b" >>"$W/signers" ;;
        n) printf '%s\n' "$a" >>"$W/undated" ;;
        o) printf '%s\n' "$a" >>"$W/own.seen" ;;
        l) printf "$b" >"dag.$a"; printf '0\t%s\t%s\n' "$a" "dag.$a" >>"$W/dag.in" ;;
        q) printf '0\t%s\t%s\n' "$a" "$b" >>"$W/dag.in" ;;
        m) printf '%s\t%s\t%s\t%s\n' "$a" "$b" "$c" "$d" >>"$W/dag.in" ;;
        x) printf '%s\t%s\t%s\t%s\t%s\n' "$a" "$b" "$c" "$d" "$e" >>"$W/checks" ;;
        r) printf '%s\n' "$a" >>"$W/rows" ;;
        y) private=$a ;;
        z) listed=$a ;;
        b) printf '%s\t%s\n' "$a" "$b" >>"$W/parts.in" ;;
        e) case $({ printf "$c"; cat "$W/x/whereof-evidence/$b"; } | sha256sum) in "$d"*) ;; *) fail parts "$a" 'it is not what the statement commits to' ;; esac ;;
        esac
    done <"$1"
    cd "$W/x/whereof-evidence" || exit 5
}

# Compares the hashes that were asked for, all at once.
compare() {
    cut -f1 "$W/hashes" >"$W/hashed"
    (cd "$W/f" && sums <"$W/hashed") | cut -c1-64 >"$W/found"
    while IFS=$TAB read -r _ expected claim place what && IFS= read -r found <&3; do
        [ "$expected" = "$found" ] || { fail "$claim" "$place" "$what"; [ "$claim" != complete ] || limit=0; }
    done <"$W/hashes" 3<"$W/found"
    : >"$W/hashes"
}

# Octal text of a hash in hex, for printf.
octal_of() {
    rest=$1 octal=''
    while [ -n "$rest" ]; do
        tail_=${rest#??}
        eval "octal=\$octal\$X_${rest%"$tail_"}"
        rest=$tail_
    done
}
for high in 0 1 2 3; do for middle in 0 1 2 3 4 5 6 7; do for low in 0 1 2 3 4 5 6 7; do
    value=$((high * 64 + middle * 8 + low))
    h=$((value / 16)) l=$((value % 16))
    case $h in 1?) h=$(printf %x $h) ;; esac
    case $l in 1?) l=$(printf %x $l) ;; esac
    eval "X_$h$l='\\$high$middle$low'"
done; done; done

# Hashes trees level by level: every node of a level is one file, and all of them go through one process.
fold_trees() {
    [ -s "$W/dag.in" ] || [ -s "$W/checks" ] || return 0
    sort -s -n -k1,1 "$W/dag.in" >"$W/dag.sorted"
    : >"$W/level"
    current=0
    { cat "$W/dag.sorted"; echo "end"; } >"$W/dag.all"
    while IFS=$TAB read -r round node one other; do
        if [ "$round" != "$current" ] && [ -s "$W/level" ]; then
            hash_level
            : >"$W/level"
        fi
        current=$round
        [ "$round" = end ] || printf '%s\t%s\t%s\n' "$node" "$one" "${other:-}" >>"$W/level"
    done <"$W/dag.all"
    while IFS=$TAB read -r id expected claim place what; do
        case $id in
        =*) eval "found=\${H_${id#=}:-}" ;;
        *) found=$id ;;
        esac
        octal_of "$expected"
        [ "$found" = "$octal" ] && continue
        fail "$claim" "$place" "$what"
        case $id in =a*) first=${id#=a}; first=${first%%_*}; [ "$first" -ge "$limit" ] || limit=$first ;; esac
    done <"$W/checks"
    : >"$W/dag.in"
    : >"$W/checks"
}

hash_level() {
    if [ "$current" = 0 ]; then
        cut -f2 "$W/level" >"$W/level.files"
        (cd "$W/f" && sums <"$W/level.files") | cut -c1-64 >"$W/level.sums"
    else
        rm -rf "$W/dag"
        mkdir "$W/dag"
        while IFS=$TAB read -r id left right; do
            case $left in =*) eval "left=\${H_${left#=}:-}" ;; esac
            case $right in =*) eval "right=\${H_${right#=}:-}" ;; esac
            printf "\\001$left$right"
        done <"$W/level" | (cd "$W/dag" && split -b 65 -a 6 - n.)
        (cd "$W/dag" && set +f && printf '%s\n' n.* | sums) | cut -c1-64 >"$W/level.sums"
    fi
    while IFS=$TAB read -r id _ && IFS= read -r sum <&3; do
        octal_of "$sum"
        eval "H_$id=\$octal"
    done <"$W/level" 3<"$W/level.sums"
}

# Reads a list of revoked authorities.
revoked_from() {
    [ "$(wc -c <"$1")" -le 1048576 ] && ! named_twice "$1" && jq "$common$revoked_jq" "$1" 2>/dev/null
}

# --- what is given from outside
: >"$W/revoked"
if [ -n "$revocations" ]; then
    cat -- "$revocations" >"$W/revoked.text" || usage 'the revocations cannot be read'
    revoked_from "$W/revoked.text" >"$W/revoked" || usage 'the revocations are malformed'
fi
: >"$W/policy"
if [ -n "$witnesses" ]; then
    cat -- "$witnesses" >"$W/policy.text" || usage 'the witness policy cannot be read'
    jq -n --rawfile policy "$W/policy.text" "$common$policy_jq" >"$W/policy" 2>/dev/null || usage 'the witness policy is malformed'
    jq -r '(.logs + .witnesses)[] | "\(.hint) \(.hashed)"' "$W/policy" >"$W/policy.keys"
    while read -r hint hashed; do
        case $(printf "$hashed" | sha256sum) in "$hint"*) ;; *) usage 'a key of the witness policy is malformed' ;; esac
    done <"$W/policy.keys"
    optional='parts anchors'
fi
if [ -n "$anchors" ]; then
    cat -- "$anchors" >"$W/anchors.text" || usage 'the root of the anchors cannot be read'
    jq "$common$root_jq" "$W/anchors.text" >"$W/anchors" 2>/dev/null || usage 'the root of the anchors is malformed'
    optional=${optional% anchors}
fi

# --- archive: read header by header where they stand, before anything is unpacked
# Section 10: the chain of volumes, and the archive that they are slices of.
join_volumes() {
    number=0 former=none of=''
    while [ "$number" -lt "$volumes" ]; do
        number=$((number + 1))
        eval "volume=\$volume_$number"
        head -c 512 "$volume" >"$W/head"
        {
            IFS= read -r magic
            IFS=' ' read -r word own middle all
            IFS= read -r before
            IFS= read -r slice
        } <"$W/head"
        case $magic/$word/$middle/$own$all in whereof-volume/v1/volume/of/*[!0-9]* | */) magic='' ;; esac
        printf 'whereof-volume/v1\nvolume %s of %s\n%s\n%s\n\n' "$own" "$all" "$before" "$slice" >"$W/head.start"
        if [ "$magic" != whereof-volume/v1 ] || [ "$(tr -d '\n' <"$W/head")" != "$(tr -d '\n' <"$W/head.start")" ] || [ "$(wc -c <"$W/head")" != 512 ]; then
            what='this is not a volume, or its header is malformed'
        elif [ "$own" != "$number" ]; then
            what="it is missing: volume $own stands in its place"
        elif [ "${of:=$all}" != "$all" ]; then
            what='it is of a bundle with another number of volumes'
        elif [ "$before" != "former $former" ]; then
            what='the volume before it is not the one that it names'
        elif [ "slice $(tail -c +513 "$volume" | sha256sum | cut -c1-64)" != "$slice" ]; then
            what='it was changed: its slice has another digest'
        else
            former=$(sha256sum <"$volume" | cut -c1-64)
            tail -c +513 "$volume" >>"$W/joined"
            continue
        fi
        fail archive "volume $number" "$what"
        return
    done
    [ "$of" = "$volumes" ] || fail archive "volume $((volumes < of ? volumes + 1 : of))" "it is missing: there are $of volumes"
}
if [ "$volumes" -gt 1 ] || [ "$(head -c 18 "$bundle" | tr -d '\0\n')" = whereof-volume/v1 ]; then
    join_volumes
    failed archive && finish
    bundle=$W/joined
fi
total=$(wc -c <"$bundle")
walk() {
    at=0 gap=0 count=0
    while :; do
        set -- $(od -A n -v -t o1 -j "$at" -N $((gap + 512)) "$bundle" 2>/dev/null)
        echo "$gap $*"
        [ $# = $((gap + 512)) ] || return
        shift "$gap"
        case $* in *[!0\ ]*) ;; *) printf '%s\n' $((at + gap)) >"$W/end"; return ;; esac
        shift 124
        size=''
        for octet in "$1" "$2" "$3" "$4" "$5" "$6" "$7" "$8" "$9" "${10}" "${11}"; do
            case $octet in 06[0-7]) size=$size${octet#06} ;; *) return ;; esac
        done
        while [ "${size#0}" != "$size" ] && [ ${#size} -gt 1 ]; do size=${size#0}; done
        size=$((0$size))
        at=$((at + gap + 512 + size)) gap=$(((512 - size % 512) % 512)) count=$((count + 1))
        [ $((at + gap)) -le "$total" ] && [ "$count" -le 500000 ] || return
    done
}
walk >"$W/headers"
jq -nRr "$archive_jq" <"$W/headers" >"$W/walked" 2>/dev/null
ended='' files=0
: >"$W/members"
while IFS=$TAB read -r kind a b; do
    case $kind in
    F) fail archive "$a" "$b"; break ;;
    M) printf '%s\t%s\n' "${a#whereof-evidence/}" "$b" >>"$W/members"; files=$((files + 1)) last_path=$a ;;
    E) ended=$a ;;
    esac
done <"$W/walked"
if ! failed archive; then
    if [ -z "$ended" ]; then
        fail archive "member $((files - 1)) ${last_path:-}" 'the member is cut'
    elif [ "$total" != $(($(cat "$W/end") + 1024)) ] || [ "$(od -A n -v -t o1 -j "$(cat "$W/end")" "$bundle" | tr -d ' 0\n')" ]; then
        fail archive "member $ended" 'the archive does not end in two blocks of zeros'
    fi
fi
failed archive && finish
say archive checked "$files files"
tar -x -o -f - -C "$W/x" <"$bundle" || { say manifest 'not checked' 'tar could not unpack it'; finish; }
cd "$W/x/whereof-evidence" || finish

# --- manifests
cut -f1 "$W/members" >"$W/paths"
sums <"$W/paths" >"$W/sums"
for name in manifest tagmanifest; do
    if [ -f "$name-sha256.txt" ]; then cat "$name-sha256.txt" >"$W/$name"; else printf 'none' >"$W/$name"; fi
done
printf 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n' | cmp -s - bagit.txt ||
    fail manifest 'file bagit.txt' 'it does not declare BagIt 1.0 in UTF-8'
jq -nr --rawfile data "$W/manifest" --rawfile tags "$W/tagmanifest" --rawfile sums "$W/sums" "$common"'
(reduce ($sums | rtrimstr("\n") | split("\n")[]) as $l ({}; .[$l[66:]] = $l[:64])) as $sum
| (["tagmanifest-sha256.txt", $tags, false], ["manifest-sha256.txt", $data, true]) | . as [$name, $text, $payload]
| if $text == "none" then fail("manifest"; "file " + $name; "the manifest is missing") else
  ($text | rtrimstr("\n") | split("\n") | if . == [""] then [] else . end) as $lines
  | (reduce $lines[] as $l ({bad: false, last: "", listed: {}}; if .bad then . elif ($l | test("^[0-9a-f]{64}  [ -~]+$")) and $l[66:] > .last then .last = $l[66:] | .listed[.last] = $l[:64] else .bad = true end)) as $m
  | (if $m.bad or ($text != "" and ($text | endswith("\n") | not)) then fail("manifest"; "file " + $name; "a line is malformed, or not in order") else empty end),
    (($sum | keys_unsorted | map(select(startswith("data/") == $payload and . != "tagmanifest-sha256.txt"))) as $there
      | ($m.listed | keys_unsorted[] | select($sum[.] == null or startswith("data/") != $payload) | fail("manifest"; "file " + .; "it is in the manifest and not in the bundle")),
        ($there[] | if $m.listed[.] == null then fail("manifest"; "file " + .; "it is not in the manifest")
          elif $m.listed[.] != $sum[.] then fail("manifest"; "file " + .; "its digest is not that of the manifest") else empty end))
  end' >"$W/ops" || fail manifest 'file manifest-sha256.txt' 'it does not parse'
operate "$W/ops"
failed manifest && finish
say manifest checked 'every file has the digest that the manifests say'

# --- question
facts=data/bundle.json
words=$(jq -r "$common"'try ('"$question_jq"') catch (if type == "string" then (if startswith("?") then . else "!" + . end) else "!it does not parse" end) | if type == "string" then . else "=" + tojson end' "$facts" 2>/dev/null) || words='!the JSON does not parse'
case $words in
=*)
    printf '%s' "${words#=}" >"$W/question"
    more=$(jq -r .more "$W/question")
    jq -cS . "$facts" | cmp -s - "$facts" || fail question "file $facts" 'bundle.json is not in its one form'
    for path in data/head/checkpoint data/head/checkpoint.sigstore data/outside.txt data/trust/trusted_root.json data/trust/log.vkey data/window.txt "$more"; do
        [ -f "$path" ] || fail question "file $path" 'it is missing'
    done
    inside=$(jq -r '.trust[7:]' "$facts")
    [ ! -f data/trust/trusted_root.json ] || case $(sha256sum data/trust/trusted_root.json) in "$inside"*) ;; *) fail question 'file data/trust/trusted_root.json' 'it is not the root that the bundle says' ;; esac
    say question checked "$(jq -r .words "$W/question")"
    ;;
\?*) say question 'not checked' "${words#\?}"; finish ;;
*) fail question "file $facts" "$(printf '%s' "${words:-!it is missing}" | cut -c2-)" ;;
esac
failed question && finish

# --- trust
open_trust() { say trust 'not checked' "$1"; finish; }
origin=$(jq -r .log "$facts")
pinned='.logs | map(select(.name == "https://" + $o)) | .[0].id // ""'
named_twice data/trust/trusted_root.json && open_trust 'a trusted root cannot be read'
jq "$common$root_jq" data/trust/trusted_root.json >"$W/root" 2>/dev/null || open_trust 'a trusted root cannot be read'
own_id=$(jq -r --arg o "$origin" "$pinned" "$W/root")
if [ -n "$trust" ]; then
    named_twice "$W/given" && open_trust 'a trusted root cannot be read'
    jq "$common$root_jq" "$W/given" >"$W/root" 2>/dev/null || open_trust 'a trusted root cannot be read'
fi
if [ -f data/trust/revocations.json ]; then
    revoked_from data/trust/revocations.json >>"$W/revoked" || open_trust 'the revocations cannot be read'
fi
jq --slurpfile revoked "$W/revoked" "$without_jq" "$W/root" >"$W/root.left" && mv "$W/root.left" "$W/root" || open_trust 'the revocations cannot be read'
given_id=$(jq -r --arg o "$origin" "$pinned" "$W/root")
[ -z "$digest" ] || [ "$digest" = "$inside" ] || fail trust 'file data/trust/trusted_root.json' 'it has another digest than the one given'
[ -n "$given_id" ] || open_trust 'the root does not pin this log'
if [ -n "$trust" ]; then
    [ "$given_id" = "$own_id" ] || open_trust 'the root given does not pin this log with this key'
    say trust checked "$trust, sha256:$(sha256sum "$W/given" | cut -c1-64)"
elif [ -n "$digest" ]; then
    say trust checked "sha256:$inside, as it was given"
else
    say trust 'not checked' "against the root that came inside: proves only that it agrees with itself; compare sha256:$inside"
fi
: >"$W/chains"
jq -r "$common$rootops_jq" "$W/root" >"$W/ops" && operate "$W/ops"
jq -nR '[inputs]' <"$W/chains" >"$W/chains.json"
jq -r '(.cas + .tsas)[].chain[].file' "$W/root" >"$W/authorities"
while IFS= read -r one; do printf '%s.spki\n' "$one"; done <"$W/authorities" >"$W/spkis"
(cd "$W/f" && sums <"$W/spkis") | jq -nR '[inputs | {key: (.[66:] | rtrimstr(".spki")), value: .[:64]}] | from_entries' >"$W/spkis.json"

# --- head and window
jq -nr --slurpfile root "$W/root" --slurpfile facts "$facts" --rawfile sigstore data/head/checkpoint.sigstore --rawfile c2sp data/head/checkpoint \
    --rawfile vkey data/trust/log.vkey "$common$head_jq" >"$W/ops" || fail head head 'it does not parse'
operate "$W/ops"
say head checked "size $(jq -r .head.size "$facts"), root $(jq -r .head.root "$facts"), both notes signed"
jq -nr --slurpfile facts "$facts" --rawfile window data/window.txt --rawfile outside data/outside.txt "$common$window_jq" >"$W/ops" || fail window window 'it does not parse'
operate "$W/ops"
say window checked "leaves $(jq -r .window.first "$facts") to $(jq -r '.window.end - 1' "$facts") lead to the head, without a gap"

# --- entries
: >"$W/statements"
: >"$W/own.seen"
: >"$W/undated"
: >"$W/entries.in"
elsewhere=0
jq -nR '[inputs | split("\t")] | map({key: .[0], value: .[2]}) | from_entries' <"$W/kinds" >"$W/kinds.json"
jq -nR '[inputs | split("\t") | select(.[2] == "own")] | map({key: .[0], value: .[1]}) | from_entries' <"$W/kinds" >"$W/own.json"
jq -nRr --slurpfile kinds "$W/kinds.json" "$common"'inputs | select(startswith("data/entries/")) | . as $p | (capture("^data/entries/(?<n>[0-9]{12})\\.(sigstore|leaf)\\.json$") // {n: null})
  | (if .n then .n | tonumber | tostring else null end) as $n | select($n == null or $kinds[0][$n] != "entry") | fail("entries"; if $n then "entry " + $n else "file " + $p end; "it is not an entry of the window")' <"$W/paths" >"$W/ops"
operate "$W/ops"
while IFS=$TAB read -r index leaf kind; do
    [ "$kind" = entry ] || continue
    padded=000000000000$index
    while [ ${#padded} -gt 12 ]; do padded=${padded#?}; done
    path=data/entries/$padded
    if [ ! -f "$path.sigstore.json" ]; then
        fail entries "entry $index" "$path.sigstore.json is missing, or too large"
    elif [ -f "$path.leaf.json" ]; then
        elsewhere=$((elsewhere + 1))
    else
        printf '%s %s ' "$index" "$leaf"
        tr '\n' ' ' <"$path.sigstore.json"
        echo
    fi
done <"$W/kinds" >"$W/entries.in"
jq -nRr --slurpfile root "$W/root" --slurpfile facts "$facts" --slurpfile chains "$W/chains.json" --slurpfile spkis "$W/spkis.json" "$common$entries_jq" <"$W/entries.in" >"$W/ops" || fail entries window 'it does not parse'
operate "$W/ops"
if [ -f data/own.jsonl ]; then
    jq -nRr --slurpfile own "$W/own.json" "$common$own_jq" <data/own.jsonl >"$W/ops" || fail entries 'file data/own.jsonl' 'it does not parse'
    operate "$W/ops"
fi
jq -r 'keys[]' "$W/own.json" | sort >"$W/own.wanted"
sort "$W/own.seen" | comm -23 "$W/own.wanted" - >"$W/own.missing"
while IFS= read -r index; do fail entries "entry $index" "the log's own leaf is missing"; done <"$W/own.missing"
compare
fold_trees
count=$(jq -r .entries "$facts")
open=''
[ "$elsewhere" = 0 ] || open="$elsewhere entries are logged elsewhere too (leaf.json), which this script does not read"
close entries "$count statements are the leaves that the window says" "$open"
close signatures "$count signatures hold under their certificates" "$open"
[ -n "$open" ] || [ ! -s "$W/undated" ] || open="of $(wc -l <"$W/undated" | tr -d ' ') entries only revoked authorities say when"
close certificates "$count certificates lead to the root, with an SCT" "$open"
close times "$count entries have proved times" "$open"
{ echo '{'; paste -s -d , "$W/statements"; echo '}'; } >"$W/statements.json"
cut -d: -f1 "$W/statements" | tr -d '"' >"$W/read"
while IFS= read -r index; do printf '%s.payload\n' "$index"; done <"$W/read" >"$W/payloads"
(cd "$W/f" && sums <"$W/payloads") | jq -nR '[inputs | {key: (.[66:] | rtrimstr(".payload")), value: .[:64]}] | from_entries' >"$W/payloads.json"

# --- complete
jq -c .keys "$W/question" >"$W/asked"
if [ "$more" = data/own.jsonl ]; then
    while IFS=$TAB read -r index _ kind; do [ "$kind" != other ] || fail complete "entry $index" 'it was withheld'; done <"$W/kinds"
    say complete checked "every leaf from $(jq -r .window.first "$facts") to $(jq -r '.window.end - 1' "$facts") is here; that the interval ends there is not checked"
elif [ "$elsewhere" != 0 ]; then
    say complete 'not checked' "$open"
else
    number=0
    jq -nRr "$common$keys_jq" <data/answers.jsonl >"$W/keys"
    while IFS= read -r key; do
        printf "$key" >"$W/f/key.$number"
        printf 'key.%s\n' "$number"
        number=$((number + 1))
    done <"$W/keys" >"$W/keyfiles"
    (cd "$W/f" && sums <"$W/keyfiles") | cut -c1-64 >"$W/keysums"
    : >"$W/secrets"
    key_index
    jq -nRr --slurpfile root "$W/root" --slurpfile facts "$facts" --arg keyed "$keyed" --rawfile hashes "$W/keysums" --rawfile note data/head/checkpoint.sigstore "$common$answers_jq" <data/answers.jsonl >"$W/ops" ||
        fail complete 'file data/answers.jsonl' 'it does not parse'
    operate "$W/ops"
    compare
    fold_trees
    if [ -n "$private" ]; then
        say complete 'not checked' "$private"
    else
        listed=''
        jq -nr --slurpfile facts "$facts" --slurpfile rows "$W/rows" --argjson limit "$limit" --slurpfile asked "$W/asked" --slurpfile kinds "$W/kinds.json" \
            --slurpfile payloads "$W/payloads.json" --slurpfile said "$W/statements.json" "$common$complete_jq" >"$W/ops" || fail complete window 'it does not parse'
        operate "$W/ops"
        say complete checked "$listed"
    fi
fi

# --- parts
asked_parts=$(jq -r .parts "$facts")
jq -nRr '[inputs | select(startswith("data/parts/")) | split("/")[2]] | unique[]' <"$W/paths" >"$W/folders"
jq -nR '[inputs | split("\t") | select(.[0] | startswith("data/parts/")) | {key: .[0], value: (.[1] | tonumber)}] | from_entries' <"$W/members" >"$W/sizes.json"
sessions=0
while IFS= read -r folder; do
    sessions=$((sessions + 1)) index=$folder
    while [ "${index#0}" != "$index" ] && [ ${#index} -gt 1 ]; do index=${index#0}; done
    kind=$(jq -r --arg n "$index" '.[$n].type // ""' "$W/statements.json")
    if [ "$asked_parts" != redacted ] || [ "$kind" != https://whereof.dev/attestation/session/v1 ]; then
        fail parts "file data/parts/$folder" 'it belongs to no session of the bundle, or was not asked for'
        continue
    fi
    base=data/parts/$folder
    [ -f "$base/list.json" ] && [ -f "$base/state.jsonl" ] || { fail parts "entry $index" 'its list or the states of its parts are missing'; continue; }
    cp "$W/parts.in" "$W/parts.before"
    jq -nr --arg n "$index" --arg folder "$base" --rawfile list "$base/list.json" --rawfile state "$base/state.jsonl" --slurpfile said "$W/statements.json" --slurpfile sizes "$W/sizes.json" "$common$parts_jq" >"$W/ops" || fail parts "entry $index" 'it does not parse'
    operate "$W/ops"
    jq -nRr --rawfile parts "$W/parts.in" --arg base "$base/" '($parts | split("\n") | map(select(startswith("here\t")) | .[5:])) as $known | inputs | select(startswith($base)) | select(. != $base + "list.json" and . != $base + "state.jsonl" and (. as $p | $known | index($p) | not))' <"$W/paths" >"$W/extra"
    [ ! -s "$W/extra" ] || fail parts "entry $index" "$(head -n 1 "$W/extra") is of no part"
done <"$W/folders"
compare
fold_trees
if [ "$asked_parts" = none ] && [ "$sessions" = 0 ]; then
    say parts none 'none were asked for'
else
    say parts checked "$sessions sessions: $(jq -nRr '[inputs | split("\t")[0]] as $s | ["erased", "here", "not-kept", "withheld"] | map(. as $k | "\([$s[] | select(. == $k)] | length) \($k)") | join(", ")' <"$W/parts.in"); why a part is not here is not checked"
fi

# --- witnesses and anchors of the head
if failed head; then
    if [ -n "$witnesses" ]; then state='not checked'; else state=none; fi
    say witnesses "$state" 'the head was not checked'
    say anchors 'not checked' 'the head was not checked'
    finish
fi
jq -nr --slurpfile policy "$W/policy" --rawfile c2sp data/head/checkpoint --rawfile vkey data/trust/log.vkey "$common$witnesses_jq" >"$W/ops" || fail witnesses window 'it does not parse'
operate "$W/ops"
stamps=0 logged=''
if [ -f data/anchor-entries.jsonl ]; then logged='; entries of heads in other logs are not checked here'; fi
if [ -f data/anchors.jsonl ]; then
    stamps=$(wc -l <data/anchors.jsonl | tr -d ' ')
    [ "$stamps" -le 200 ] && [ -z "$(tail -c 1 data/anchors.jsonl | tr -d '\n')" ] || fail anchors 'file data/anchors.jsonl' 'there are too many, or the last is cut'
fi
if [ -n "$anchors" ]; then
    # An authority that the root of this check pins too is the operator's own: it counts for nothing.
    jq --slurpfile root "$W/root" --slurpfile revoked "$W/revoked" "$without_jq"' | [$root[0].tsas[].chain[0].der] as $own | {logs: [], ct: [], cas: [], tsas: [.tsas[] | select((.chain[0].der as $d | $own | index($d) | not) and (.revoked | not)) | .chain[].file |= "given." + .]}' "$W/anchors" >"$W/anchors.root"
    : >"$W/chains"
    jq -r "$common$rootops_jq" "$W/anchors.root" >"$W/ops" && operate "$W/ops"
    jq -nR '[inputs]' <"$W/chains" >"$W/chains.json"
    if [ -f data/anchors.jsonl ]; then head -n 200 data/anchors.jsonl >"$W/anchors.in"; else : >"$W/anchors.in"; fi
    jq -nRr --slurpfile root "$W/anchors.root" --slurpfile facts "$facts" --slurpfile chains "$W/chains.json" --arg total "$stamps" --arg more "$logged" --rawfile vkey data/trust/log.vkey "$common$anchors_jq" <"$W/anchors.in" >"$W/ops" ||
        fail anchors 'file data/anchors.jsonl' 'it does not parse'
    operate "$W/ops"
    compare
    fold_trees
elif [ "$stamps" = 0 ] && [ -z "$logged" ]; then
    say anchors none 'no time stamp of a head'
else
    say anchors 'not checked' "$stamps time stamps of heads, and no authority for them was given$logged"
fi
finish
