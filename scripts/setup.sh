#!/usr/bin/env bash
# Installs what the tests need and the machine lacks. Debian and its derivatives; as root, or with sudo.
set -euo pipefail

packages=()
# A real SMTP server for the e-mail receiver's tests.
/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || packages+=(python3-aiosmtpd)
command -v cc >/dev/null || packages+=(gcc libc6-dev)
# The unit file's exposure is measured with it.
command -v systemd-analyze >/dev/null || packages+=(systemd)

if [ "${#packages[@]}" -gt 0 ]; then
	as_root=()
	[ "$(id -u)" -eq 0 ] || as_root=(sudo)
	export DEBIAN_FRONTEND=noninteractive
	"${as_root[@]}" apt-get update -q
	"${as_root[@]}" apt-get install -q -y --no-install-recommends "${packages[@]}"
fi

# rustfmt and clippy come with the default toolchain profile.
cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
cargo clippy --version >/dev/null 2>&1 || rustup component add clippy
