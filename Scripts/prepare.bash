# shellcheck shell=bash
# What ./run and ./test share. To be sourced, from the repository's root, after `set -euo pipefail`.

say() { printf '%s\n' "$*"; }

# Nothing ends without a word.
set -E
trap 'printf "%s: stopped at line %s of %s: %s\n" "${0##*/}" "$LINENO" "${BASH_SOURCE[0]}" "$BASH_COMMAND" >&2' ERR

# One clear line, then the end.
stop() {
    printf '\n%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# with_progress WHAT COMMAND…: runs it quietly, saying every few seconds that it still runs. Its output goes to .build/setup.log.
with_progress() {
    local what="$1" pid started=$SECONDS status=0
    shift
    mkdir -p .build
    "$@" >>.build/setup.log 2>&1 </dev/null &
    pid=$!
    # The shell's own Ctrl-C must end the work, too.
    trap 'kill "$pid" 2>/dev/null; exit 130' INT TERM
    while sleep 1 && kill -0 "$pid" 2>/dev/null; do
        (((SECONDS - started) % 5 == 2)) && say "  $what: $((SECONDS - started)) s …"
    done
    wait "$pid" || status=$?
    trap - INT TERM
    return "$status"
}

# need_packages NAME…: installs the Debian packages that are missing, naming them first. Asks nothing.
need_packages() {
    local missing=() name
    if ! command -v dpkg-query >/dev/null; then
        say "This is no Debian machine, so nothing is installed here. Wanted, under whatever names it has them: $*"
        return
    fi
    for name in "$@"; do
        [[ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" == installed ]] || missing+=("$name")
    done
    ((${#missing[@]})) || return 0

    local command="apt-get install --no-install-recommends ${missing[*]}" as_root=()
    say "Missing Debian packages, to be installed now: ${missing[*]}"
    if ((EUID != 0)); then
        # -n: never ask for a password. Whoever has to type one runs the line themselves.
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
            as_root=(sudo -n)
        else
            stop "may not install packages here. Have this run by somebody who may, then start again:  sudo $command"
        fi
    fi
    if [[ -n "$("${as_root[@]}" dpkg --audit)" ]]; then
        stop "an earlier installation on this machine stopped half-way. Mend it, then start again:  sudo dpkg --configure -a"
    fi
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
    with_progress "list of packages" "${apt[@]}" update \
        || say "The list of packages could not be renewed; trying with the one that is here."
    with_progress "installing" "${apt[@]}" install --no-install-recommends "${missing[@]}" \
        || stop "the packages could not be installed (network? see the end of .build/setup.log). The command was:  $command"
    say "Installed."
}

# need_swift: 6.3 or later.
need_swift() {
    local version
    command -v swift >/dev/null \
        || stop "Swift was not found. Install 6.3 or later (https://www.swift.org/install/linux/) and put it on the PATH."
    version="$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)"
    [[ -n "$version" ]] || stop "'swift --version' gave no answer. Is the installation whole? Swift 6.3 or later is wanted."
    if [[ "$(printf '%s\n' 6.3 "$version" | sort -V | head -n 1)" != 6.3 ]]; then
        stop "Swift $version is too old; 6.3 or later is wanted (https://www.swift.org/install/linux/)."
    fi
}

# need_space GIGABYTES: free, for this folder, unless most of it is already used by an earlier build.
need_space() {
    local free_kb used_kb
    free_kb="$(df -Pk . | awk 'NR == 2 { print $4 }')"
    used_kb="$({ du -sk .build .build-browser 2>/dev/null || true; } | awk '{ sum += $1 } END { print sum + 0 }')"
    if ((free_kb + used_kb < $1 * 1024 * 1024)); then
        stop "only $((free_kb / 1024)) MB are free on the disk of $PWD; the build wants $1 GB. Make room, or move this folder to another disk."
    fi
}

# build ARGUMENTS…: `swift build`, with advice where it fails.
build() {
    local log=.build/build.log
    mkdir -p .build
    if ! swift build "$@" 2>&1 </dev/null | tee "$log"; then
        if grep -qiE "could not resolve host|unable to access|failed to clone|failed to connect|couldn.t fetch|timed out" "$log"; then
            stop "the Swift packages could not be fetched. Is the network there? What was fetched stays; start again when it is."
        elif grep -qi "no space left" "$log"; then
            stop "the disk is full. Make room and start again; what was built stays."
        elif grep -qiE "signal 9|killed" "$log"; then
            stop "the compiler was killed, most likely for want of memory (4 GB are wanted). Close something, or try:  swift build -c release -j 1"
        fi
        stop "the build failed: see above, or $log. After an interrupted build this helps:  rm -rf .build  (then start again)"
    fi
}

# need_python_packages: the virtual environment of the journeys, made anew when their list changes or an earlier making was cut off.
need_python_packages() {
    local list=Tests/Journeys/requirements.txt venv=.build/venv sum
    sum="$(sha256sum "$list" | cut -d ' ' -f 1)"
    # The stamp is written last, so that a half-made environment is never taken for a whole one.
    [[ "$(cat "$venv/stamp" 2>/dev/null)" == "$sum" ]] && return 0
    say "Preparing the Python packages of the journeys in $venv …"
    rm -rf "$venv"
    # Debian's Python, so that an interpreter manager on the PATH makes no difference.
    local python=/usr/bin/python3
    [[ -x $python ]] || python=python3
    with_progress "virtual environment" "$python" -m venv "$venv" \
        || stop "the Python environment could not be made (the end of .build/setup.log says why)."
    with_progress "Python packages" "$venv/bin/pip" install --disable-pip-version-check --no-input -r "$list" \
        || stop "the Python packages could not be fetched (network? see the end of .build/setup.log)."
    printf '%s' "$sum" >"$venv/stamp"
}
