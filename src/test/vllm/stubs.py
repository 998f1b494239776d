"""Builds empty shared libraries in place of the CUDA maths and communication libraries.

PyPI's PyTorch is linked against them, so it doesn't load without them; a CPU run never calls them. Each stub defines
the symbols that PyTorch's own libraries leave undefined and expect there, with the symbol versions they expect.
"""

import argparse
import pathlib
import subprocess
import sys

# Name of the library -> how its symbols begin, where they carry no version that would name the library.
LIBRARIES = {
    "libcublas.so.13": None,
    "libcublasLt.so.13": None,
    "libcudnn.so.9": None,
    "libcufft.so.12": None,
    "libcufile.so.0": "cuFile",
    "libcurand.so.10": "curand",
    "libcusolver.so.12": None,
    "libcusparse.so.12": None,
    "libcusparseLt.so.0": "cusparseLt",
    "libnccl.so.2": "nccl",
    "libnvrtc.so.13": None,
    "libnvshmem_host.so.3": None,
}
# NVSHMEM is the one library whose symbol version is not its file name.
VERSIONS = {"libnvshmem_host.so.3": "NVSHMEM"}


def wanted_symbols(library):
    """(symbol, version or "") for each symbol that this library expects from another one."""
    listing = subprocess.run(["readelf", "--dyn-syms", "--wide", library], capture_output=True, text=True, check=False)
    for row in listing.stdout.splitlines():
        columns = row.split()
        if len(columns) > 7 and columns[6] == "UND":
            name, _, version = columns[7].partition("@")
            yield name, version.lstrip("@")


def build(folder, soname, symbols, version):
    source = "".join(f"int {symbol}(void) {{ return 1; }}\n" for symbol in ["lastcall_stub", *symbols])
    command = ["gcc", "-x", "c", "-", "-w", "-fno-builtin", "-fPIC", "-shared", f"-Wl,-soname,{soname}"]
    if version:
        script = folder / f"{soname}.map"
        script.write_text(f"{version} {{ global: *; }};\n")
        command.append(f"-Wl,--version-script={script}")
    subprocess.run([*command, "-o", str(folder / soname)], input=source, text=True, check=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("torch_libraries", type=pathlib.Path)
    arguments.add_argument("folder", type=pathlib.Path)
    given = arguments.parse_args()
    wanted = set()
    for library in given.torch_libraries.iterdir():
        # libgomp is the C compiler's own and wants nothing of CUDA.
        if library.is_file() and ".so" in library.name and "gomp" not in library.name:
            wanted.update(wanted_symbols(library))
    if not wanted:
        sys.exit(f"no libraries in {given.torch_libraries}")
    given.folder.mkdir(parents=True, exist_ok=True)
    for soname, prefix in LIBRARIES.items():
        version = VERSIONS.get(soname, soname)
        symbols = sorted(symbol for symbol, of in wanted if of == version)
        if symbols:
            build(given.folder, soname, symbols, version)
        else:
            plain = (symbol for symbol, of in wanted if not of)
            build(given.folder, soname, sorted(s for s in plain if prefix and s.startswith(prefix)), None)


if __name__ == "__main__":
    main()
