// Forward: from products to activations, and the moments of products.
#include "windows.h"

namespace foveal {
namespace {

template <int H, int W, bool KEEP>
void apply_max(const Pointwise &p, const Map &y, Affine affine, const Map &a, const Map &chosen, Index begin,
               Index end) {
    const Curve f(p.activation);
    rows_of_windows(p, begin, end, [&](Index n, Index i, Index c) {
        const vec scale = load(affine.scale + c), shift = load(affine.shift + c);
        const float *corner = y(n, i * p.stride_h, 0) + c;
        float *to = a(n, i, 0) + c, *kept = KEEP ? chosen(n, i, 0) + c : nullptr;
        for (Index j = 0; j < p.to.width; j++) {
            const vec found = greatest<H, W>(p, corner + j * p.stride_w * y.pixel, y, scale);
            store(to + j * a.pixel, f(found * scale + shift));
            if (KEEP) store(kept + j * chosen.pixel, found);
        }
    });
}

void apply_mean(const Pointwise &p, const Map &y, Affine affine, const Map &a, Index begin, Index end) {
    const Curve f(p.activation);
    const vec share = splat(1.0f / (p.height * p.width));
    rows_of_windows(p, begin, end, [&](Index n, Index i, Index c) {
        const vec scale = load(affine.scale + c), shift = load(affine.shift + c);
        for (Index j = 0; j < p.to.width; j++) {
            const float *corner = y(n, i * p.stride_h, j * p.stride_w) + c;
            vec sum{};
            for (Index r = 0; r < p.height; r++)
                for (Index s = 0; s < p.width; s++) {
                    const vec z = load(corner + r * y.row + s * y.pixel) * scale + shift;
                    sum += p.activate_first ? f(z) : z;
                }
            store(a(n, i, j) + c, p.activate_first ? sum * share : f(sum * share));
        }
    });
}

void apply_each(const Pointwise &p, const Map &y, Affine affine, const Map &a, Index begin, Index end) {
    const Curve f(p.activation);
    rows_of_windows(p, begin, end, [&](Index n, Index i, Index c) {
        const vec scale = load(affine.scale + c), shift = load(affine.shift + c);
        const float *from = y(n, i, 0) + c;
        float *to = a(n, i, 0) + c;
        for (Index j = 0; j < p.to.width; j++)
            store(to + j * a.pixel, f(load(from + j * y.pixel) * scale + shift));
    });
}

}  // namespace

void apply(const Pointwise &p, const Map &y, Affine affine, const Map &a, const Map *chosen, Index begin, Index end) {
    if (p.pool == Pool::none) return apply_each(p, y, affine, a, begin, end);
    if (p.pool == Pool::mean) return apply_mean(p, y, affine, a, begin, end);
    const bool two = is_two_by_two(p);
    if (chosen)
        (two ? apply_max<2, 2, true> : apply_max<0, 0, true>)(p, y, affine, a, *chosen, begin, end);
    else
        (two ? apply_max<2, 2, false> : apply_max<0, 0, false>)(p, y, affine, a, a, begin, end);
}

void add_moments(const float *y, Index pixels, Index channels, Moments &moments) {
    constexpr Index AT_ONCE = 4;  // sums side by side: one would wait for each addition
    for (Index c = 0; c < channels; c += LANES) {
        const float *at = y + c;
        vec sums[AT_ONCE] = {}, squares[AT_ONCE] = {}, rests[AT_ONCE] = {};
        for (Index k = 0; k < pixels; k++) sums[k % AT_ONCE] += load(at + k * channels);
        const vec mean = (sums[0] + sums[1] + sums[2] + sums[3]) * splat(1.0f / pixels);
        for (Index k = 0; k < pixels; k++) {
            const vec d = load(at + k * channels) - mean;
            squares[k % AT_ONCE] += d * d;
            rests[k % AT_ONCE] += d;
        }
        const vec square = squares[0] + squares[1] + squares[2] + squares[3];
        const vec rest = rests[0] + rests[1] + rests[2] + rests[3];  // what rounding left out of the mean
        for (int l = 0; l < LANES; l++) {
            const double here = mean[l] + double(rest[l]) / pixels;
            const double own = square[l] - double(rest[l]) * rest[l] / pixels;
            const double step = here - moments.mean[c + l], all = moments.count + pixels;
            moments.mean[c + l] += step * pixels / all;
            moments.squares[c + l] += own + step * step * moments.count * pixels / all;
        }
    }
    moments.count += pixels;
}

}  // namespace foveal
