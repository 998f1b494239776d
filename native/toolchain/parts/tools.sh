# need_tools: what assembling takes; installs it where that is possible, else names it.
need_tools() {
  local missing=()
  command -v gcc >/dev/null || missing+=(gcc)
  command -v nm >/dev/null || missing+=(binutils)
  command -v xz >/dev/null || missing+=(xz-utils)
  command -v flock >/dev/null || missing+=(util-linux)
  [ -f /usr/include/stdio.h ] || missing+=(libc6-dev)
  [ -f /usr/include/zlib.h ] || missing+=(zlib1g-dev)
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing ${missing[*]}"
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 -qq update || true
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 -qq install -y --no-install-recommends "${missing[@]}" >&2 ||
      unavailable "could not install ${missing[*]}"
  else
    unavailable "missing here: the packages ${missing[*]}"
  fi
}
