# support_libraries: the C side of the builder's runtime, from c/.
support_libraries() {
  say 'support libraries'
  local architecture class name
  out=$work/clibraries
  mkdir -p "$out/include" "$work/support"
  # The structures of CPU features, from the builder's declarations of them. It asks for all three.
  for architecture in amd64:AMD64 aarch64:AArch64 riscv64:RISCV64; do
    name=${architecture%%:*} class="com.oracle.svm.core.${architecture%%:*}.${architecture##*:}LibCHelper\$CPUFeatures"
    { echo "#ifndef NI_${architecture##*:}_CPU_FEATURES_H"
      echo "#define NI_${architecture##*:}_CPU_FEATURES_H"
      echo 'typedef struct {'
      "$jdk/bin/javap" -cp "$work/jars/svm.jar" "$class" | sed -n 's/.* boolean \(f[A-Za-z0-9_]*\)();/    char \1;/p'
      echo '} CPUFeatures;'
      echo '#endif'
    } >"$out/include/${name}cpufeatures.h"
  done
  cp "$here/c/svm_locale.h" "$out/include/"
  local options=(-std=gnu11 -fPIC -O2 -ffunction-sections -fdata-sections -fvisibility=hidden "-I$out/include" "-I$here/c"
    "-I$src/hotspot/share/include" "-I$src/hotspot/os/posix/include" "-I$jdk/include" "-I$jdk/include/linux")
  for name in chelper cpufeatures container jvm; do
    gcc "${options[@]}" -c "$here/c/$name.c" -o "$work/support/$name.o"
  done
  # JVM functions that the static libraries refer to but no image reaches: should one be, the process says which and stops.
  for name in "$work"/static/*.a; do nm -u "$name" 2>/dev/null; done | awk '$1 == "U" { print $2 }' |
    grep -E '^(JVM_|jio_)' | sort -u >"$work/support/wanted"
  { echo '#include <stdio.h>'
    echo '#include <stdlib.h>'
    echo 'static void stop(const char *name) {'
    echo '    fprintf(stderr, "fatal: %s is not available in a native image\n", name);'
    echo '    abort();'
    echo '}'
    comm -23 "$work/support/wanted" <(defined "$work/support/jvm.o") | sed 's/.*/void &(void) { stop("&"); }/'
  } >"$work/support/jvm_stubs.c"
  gcc "${options[@]}" -c "$work/support/jvm_stubs.c" -o "$work/support/jvm_stubs.o"
  ar rcs "$out/liblibchelper.a" "$work/support/chelper.o" "$work/support/cpufeatures.o"
  ar rcs "$out/libsvm_container.a" "$work/support/container.o"
  ar rcs "$out/libjvm.a" "$work/support/jvm.o" "$work/support/jvm_stubs.o"
}
