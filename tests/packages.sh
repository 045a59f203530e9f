# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: MIT
# Sourced by tests/run.sh and samples/try.sh: installs Debian packages that are
# missing, and never lets a new server start.  Needs bash; knows no mailcart.

missing_packages() {
	local package
	for package in "$@"; do
		case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
		'install ok installed') ;;
		*) printf '%s ' "$package" ;;
		esac
	done
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo -n "$@"
	fi
}

# A package may start its server as soon as it is unpacked.  The tests bring
# up servers of their own and no other may run because of us: a policy that
# says no stands while apt-get works, unless somebody made one before.
POLICY=/usr/sbin/policy-rc.d
forbid_starts() {
	[ ! -e "$POLICY" ] || return 0
	printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
	as_root chmod 755 "$POLICY"
	policy_is_ours=yes
}
allow_starts() {
	[ "${policy_is_ours:-no}" = yes ] || return 0
	as_root rm -f "$POLICY"
	policy_is_ours=no
}

# install_missing PACKAGE...: 0 if all are there in the end.
install_missing() {
	local list
	list=$(missing_packages "$@")
	[ -n "$list" ] || return 0
	echo "These Debian packages are missing: $list"
	if ! as_root true 2>/dev/null; then
		echo "Only root can install them. Run this, then try again:"
		echo "  sudo apt-get install --no-install-recommends $list"
		return 1
	fi
	trap allow_starts EXIT
	forbid_starts
	as_root apt-get update -q || true
	# shellcheck disable=SC2086 # a list of words
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
		--no-install-recommends $list
	allow_starts
	trap - EXIT
	list=$(missing_packages "$@")
	[ -z "$list" ] || { echo "still missing: $list"; return 1; }
}

# What builds mailcart, and what it runs on.
BUILD_PACKAGES="gcc libc6-dev cmake ninja-build libetpan-dev libgnutls28-dev
	libgsasl-dev libsqlite3-dev libzstd-dev zlib1g-dev libbz2-dev
	liblzma-dev libseccomp-dev nettle-dev ca-certificates"
# What shows it at work: a server of its own, certificates, a client.
DEMO_PACKAGES="dovecot-imapd dovecot-pop3d openssl python3"
# What else the tests want.
TEST_PACKAGES="clang libclang-rt-dev clang-format clang-tidy libcmocka-dev mandoc
	git iproute2 pst-utils"

# Servers of other makers, which Debian lets nobody install beside Dovecot, nor
# beside each other: they are unpacked into a directory, and no script of
# theirs runs, no user is made, no service is known.  The libraries are those
# that they need and that a Debian with the packages above may lack.
SERVER_PACKAGES="cyrus-common cyrus-imapd cyrus-pop3d courier-base courier-imap
	courier-pop courier-authlib gamin"
SERVER_LIBRARIES="libcourier-unicode4 libgamin0 libglib2.0-0 libical3 libxapian30 libicu72
	libjansson4 libpcre3 libpq5 libldap-2.5-0 libsasl2-2 libsasl2-modules
	libwrap0 libxml2 libssl3 libkrb5-3 libgssapi-krb5-2 libk5crypto3
	libkrb5support0 libkeyutils1 libcom-err2 libgdbm6 libidn12"

download() {
	apt-get download -q "$@" || {
		as_root apt-get update -q && apt-get download -q "$@"
	}
}

# unpack_servers DIR: 0 if they are there in the end.
unpack_servers() {
	local dir=$1 list package
	[ ! -e "$dir/complete" ] || return 0
	# shellcheck disable=SC2086 # lists of words
	list="$SERVER_PACKAGES $(missing_packages $SERVER_LIBRARIES)"
	rm -rf "$dir"
	mkdir -p "$dir/debs"
	# shellcheck disable=SC2086 # a list of words
	(cd "$dir/debs" && download $list) >"$dir/log" 2>&1 ||
		return 1
	for package in "$dir"/debs/*.deb; do
		dpkg-deb -x "$package" "$dir" || return 1
	done
	rm -r "$dir/debs"
	touch "$dir/complete"
}
