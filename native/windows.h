// What the pointwise passes share: the activation as a curve, windows of a pooling, and the greatest value of one.
#pragma once
#include "pointwise.h"

namespace foveal {

// The activation with its constants in registers.
struct Curve {
    vec low, high, slope;
    bool leaky;

    explicit Curve(const Activation &a)
        : low(splat(a.low)), high(splat(a.high)), slope(splat(a.slope)), leaky(a.leaky) {}
    FOVEAL_INLINE vec operator()(vec z) const {  // what is not a number stays so
        return pick(z < low, leaky ? z * slope : low, pick(z > high, high, z));
    }
    FOVEAL_INLINE vec gradient(vec z, vec dz) const {
        return pick((z <= low) | (z >= high), leaky ? dz * slope : vec{}, dz);
    }
};

FOVEAL_INLINE vec greater(vec a, vec b) { return pick(a > b, a, b); }
FOVEAL_INLINE vec lesser(vec a, vec b) { return pick(a < b, a, b); }

// Visit the rows of windows of images [begin, end), once for each vector of channels.
template <class Visit>
FOVEAL_INLINE void rows_of_windows(const Pointwise &p, Index begin, Index end, Visit visit) {
    for (Index n = begin; n < end; n++)
        for (Index i = 0; i < p.to.height; i++)
            for (Index c = 0; c < p.channels; c += LANES) visit(n, i, c);
}

// The y of a window's greatest z = scale y + shift. Rounding keeps order, so that is the greatest y, or the least where
// scale is negative, or the first where it is 0. H and W are the window's size where the compiler may know it, else 0.
template <int H, int W>
FOVEAL_INLINE vec greatest(const Pointwise &p, const float *corner, const Map &y, vec scale) {
    const Index height = H ? H : p.height, width = W ? W : p.width;
    const vec first = load(corner);
    vec high = first, low = first, sum{};
#pragma GCC unroll 4
    for (Index r = 0; r < height; r++)
#pragma GCC unroll 4
        for (Index c = 0; c < width; c++) {
            const vec here = load(corner + r * y.row + c * y.pixel);
            high = greater(high, here);
            low = lesser(low, here);
            sum += here;
        }
    const vec found = pick(scale < 0, low, pick(scale > 0, high, first));
    return pick(sum == sum, found, sum);  // what is not a number stays so: a comparison alone would lose it
}

inline bool is_two_by_two(const Pointwise &p) { return p.height == 2 && p.width == 2; }

}  // namespace foveal
