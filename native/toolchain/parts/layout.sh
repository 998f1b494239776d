# layout: the folder, as GRAALVM_HOME looks: a JDK, the builder beside it, bin/native-image. check: a small program.
layout() {
  local new=$work/home
  cp -al "$jdk" "$new" 2>/dev/null || { rm -rf "$new"; cp -a "$jdk" "$new"; }
  rm -rf "$new/lib/src.zip" "$new/man" "$new/release"
  mkdir -p "$new"/lib/{graal,svm/builder/lib,svm/driver,svm/clibraries,static/linux-amd64/glibc}
  mv "$work/jars/compiler.jar" "$new/lib/graal/"
  mv "$work"/jars/*.jar "$new/lib/svm/builder/"
  mv "$work"/static/*.a "$new/lib/static/linux-amd64/glibc/"
  mv "$work/clibraries" "$new/lib/svm/clibraries/linux-amd64"
  gcc -fPIC -O2 -shared "-I$jdk/include" "-I$jdk/include/linux" "$here/c/reporter.c" -o "$new/lib/svm/builder/lib/libreporterchelper.so"
  "$jdk/bin/javac" -nowarn -d "$new/lib/svm/driver" "$here"/launcher/*.java
  "$new/bin/java" -cp "$new/lib/svm/driver" Exports "$new/lib/svm/builder" "$new/lib/graal/compiler.jar" >"$new/lib/svm/driver/exports.args"
  # Quarkus knows builders by their vendor's name, and takes this form for Mandrel's. It is not one: README.md.
  printf '%s\n' "version=$svm_version" \
    "date=$(sed -n 's/^JAVA_VERSION_DATE="\(.*\)"/\1/p' "$jdk/release")" \
    "java.version=$(sed -n 's/^JAVA_RUNTIME_VERSION="\(.*\)"/\1/p' "$jdk/release")" \
    'vendor=selfbuilt' "vendor.version=Mandrel-$svm_version.0-selfbuilt" >"$new/lib/svm/driver/build.properties"
  { cat "$jdk/release"; echo "GRAALVM_VERSION=\"$svm_version\""; } >"$new/release"
  cat >"$new/bin/native-image" <<'LAUNCHER'
#!/bin/sh
self=$(readlink -f "$0")
home=${self%/bin/*}
exec "$home/bin/java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$home/lib/svm/driver" NativeImage "$home" "$@"
LAUNCHER
  chmod 755 "$new/bin/native-image"
  "$new/bin/native-image" --version >&2
  rm -rf "$home"
  mv "$new" "$home"
}

check() {
  say 'check: building and running a small program, one to two minutes'
  local trial
  trial=$(mktemp -d)
  cat >"$trial/Trial.java" <<'JAVA'
import java.nio.file.*;
public class Trial {
    record Holder(Part part) {}
    record Part(int number) {
        @Override
        public boolean equals(Object other) {
            StackWalker.getInstance(StackWalker.Option.SHOW_HIDDEN_FRAMES).forEach(frame -> {
                if (frame.getMethodName().startsWith("interpret")) {
                    throw new IllegalStateException("a record's equals is interpreted: " + frame);
                }
            });
            return other instanceof Part part && part.number == number;
        }
    }
    public static void main(String[] args) throws Exception {
        if (!new Holder(new Part(args.length)).equals(new Holder(new Part(args.length)))) {
            throw new IllegalStateException("two equal records differ");
        }
        Path file = Files.createTempFile("trial", ".txt");
        Files.writeString(file, "works");
        System.out.println("native image " + Files.readString(file) + " on " + Runtime.version().feature());
        Files.delete(file);
    }
}
JAVA
  "$home/bin/javac" -d "$trial" "$trial/Trial.java"
  "$home/bin/native-image" --silent -Os --no-fallback -cp "$trial" -o "$trial/trial" Trial >&2
  "$trial/trial" | tee "$trial/out" >&2
  grep -qx 'native image works on 25' "$trial/out" || { say 'the check failed'; exit 1; }
  rm -rf "$trial"
}
