# Sourced by the build scripts: where builds are kept, and compilers new enough, however old the system's are.
# Everything comes from the Debian archive, the Go module proxy and crates.io. Progress goes to stderr.

readonly GO_MODULE_VERSION=v0.0.1-go1.25.5.linux
readonly CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/tiantou-tests"

say() { printf '== %s\n' "$*" >&2; }

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

need_packages() { # name…: these Debian packages are installed
    local missing=() package
    for package in "$@"; do
        dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    [[ $(id -u) == 0 ]] || die "needs Debian packages: apt-get install ${missing[*]}"
    say "installing ${missing[*]}"
    apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

at_least() { # have wanted: version `have` is `wanted` or newer
    [[ $(printf '%s\n' "$2" "$1" | sort -V | head -1) == "$2" ]]
}

need_go() { # Go 1.23 or newer is on the PATH: the system's, or one that the system's older Go fetches as a module
    local folder version
    command -v go >/dev/null || need_packages golang-go ca-certificates
    at_least "$(go env GOVERSION | sed 's/^go//')" 1.21 && export GOTOOLCHAIN=auto && return 0
    version="$GO_MODULE_VERSION-$(go env GOARCH)"
    folder="$(go env GOMODCACHE)/golang.org/toolchain@$version"
    if [[ ! -x $folder/bin/go ]]; then
        say "fetching Go ($version)"
        (cd "$(mktemp -d)" && go mod init fetch >&2 2>&1 && go mod download "golang.org/toolchain@$version") >&2
        chmod -R u+w "$folder" && chmod -R a+x "$folder/bin" "$folder/pkg/tool" # a module keeps no permissions
    fi
    export PATH="$folder/bin:$PATH" GOROOT="$folder" GOTOOLCHAIN=local
}

need_rust() { # Rust 1.72 or newer is on the PATH; Debian keeps a recent one for its browsers
    command -v cargo >/dev/null && at_least "$(rustc --version | cut -d' ' -f2)" 1.72 && return 0
    need_packages rustc-web cargo-web
}
