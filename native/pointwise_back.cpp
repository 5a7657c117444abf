// Backward: from the gradient of activations to that of products.
#include <algorithm>

#include "windows.h"

namespace foveal {
namespace {

// dz of the values of one window under mean pooling, given to `visit(r, s, y, dz)`.
template <class Visit>
FOVEAL_INLINE void mean_back(const Pointwise &p, const Curve &f, const float *corner, const Map &y, vec scale,
                             vec shift, vec da, Visit visit) {
    const vec share = splat(1.0f / (p.height * p.width));
    vec sum{};
    if (!p.activate_first) {
        for (Index r = 0; r < p.height; r++)
            for (Index s = 0; s < p.width; s++) sum += load(corner + r * y.row + s * y.pixel) * scale + shift;
        da = f.gradient(sum * share, da);
    }
    for (Index r = 0; r < p.height; r++)
        for (Index s = 0; s < p.width; s++) {
            const vec here = load(corner + r * y.row + s * y.pixel);
            visit(r, s, here, p.activate_first ? f.gradient(here * scale + shift, da * share) : da * share);
        }
}

struct Sums {  // of one vector of channels over one row of windows
    vec dz{}, product{};
};

FOVEAL_INLINE void add_sums(const Sums &s, double *sums, Index channels, Index c) {
    const auto add = [](double *to, vec more) {
        wide *at = reinterpret_cast<wide *>(to);
        *at += __builtin_convertvector(more, wide);
    };
    add(sums + c, s.dz);
    add(sums + channels + c, s.product);
}

// Without overlap and with nothing left over, every value belongs to one window and is written once.
template <int H, int W>
void spread_max(const Pointwise &p, const Map &y, Affine affine, Through through, const Map &da, const Map &dy,
                Index begin, Index end) {
    const Curve f(p.activation);
    rows_of_windows(p, begin, end, [&](Index n, Index i, Index c) {
        const vec scale = load(affine.scale + c), shift = load(affine.shift + c), back = load(through.scale + c);
        const vec slope = load(through.slope + c), offset = load(through.offset + c);
        const float *corner = y(n, i * H, 0) + c, *gradients = da(n, i, 0) + c;
        float *to = dy(n - begin, i * H, 0) + c;
        for (Index j = 0; j < p.to.width; j++, corner += W * y.pixel, to += W * dy.pixel) {
            vec here[H * W], z[H * W], best{};
#pragma GCC unroll 4
            for (int k = 0; k < H * W; k++) {
                here[k] = load(corner + k / W * y.row + k % W * y.pixel);
                z[k] = here[k] * scale + shift;
                best = k ? greater(best, z[k]) : z[k];
            }
            vec gradient = f.gradient(best, load(gradients + j * da.pixel)) * back;
#pragma GCC unroll 4
            for (int k = 0; k < H * W; k++) {  // the first greatest takes it and leaves nothing for the others
                const ivec mine = z[k] == best;
                const vec dz = pick(mine, gradient, vec{});
                gradient = pick(mine, vec{}, gradient);
                store(to + k / W * dy.row + k % W * dy.pixel, here[k] * slope + offset + dz);
            }
        }
    });
}

void spread_each(const Pointwise &p, const Map &y, Affine affine, Through through, const Map &da, const Map &dy,
                 Index begin, Index end) {
    const Curve f(p.activation);
    rows_of_windows(p, begin, end, [&](Index n, Index i, Index c) {
        const vec scale = load(affine.scale + c), shift = load(affine.shift + c), back = load(through.scale + c);
        const vec slope = load(through.slope + c), offset = load(through.offset + c);
        const float *from = y(n, i, 0) + c, *gradients = da(n, i, 0) + c;
        float *to = dy(n - begin, i, 0) + c;
        for (Index j = 0; j < p.to.width; j++) {
            const vec here = load(from + j * y.pixel);
            const vec dz = f.gradient(here * scale + shift, load(gradients + j * da.pixel));
            store(to + j * dy.pixel, dz * back + (here * slope + offset));
        }
    });
}

// Any windows: first what batch norm gives every value, then what each window adds.
void spread_any(const Pointwise &p, const Map &y, Affine affine, Through through, const Map &da, const Map &dy,
                Index begin, Index end) {
    const Curve f(p.activation);
    Pointwise whole = p;
    whole.to = p.from;
    rows_of_windows(whole, begin, end, [&](Index n, Index i, Index c) {
        for (Index j = 0; j < p.from.width; j++)
            store(dy(n - begin, i, j) + c, load(y(n, i, j) + c) * load(through.slope + c) + load(through.offset + c));
    });
    rows_of_windows(p, begin, end, [&](Index n, Index i, Index c) {
        const vec scale = load(affine.scale + c), shift = load(affine.shift + c), back = load(through.scale + c);
        for (Index j = 0; j < p.to.width; j++) {
            const float *corner = y(n, i * p.stride_h, j * p.stride_w) + c;
            float *to = dy(n - begin, i * p.stride_h, j * p.stride_w) + c;
            const vec gradient = load(da(n, i, j) + c);
            if (p.pool == Pool::mean) {
                mean_back(p, f, corner, y, scale, shift, gradient, [&](Index r, Index s, vec, vec dz) {
                    float *at = to + r * dy.row + s * dy.pixel;
                    store(at, load(at) + dz * back);
                });
                continue;
            }
            const vec best = greatest<0, 0>(p, corner, y, scale) * scale + shift;
            vec dz = f.gradient(best, gradient) * back;
            for (Index r = 0; r < p.height; r++)
                for (Index s = 0; s < p.width; s++) {
                    const ivec mine = load(corner + r * y.row + s * y.pixel) * scale + shift == best;
                    float *at = to + r * dy.row + s * dy.pixel;
                    store(at, load(at) + pick(mine, dz, vec{}));
                    dz = pick(mine, vec{}, dz);
                }
        }
    });
}

bool tiles_exactly(const Pointwise &p) {
    return p.stride_h == p.height && p.stride_w == p.width && p.to.height * p.height == p.from.height &&
           p.to.width * p.width == p.from.width;
}

// A table's columns: a few rows of one vector at a time, or each row would pass through all sums of the layer.
void table_sums(const Pointwise &p, const Map &y, Affine affine, const float *mean, const Map &da, double *sums,
                Index begin, Index end) {
    constexpr Index AT_ONCE = 16;
    const Curve f(p.activation);
    for (Index first = begin; first < end; first += AT_ONCE)
        for (Index c = 0; c < p.channels; c += LANES) {
            const vec scale = load(affine.scale + c), shift = load(affine.shift + c), centre = load(mean + c);
            Sums s;
            for (Index n = first; n < std::min(end, first + AT_ONCE); n++) {
                const vec here = load(y(n, 0, 0) + c), dz = f.gradient(here * scale + shift, load(da(n, 0, 0) + c));
                s.dz += dz;
                s.product += dz * (here - centre);
            }
            add_sums(s, sums, p.channels, c);
        }
}

}  // namespace

void gradient_sums(const Pointwise &p, const Map &y, const Map *chosen, Affine affine, const float *mean, const Map &da,
                   double *sums, Index begin, Index end) {
    if (p.pool == Pool::none && p.to.area() == 1) return table_sums(p, y, affine, mean, da, sums, begin, end);
    const Curve f(p.activation);
    const Map &seen = p.pool == Pool::max ? *chosen : y;
    for (Index n = begin; n < end; n++)
        for (Index i = 0; i < p.to.height; i++)
            for (Index c = 0; c < p.channels; c += LANES) {
                const vec scale = load(affine.scale + c), shift = load(affine.shift + c), centre = load(mean + c);
                Sums s;
                for (Index j = 0; j < p.to.width; j++) {
                    const vec gradient = load(da(n, i, j) + c);
                    if (p.pool == Pool::mean) {
                        mean_back(p, f, y(n, i * p.stride_h, j * p.stride_w) + c, y, scale, shift, gradient,
                                  [&](Index, Index, vec here, vec dz) {
                                      s.dz += dz;
                                      s.product += dz * (here - centre);
                                  });
                        continue;
                    }
                    const vec here = load(seen(n, i, j) + c), dz = f.gradient(here * scale + shift, gradient);
                    s.dz += dz;
                    s.product += dz * (here - centre);
                }
                add_sums(s, sums, p.channels, c);
            }
}

void spread(const Pointwise &p, const Map &y, Affine affine, Through through, const Map &da, const Map &dy, Index begin,
            Index end) {
    if (p.pool == Pool::none) return spread_each(p, y, affine, through, da, dy, begin, end);
    if (p.pool == Pool::max && is_two_by_two(p) && tiles_exactly(p))
        return spread_max<2, 2>(p, y, affine, through, da, dy, begin, end);
    spread_any(p, y, affine, through, da, dy, begin, end);
}

}  // namespace foveal
