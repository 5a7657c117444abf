// One vector of floats: GCC's and Clang's vector extensions, of the width the file is compiled for.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

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

// Lanes of a, then those of b, by their numbers. GCC 11 has a name of its own for it.
#if defined(__clang__) || __GNUC__ >= 12
#define FOVEAL_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define FOVEAL_SHUFFLE(a, b, ...) __builtin_shuffle(a, b, ivec{__VA_ARGS__})
#endif

// In every square of 2 DISTANCE lanes and vectors the two corners beside the diagonal change places.
template <int DISTANCE, int... LANE>
FOVEAL_INLINE void swap_corners(vec *square, std::integer_sequence<int, LANE...> lanes) {
#pragma GCC unroll 16
    for (int l = 0; l < LANES; l++) {
        if (l & DISTANCE) continue;
        const vec a = square[l], b = square[l + DISTANCE];
        square[l] = FOVEAL_SHUFFLE(a, b, (LANE & DISTANCE ? LANES + LANE - DISTANCE : LANE)...);
        square[l + DISTANCE] = FOVEAL_SHUFFLE(a, b, (LANE & DISTANCE ? LANES + LANE : LANE + DISTANCE)...);
    }
    if constexpr (DISTANCE > 1) swap_corners<DISTANCE / 2>(square, lanes);
}

// Vectors of a square matrix become its columns.
FOVEAL_INLINE void transpose(vec (&square)[LANES]) {
    swap_corners<LANES / 2>(square, std::make_integer_sequence<int, LANES>{});
}

// Channels are stored in whole vectors; what lies after the last channel is zero.
constexpr Index padded(Index channels) { return (channels + LANES - 1) / LANES * LANES; }

}  // namespace foveal
