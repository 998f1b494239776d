# builder_jars [--pin]: the image builder and the compiler, through Maven, held to their checksums.
builder_jars() {
  say "image builder $svm_version through Maven"
  mkdir -p "$work/jars"
  "$mvnw" -B -q -f "$here/builder/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -Dmdep.stripVersion=true -DoutputDirectory="$work/jars" >"$work/mvn.log" 2>&1 ||
    { tail -n 5 "$work/mvn.log" >&2; unavailable 'Maven could not fetch the image builder'; }
  if [ "${1:-}" = --pin ]; then
    (cd "$work/jars" && sha256sum -- *.jar) >"$here/builder/sha256sums"
    say "wrote builder/sha256sums; run install again"
    exit 0
  fi
  (cd "$work/jars" && sha256sum --quiet --strict --check "$here/builder/sha256sums" >&2) ||
    unavailable 'the image builder is not the pinned one (builder/sha256sums)'
}
