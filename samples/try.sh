#!/bin/bash
# SPDX-License-Identifier: MIT
# Shows mailcart at work, on mail made up for it and against a real server that
# this script brings up for itself and takes down again.  On Debian 12 it
# installs what is missing, builds, moves the mail, and moves it once more to
# show that nothing is left to do.  Nothing outside of build/ and a directory in
# /tmp is touched.  Ends 0 only if every message is accounted for.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/packages.sh
. tests/packages.sh

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n== %s\n' "$*"; }
run() {
	# Shown as one would type it.
	printf '$ %s\n' "$*"
	"$@"
}

say "What is needed"
# shellcheck disable=SC2086 # lists of words
install_missing $BUILD_PACKAGES $DEMO_PACKAGES || exit 1
echo "All packages are there."

say "Building mailcart"
mkdir -p build
if ! { cmake --preset release -DBUILD_TESTING=OFF &&
	cmake --build --preset release; } >build/try.log 2>&1; then
	tail -n 40 build/try.log
	echo "The build failed; all of it is in build/try.log."
	exit 1
fi
bin=$PWD/build/release/cmd
PATH=$bin:$PATH
mailcart --version

say "A mail server of our own, for this demonstration"
work=$(mktemp -d /tmp/mailcart-try.XXXXXX)
mkfifo "$work/hold"
python3 tests/real/dovecot.py --demo --user anna --user new-anna \
	--fill samples/pop3 <"$work/hold" >"$work/server" &
server=$!
exec 3>"$work/hold" # it runs as long as this is open
stop_server() {
	exec 3>&- # its stdin ends, and so does it
	wait "$server" 2>/dev/null || true
	rm -f "$work/hold" "$work/server"
}
trap stop_server EXIT
for _ in $(seq 300); do
	grep -q ready= "$work/server" && break
	kill -0 "$server" 2>/dev/null || { echo "it did not start"; exit 1; }
	sleep 0.1
done
value() { sed -n "s/^$1=//p" "$work/server"; }
cp "$(value ca)" "$work/ca.pem"
cp -r samples/mail "$work/mail"
(umask 077 && printf 'secret\n' >"$work/password")
echo "Dovecot: POP3 on port $(value pop3s), IMAP on port $(value imaps)," \
	"both with TLS."
echo "The old account 'anna' holds" \
	"$(find samples/pop3 -name '*.eml' | wc -l) mails;" \
	"$work/mail holds the folders of her mail program."

old=pop3s://anna@localhost:$(value pop3s)
new=imaps://new-anna@localhost:$(value imaps)
migrate() {
	run mailcart migrate --tls-ca ca.pem --password-file password \
		--target-password-file password "$old" mbox:mail "$new"
}

say "Moving"
cd "$work"
migrate

say "The same command again: nothing is left to do"
migrate

say "Is it all there? Every message is fetched from the new server and compared"
run mailcart verify --deep --tls-ca ca.pem --target-password-file password "$new"

say "Done. What to type next"
cat <<END
The server is gone; the archive, mailcart.db, is yours to look at:

  PATH=$bin:\$PATH; cd $work
  mailcart status
  mailcart list
  mailcart list Projects/Garden
  mailcart show 1

Your own mail (nothing is ever deleted at the source; -n only tells):

  mailcart migrate -n pop3s://YOU@OLD.EXAMPLE mbox:$HOME/Mail imaps://YOU@NEW.EXAMPLE
END
