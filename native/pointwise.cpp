#include "pointwise.h"

#include <algorithm>

namespace foveal {
namespace {

// The activation with its constants in registers.
struct Curve {
    vec low, high, slope;
    bool leaky;

    explicit Curve(const Activation &a) : low(splat(a.low)), high(splat(a.high)), slope(splat(a.slope)), leaky(a.leaky) {}
    FOVEAL_INLINE vec operator()(vec z) const {  // what is not a number stays so
        return pick(z < low, leaky ? z * slope : low, pick(z > high, high, z));
    }
    FOVEAL_INLINE vec gradient(vec z, vec dz) const {
        return pick((z <= low) | (z >= high), leaky ? dz * slope : vec{}, dz);
    }
};

FOVEAL_INLINE vec greater(vec a, vec b) { return pick(a > b, a, b); }
FOVEAL_INLINE vec lesser(vec a, vec b) { return pick(a < b, a, b); }

// Visit the windows of images [begin, end) and their vectors of channels.
template <class Visit>
FOVEAL_INLINE void windows(const Pointwise &p, Index begin, Index end, Visit visit) {
    for (Index n = begin; n < end; n++)
        for (Index i = 0; i < p.to.height; i++)
            for (Index j = 0; j < p.to.width; j++)
                for (Index c = 0; c < p.channels; c += LANES) visit(n, i, j, c);
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

template <int H, int W>
void apply_max(const Pointwise &p, const Map &y, Affine affine, const Map &a, const Map *chosen, Index begin, Index end) {
    const Curve f(p.activation);
    windows(p, begin, end, [&](Index n, Index i, Index j, Index c) {
        const vec scale = load(affine.scale + c);
        const vec found = greatest<H, W>(p, y(n, i * p.stride_h, j * p.stride_w) + c, y, scale);
        store(a(n, i, j) + c, f(found * scale + load(affine.shift + c)));
        if (chosen) store((*chosen)(n, i, j) + c, found);
    });
}

void apply_mean(const Pointwise &p, const Map &y, Affine affine, const Map &a, Index begin, Index end) {
    const Curve f(p.activation);
    const vec share = splat(1.0f / (p.height * p.width));
    windows(p, begin, end, [&](Index n, Index i, Index j, Index c) {
        const float *corner = y(n, i * p.stride_h, j * p.stride_w) + c;
        const vec scale = load(affine.scale + c), shift = load(affine.shift + c);
        vec sum{};
        for (Index r = 0; r < p.height; r++)
            for (Index s = 0; s < p.width; s++) {
                const vec z = load(corner + r * y.row + s * y.pixel) * scale + shift;
                sum += p.activate_first ? f(z) : z;
            }
        store(a(n, i, j) + c, p.activate_first ? sum * share : f(sum * share));
    });
}

void apply_each(const Pointwise &p, const Map &y, Affine affine, const Map &a, Index begin, Index end) {
    const Curve f(p.activation);
    windows(p, begin, end, [&](Index n, Index i, Index j, Index c) {
        store(a(n, i, j) + c, f(load(y(n, i, j) + c) * load(affine.scale + c) + load(affine.shift + c)));
    });
}

// dz of the values of one window under mean pooling, given to `visit(r, s, y, dz)`.
template <class Visit>
FOVEAL_INLINE void mean_back(const Pointwise &p, const Curve &f, const float *corner, const Map &y, vec scale, vec shift,
                             vec da, Visit visit) {
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
    windows(p, begin, end, [&](Index n, Index i, Index j, Index c) {
        const vec scale = load(affine.scale + c), shift = load(affine.shift + c);
        const vec slope = load(through.slope + c), offset = load(through.offset + c);
        const float *corner = y(n, i * H, j * W) + c;
        float *to = dy(n - begin, i * H, j * W) + c;
        vec here[H * W], z[H * W], best{};
#pragma GCC unroll 4
        for (int k = 0; k < H * W; k++) {
            here[k] = load(corner + k / W * y.row + k % W * y.pixel);
            z[k] = here[k] * scale + shift;
            best = k ? greater(best, z[k]) : z[k];
        }
        vec gradient = f.gradient(best, load(da(n, i, j) + c)) * load(through.scale + c);
#pragma GCC unroll 4
        for (int k = 0; k < H * W; k++) {  // the first greatest takes the gradient and leaves nothing for the others
            const ivec mine = z[k] == best;
            const vec dz = pick(mine, gradient, vec{});
            gradient = pick(mine, vec{}, gradient);
            store(to + k / W * dy.row + k % W * dy.pixel, here[k] * slope + offset + dz);
        }
    });
}

void spread_each(const Pointwise &p, const Map &y, Affine affine, Through through, const Map &da, const Map &dy,
                 Index begin, Index end) {
    const Curve f(p.activation);
    windows(p, begin, end, [&](Index n, Index i, Index j, Index c) {
        const vec here = load(y(n, i, j) + c), z = here * load(affine.scale + c) + load(affine.shift + c);
        const vec dz = f.gradient(z, load(da(n, i, j) + c));
        store(dy(n - begin, i, j) + c,
              dz * load(through.scale + c) + (here * load(through.slope + c) + load(through.offset + c)));
    });
}

// Any windows: first what batch norm gives every value, then what each window adds.
void spread_any(const Pointwise &p, const Map &y, Affine affine, Through through, const Map &da, const Map &dy,
                Index begin, Index end) {
    const Curve f(p.activation);
    Pointwise whole = p;
    whole.to = p.from;
    windows(whole, begin, end, [&](Index n, Index i, Index j, Index c) {
        store(dy(n - begin, i, j) + c, load(y(n, i, j) + c) * load(through.slope + c) + load(through.offset + c));
    });
    windows(p, begin, end, [&](Index n, Index i, Index j, Index c) {
        const vec scale = load(affine.scale + c), shift = load(affine.shift + c), back = load(through.scale + c);
        const float *corner = y(n, i * p.stride_h, j * p.stride_w) + c;
        float *to = dy(n - begin, i * p.stride_h, j * p.stride_w) + c;
        const vec gradient = load(da(n, i, j) + c);
        if (p.pool == Pool::mean) {
            mean_back(p, f, corner, y, scale, shift, gradient, [&](Index r, Index s, vec, vec dz) {
                float *at = to + r * dy.row + s * dy.pixel;
                store(at, load(at) + dz * back);
            });
            return;
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
    });
}

bool is_two_by_two(const Pointwise &p) { return p.height == 2 && p.width == 2; }

bool tiles_exactly(const Pointwise &p) {
    return p.stride_h == p.height && p.stride_w == p.width && p.to.height * p.height == p.from.height &&
           p.to.width * p.width == p.from.width;
}

}  // namespace

void apply(const Pointwise &p, const Map &y, Affine affine, const Map &a, const Map *chosen, Index begin, Index end) {
    if (p.pool == Pool::none) return apply_each(p, y, affine, a, begin, end);
    if (p.pool == Pool::mean) return apply_mean(p, y, affine, a, begin, end);
    if (is_two_by_two(p)) return apply_max<2, 2>(p, y, affine, a, chosen, begin, end);
    apply_max<0, 0>(p, y, affine, a, chosen, begin, end);
}

void gradient_sums(const Pointwise &p, const Map &y, const Map *chosen, Affine affine, const float *mean, const Map &da,
                   double *sums, Index begin, Index end) {
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
            const double here = mean[l] + double(rest[l]) / pixels, own = square[l] - double(rest[l]) * rest[l] / pixels;
            const double step = here - moments.mean[c + l], all = moments.count + pixels;
            moments.mean[c + l] += step * pixels / all;
            moments.squares[c + l] += own + step * step * moments.count * pixels / all;
        }
    }
    moments.count += pixels;
}

void merge(Moments &into, const Moments &other, Index channels) {
    const double all = into.count + other.count;
    if (other.count == 0) return;
    for (Index c = 0; c < channels; c++) {
        const double step = other.mean[c] - into.mean[c];
        into.mean[c] += step * other.count / all;
        into.squares[c] += other.squares[c] + step * step * into.count * other.count / all;
    }
    into.count = all;
}

}  // namespace foveal
