#!/bin/sh
# What the whole suite needs beside Python: installed from Debian's packages where that is possible (as root),
# else the tests that need it say what they left out; with CI=true they fail instead.
set -u

missing=""
say=""

# need PACKAGES WHAT PROBE...: PROBE succeeds where the packages are there already.
need() {
  packages=$1 what=$2
  shift 2
  if ! "$@" >/dev/null 2>&1; then
    missing="$missing $packages"
    say="$say; $what"
  fi
}

postgresql() { ls /usr/lib/postgresql/*/bin/initdb || command -v initdb; }
pango() { ldconfig -p | grep -q 'libpangoft2-1\.0\.so' || ls /usr/lib/*/libpangoft2-1.0.so.0; }

need postgresql "the decision log on PostgreSQL" postgresql
need chromium "the pages in a browser" command -v chromium
need openjdk-17-jre-headless "cohorts on Spark" command -v java
need "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" "the PDF of a report" pango

[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  # shellcheck disable=SC2086 - a list of package names
  install() { DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null; }
  install 2>/dev/null || { apt-get update -qq && install; } && exit 0
fi
echo "not installed, and not to be installed here:$missing; not tested therefore: ${say#; }" >&2
