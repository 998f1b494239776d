# native_sources: the C sources of the JDK's own libraries, from Debian's source package. jni_headers: what binds them to
# this JDK's classes. The archive's signature is checked by apt; parts/tested-sources lists what this was tried with.

# The machine's own Debian archive and key: newer suites are asked of the same place, in lists of our own.
debian_archive() {
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg file
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] && awk -v RS= -v keyring="$keyring" 'tolower($0) ~ /suites:/ {
      uri = suites = key = ""
      n = split($0, line, "\n")
      for (i = 1; i <= n; i++) {
        if (line[i] ~ /^URIs:/)      { split(line[i], w, " "); uri = w[2] }
        if (line[i] ~ /^Suites:/)    { suites = line[i] }
        if (line[i] ~ /^Signed-By:/) { split(line[i], w, " "); key = w[2] }
      }
      if (uri ~ /debian/ && (suites uri) !~ /security/ && (key == "" || key ~ /debian-archive/)) print uri, (key == "" ? keyring : key)
    }' "$file"
  done
  [ ! -f /etc/apt/sources.list ] || awk -v keyring="$keyring" '$1 == "deb" {
    u = ($2 ~ /^\[/) ? 3 : 2
    if ($0 !~ /security/ && $u ~ /debian/) print $u, keyring }' /etc/apt/sources.list
}

native_sources() {
  command -v apt-get >/dev/null || unavailable 'no apt-get: the JDK'"'"'s C sources come from Debian; set GRAALVM_HOME to a GraalVM or Mandrel 25'
  local apt=$work/apt archive= uri key suite package version
  read -r uri key < <(debian_archive) || unavailable 'no Debian archive among the apt sources of this machine'
  mkdir -p "$apt"/{lists/partial,cache/archives/partial,sources}
  for suite in trixie forky sid; do
    printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n\n' "$uri" "$suite" "$key"
  done >"$apt/sources/native-image.sources"
  local options=(-oDir::Etc::sourcelist=/dev/null -oDir::Etc::sourceparts="$apt/sources" -oDir::State::Lists="$apt/lists"
    -oDir::Cache="$apt/cache" -oAPT::Sandbox::User="$(id -un)")
  say 'source lists through apt-get'
  apt-get "${options[@]}" update -qq >"$work/apt.log" 2>&1 || true
  # JDK 25's own first; the next release fits too (c/compat.c), and the archive does not keep old ones.
  for package in openjdk-25 openjdk-26; do
    for version in $(apt-cache "${options[@]}" showsrc "$package" 2>/dev/null | sed -n 's/^Version: //p' | sort -uVr); do
      if (cd "$work" && apt-get "${options[@]}" source -qq --download-only "$package=$version") >>"$work/apt.log" 2>&1; then
        archive=$(ls "$work/$package"_*.orig.tar.xz)
        break 2
      fi
      rm -f "$work/$package"_*
    done
  done
  [ -n "$archive" ] || { tail -n 5 "$work/apt.log" >&2; unavailable 'apt-get has no source package of openjdk-25 or openjdk-26'; }
  if (cd "$work" && grep -F " $(basename "$archive")" "$here/parts/tested-sources" | sha256sum --status --check -); then
    say "C sources of the JDK: $package $version"
  else
    say "C sources of the JDK: $package $version, which this toolchain was not tried with (parts/tested-sources)"
  fi
  src=$work/src
  mkdir "$src"
  tar -xJf "$archive" -C "$src" --strip-components=2 --wildcards \
    '*/src/*/*/native/*' '*/src/hotspot/share/include/*' '*/src/hotspot/os/posix/include/*'
  rm -f "$archive"
}

readonly modules='java.base java.management jdk.management jdk.management.agent java.prefs java.rmi jdk.security.auth jdk.net jdk.attach'

jni_headers() {
  say 'JNI headers from the classes of this JDK'
  local module files
  mkdir "$work/java"
  (cd "$work/java" && "$jdk/bin/jar" xf "$jdk/lib/src.zip" $modules)
  for module in $modules; do
    mapfile -t files < <(grep -rlE '^\s+(\w+ )*native |@Native' --include='*.java' "$work/java/$module" || true)
    [ ${#files[@]} -eq 0 ] || "$jdk/bin/javac" -proc:none -nowarn -XDignore.symbol.file -implicit:none \
      --patch-module "$module=$work/java/$module" -h "$work/headers/$module" -d "$work/classes/$module" "${files[@]}" \
      >>"$work/javac.log" 2>&1 || { tail "$work/javac.log" >&2; unavailable "no JNI headers for $module"; }
  done
}
