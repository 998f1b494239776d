# static_libraries: libjava.a, libnet.a and so on, which an executable is linked with; a JDK only has the shared ones.

readonly libraries='java.base:java java.base:net java.base:nio java.base:zip java.management:management
  jdk.management:management_ext jdk.management.agent:management_agent java.prefs:prefs java.rmi:rmi
  jdk.security.auth:jaas jdk.net:extnet jdk.attach:attach'

jdk_flags() {
  local version runtime
  version=$(sed -n 's/^JAVA_VERSION="\(.*\)"/\1/p' "$jdk/release")
  runtime=$(sed -n 's/^JAVA_RUNTIME_VERSION="\(.*\)"/\1/p' "$jdk/release")
  flags=(-std=gnu11 -fPIC -O2 -ffunction-sections -fdata-sections -fno-strict-aliasing
    -fno-omit-frame-pointer -fvisibility=hidden -w -DLINUX -D_GNU_SOURCE -D_REENTRANT
    -D_LARGEFILE64_SOURCE -D_FILE_OFFSET_BITS=64 -D_LITTLE_ENDIAN -Damd64 -D_LP64=1 '-DARCH="amd64"'
    '-DARCHPROPNAME="amd64"' -DSTATIC_BUILD=1 -DNDEBUG -DUSE_MMAP
    -DVERSION_FEATURE=25 -DVERSION_INTERIM=0 -DVERSION_UPDATE=0 -DVERSION_PATCH=0 -DVERSION_EXTRA1=0
    -DVERSION_EXTRA2=0 -DVERSION_EXTRA3=0 '-DVERSION_PRE=""' -DVERSION_BUILD=0 '-DVERSION_OPT=""'
    "-DVERSION_NUMBER=\"$version\"" "-DVERSION_STRING=\"$runtime\"" "-DVERSION_SHORT=\"$version\""
    '-DVERSION_SPECIFICATION="25"' '-DVERSION_DATE=""' '-DVENDOR_VERSION_STRING=""')
}

includes() { # includes MODULE LIBRARY
  local system module kind
  printf '%s\n' "-I$work/headers/$1" "-I$work/headers/java.base"
  for system in linux unix share; do for module in java.base "$1"; do
    for kind in include libjava libnet libnio libnio/ch libnio/fs libjvm "lib$2"; do
      [ ! -d "$src/$module/$system/native/$kind" ] || printf '%s\n' "-I$src/$module/$system/native/$kind"
    done
  done; done
  printf '%s\n' "-I$jdk/include" "-I$jdk/include/linux" "-I$src/hotspot/share/include" "-I$src/hotspot/os/posix/include"
}

# Leaves the object, or its .err: a file that only another system needs may fail, the check at the end decides.
compile() { # compile SOURCE OBJECT OPTION...
  local source=$1 object=$2
  shift 2
  gcc "$@" -c "$source" -o "$object" 2>"$object.err" && rm -f "$object.err"
}

# Where the sources are of a newer release than the classes, two functions differ: c/compat.c bridges them.
newer_release() {
  compat=()
  local dispatcher=$src/java.base/unix/native/libnio/fs/UnixNativeDispatcher.c
  local fstatat=Java_sun_nio_fs_UnixNativeDispatcher_fstatat0
  if grep -A1 'jint JNICALL' "$dispatcher" | grep -q "^$fstatat" &&
    grep -q "void JNICALL $fstatat" "$work/headers/java.base/sun_nio_fs_UnixNativeDispatcher.h"; then
    sed -i "s/^$fstatat/ni_fstatat_errno/" "$dispatcher"
    compat+=(-DNI_FSTATAT_RETURNS_ERRNO)
  fi
  if [ -f "$work/headers/java.base/sun_net_sdp_SdpSupport.h" ] &&
    ! grep -rqs sun_net_sdp_SdpSupport "$src/java.base/unix/native/libnet"; then
    compat+=(-DNI_SDP_REMOVED)
  fi
}

defined() { nm "$@" --defined-only 2>/dev/null | awk 'NF == 3 && $2 == "T" { sub(/@.*/, "", $3); print $3 }' | sort -u; }

static_libraries() {
  say 'static libraries of the JDK'
  local pair module name file include files lacking
  mkdir -p "$work/obj" "$work/static"
  jdk_flags
  newer_release
  for pair in $libraries; do
    module=${pair%%:*} name=${pair##*:}
    mkdir -p "$work/obj/$name"
    mapfile -t include < <(includes "$module" "$name")
    mapfile -t files < <(find "$src/$module"/{linux,unix,share}/native/"lib$name" -name '*.c' -not -path '*/zlib/*' 2>/dev/null)
    for file in "${files[@]}"; do
      while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
      compile "$file" "$work/obj/$name/$(basename "${file%.c}").o" "${flags[@]}" "-DLIBRARY_NAME=$name" "${include[@]}" 9>&- &
    done
  done
  wait
  if [ ${#compat[@]} -gt 0 ]; then
    mapfile -t include < <(includes java.base java)
    compile "$here/c/compat.c" "$work/obj/nio/ni_compat.o" "${flags[@]}" "${compat[@]}" "${include[@]}" ||
      { cat "$work/obj/nio/ni_compat.o.err" >&2; unavailable 'c/compat.c does not compile'; }
  fi
  for pair in $libraries; do
    name=${pair##*:}
    ar rcs "$work/static/lib$name.a" "$work/obj/$name"/*.o
  done
  # Every function of the JDK's shared library must be in a static one, but for those that the builder replaces (classes,
  # constant pools) or that only HotSpot has: an incomplete library would fail at run time, on somebody's node.
  for file in "$work"/static/*.a; do defined "$file"; done | sort -u >"$work/have.a"
  for pair in $libraries; do
    name=${pair##*:}
    lacking=$(comm -23 <(defined -D "$jdk/lib/lib$name.so") "$work/have.a" | grep -vE '^(JNI_OnLoad|_init|_fini|jio_.*)$' |
      grep -vE '^Java_(java_lang_Class|jdk_internal_reflect_(ConstantPool|Reflection))_' || true)
    [ -z "$lacking" ] || { cat "$work/obj/$name"/*.err 2>/dev/null | head -n 20 >&2
      unavailable "lib$name.a lacks $(tr '\n' ' ' <<<"$lacking")"; }
  done
}
