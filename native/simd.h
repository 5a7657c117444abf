// One vector of floats: GCC's and Clang's vector extensions, of the width the file is compiled for.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#ifndef FOVEAL_LANES
#define FOVEAL_LANES 8  // floats in a vector: 16 for AVX-512, 8 for AVX2, 4 for NEON
#endif

#define FOVEAL_INLINE inline __attribute__((always_inline))

namespace foveal {

constexpr int LANES = FOVEAL_LANES;
typedef float vec __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef int32_t ivec __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef double wide __attribute__((vector_size(LANES * 8), aligned(8), may_alias));  // the same lanes, for long sums

using Index = std::ptrdiff_t;

FOVEAL_INLINE vec load(const float *p) { return *reinterpret_cast<const vec *>(p); }
FOVEAL_INLINE void store(float *p, vec v) { *reinterpret_cast<vec *>(p) = v; }
FOVEAL_INLINE vec splat(float x) { return x - vec{}; }
FOVEAL_INLINE vec pick(ivec mask, vec yes, vec no) { return mask ? yes : no; }

// Channels are stored in whole vectors; what lies behind the last channel is zero.
constexpr Index padded(Index channels) { return (channels + LANES - 1) / LANES * LANES; }

}  // namespace foveal
