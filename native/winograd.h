// 3x3 convolution of stride 1 by Winograd's F(4x4, 3x3): 36 products for 16 outputs where a direct sum has 144.
//
//     y = A' [sum over channels of (G w G') * (B' x B)] A
//
// on tiles of 4x4 outputs, each of 6x6 inputs, which overlap by 2. The 36 positions of a transformed tile are 36 matrix
// products of (tiles, in) and (in, out). The backward pass is the transpose of all this, so that one transform of the
// output's gradient, M = A dy A', serves both gradients:
//
//     dw = G' [V' M] G        dx = B [M U'] B'        with V = B' x B, U = G w G'
//
// Source: Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks", equations 8 to 14; the matrices are
// those of section 4.3. Deviation: the transposed backward pass instead of a second convolution with rotated filters.
// Error against float64, rms / rms, the largest of 200 draws: forward 1.4e-6, filter gradient 1.9e-6; a direct sum's are
// 2.5e-7 and 8e-7.
#pragma once
#include "gemm.h"
#include "maps.h"

namespace foveal {

constexpr Index TILE = 4, POSITIONS = 36, CHUNK = 48;  // tiles at once: more do not fit the cache beside the filters

struct Winograd {
    Filter filter;
    Index in = 0, out = 0;  // padded channels
    Size tiles;

    explicit Winograd(const Filter &filter);
    Winograd() = default;

    Index plane(Index channels) const { return CHUNK * channels + 16; }  // 64 bytes against conflicts in the cache
    Index scratch() const { return POSITIONS * (2 * plane(in) + plane(out)); }  // floats: V, its gradient, M
    Index packed() const { return POSITIONS * in * out; }

    // Filters o in [begin, end): U as (36, in, out) and, where `transposed` is given, as (36, out, in).
    void pack(const Weight &weight, float *forward, float *transposed, Index begin, Index end) const;
    // y of images [begin, end), (Ho, Wo, out) each, without bias.
    void forward(const Map &x, const float *packed, const Map &y, Index begin, Index end, float *scratch) const;
    // Adds V' M to `gradient`, (36, in, out), and, where `transposed` is given, the input's gradient to dx.
    void backward(const Map &x, const Map &dy, const float *transposed, float *gradient, const Map *dx, Index begin,
                  Index end, float *scratch) const;
    // dw of filters [begin, end) from the sum over all images.
    void unpack(const float *gradient, const Weight &weight, Index begin, Index end) const;
};

}  // namespace foveal
