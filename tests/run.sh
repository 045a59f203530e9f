#!/bin/bash
# SPDX-License-Identifier: MIT
# Installs what the tests need, builds, and runs all of them.
#
#   tests/run.sh          15 minutes at most on two processors
#   tests/run.sh --long   also the full sizes: every step of every crash test,
#                         a message of 300 MB, 50,000 messages
#
# Real mail for some of them is looked for in MAILCART_CORPORA, or in
# ../shared/corpora beside this tree; tests without it say that they skip.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/packages.sh
. tests/packages.sh

long=0
for word in "$@"; do
	case $word in
	--long) long=1 ;;
	*) echo "usage: tests/run.sh [--long]" >&2; exit 64 ;;
	esac
done

# shellcheck disable=SC2086 # lists of words
install_missing $BUILD_PACKAGES $DEMO_PACKAGES $TEST_PACKAGES || exit 1

mkdir -p build
export MAILCART_SERVERS="$PWD/build/servers"
unpack_servers "$MAILCART_SERVERS" ||
	echo "No Cyrus and no Courier to test against (build/servers/log)."
if [ "$(id -u)" = 0 ]; then
	# They run as nobody then, who may not be let in here.
	MAILCART_SERVERS=$(mktemp -d)
	trap 'rm -rf "$MAILCART_SERVERS"' EXIT
	cp -a build/servers/. "$MAILCART_SERVERS"
	chmod 755 "$MAILCART_SERVERS"
fi

export MAILCART_CORPORA="${MAILCART_CORPORA:-$PWD/../shared/corpora}"
[ -d "$MAILCART_CORPORA" ] ||
	echo "No real mail at $MAILCART_CORPORA: tests that want it skip."

build() {
	if ! { cmake --preset "$1" && cmake --build --preset "$1"; } \
		>"build/$1.log" 2>&1; then
		tail -n 50 "build/$1.log"
		echo "The $1 build failed; all of it is in build/$1.log."
		exit 1
	fi
}
began=$(date +%s)
echo "Building: dev (sanitizers, warnings are errors), release (to measure)"
build dev
build release

export MAILCART_RELEASE_BIN="$PWD/build/release/cmd/mailcart"
if [ "$long" = 1 ]; then
	export MAILCART_LONG=1
	which=()
else
	unset MAILCART_LONG
	which=(-LE long)
fi
log=build/ctest.log
status=0
ctest --test-dir build/dev -j3 --output-on-failure "${which[@]}" 2>&1 | tee "$log" ||
	status=1

# A run in which everything skipped must not look like one that passed.
count() { grep -Ec "$1" "$log" || true; }
passed=$(count '^ *[0-9]+/[0-9]+ Test .*Passed')
skipped=$(count '^ *[0-9]+/[0-9]+ Test .*\*\*\*Skipped')
failed=$(count '^ *[0-9]+/[0-9]+ Test .*\*\*\*(Failed|Timeout|Not Run|Exception)')
[ "$failed" = 0 ] && [ "$passed" -gt 0 ] || status=1
verdict="ALL PASSED"
[ "$skipped" = 0 ] || verdict="PASSED, but $skipped skipped"
[ "$status" = 0 ] || verdict="FAILED"
echo "mailcart tests: $verdict: $passed passed, $failed failed," \
	"$skipped skipped, in $(($(date +%s) - began)) s"
exit "$status"
