// What the loader (src/foveal/kernels/library.py) asks of a library before it uses it.
//
// All of native/ is compiled once for each SIMD level, with FOVEAL_LANES floats in a vector (CMakeLists.txt).

#define FOVEAL_PUBLIC extern "C" __attribute__((visibility("default")))

// The number of the C interface. Whoever changes a function's arguments or meaning raises it here and in library.py.
FOVEAL_PUBLIC int foveal_abi(void) { return 1; }

// Floats in a vector.
FOVEAL_PUBLIC int foveal_lanes(void) { return FOVEAL_LANES; }

// SHA-256 of CMakeLists.txt and native/*.cpp, *.h: a source tree refuses a library of other sources.
FOVEAL_PUBLIC const char *foveal_sources(void) { return FOVEAL_SOURCES; }
