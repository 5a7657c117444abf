#include "winograd.h"

#include <algorithm>

namespace foveal {
namespace {

constexpr int SEEN = 6;  // inputs of a tile, each way

// One-dimensional transforms, of vectors and of numbers alike; the matrices of section 4.3, multiplied out.
template <class T>
FOVEAL_INLINE void input(const T *d, T *t, int from = 1, int to = 1) {  // B'
    T d0 = d[0], d1 = d[from], d2 = d[2 * from], d3 = d[3 * from], d4 = d[4 * from], d5 = d[5 * from];
    T a = d4 - 4 * d2, b = d3 - 4 * d1, c = d4 - d2, e = 2 * (d3 - d1);
    t[0] = 4 * d0 - 5 * d2 + d4;
    t[to] = a + b;
    t[2 * to] = a - b;
    t[3 * to] = c + e;
    t[4 * to] = c - e;
    t[5 * to] = 4 * d1 - 5 * d3 + d5;
}

template <class T>
FOVEAL_INLINE void input_transposed(const T *v, T *x, int from = 1, int to = 1) {  // B
    T v0 = v[0], v1 = v[from], v2 = v[2 * from], v3 = v[3 * from], v4 = v[4 * from], v5 = v[5 * from];
    T near = v1 + v2, far = v3 + v4, step = v1 - v2, leap = 2 * (v3 - v4);
    x[0] = 4 * v0;
    x[to] = 4 * (v5 - step) - leap;
    x[2 * to] = -5 * v0 - 4 * near - far;
    x[3 * to] = step + leap - 5 * v5;
    x[4 * to] = v0 + near + far;
    x[5 * to] = v5;
}

template <class T>
FOVEAL_INLINE void output(const T *m, T *y, int from = 1, int to = 1) {  // A'
    T m1 = m[from], m2 = m[2 * from], m3 = m[3 * from], m4 = m[4 * from];
    T near = m1 + m2, far = m3 + m4, step = m1 - m2, leap = m3 - m4;
    y[0] = m[0] + near + far;
    y[to] = step + 2 * leap;
    y[2 * to] = near + 4 * far;
    y[3 * to] = step + 8 * leap + m[5 * from];
}

template <class T>
FOVEAL_INLINE void output_transposed(const T *y, T *m, int from = 1, int to = 1) {  // A
    T y0 = y[0], y1 = y[from], y2 = y[2 * from], y3 = y[3 * from];
    T even = y0 + y2, odd = y1 + y3, wide = y0 + 4 * y2, leap = 2 * y1 + 8 * y3;
    m[0] = y0;
    m[to] = even + odd;
    m[2 * to] = even - odd;
    m[3 * to] = wide + leap;
    m[4 * to] = wide - leap;
    m[5 * to] = y3;
}

template <class T>
FOVEAL_INLINE void taps(const T *g, T *u, int from = 1, int to = 1) {  // G
    T ends = g[0] + g[2 * from], wide = g[0] + 4 * g[2 * from], middle = g[from];
    u[0] = g[0] * 0.25f;
    u[to] = (ends + middle) * (-1.0f / 6);
    u[2 * to] = (ends - middle) * (-1.0f / 6);
    u[3 * to] = (wide + 2 * middle) * (1.0f / 24);
    u[4 * to] = (wide - 2 * middle) * (1.0f / 24);
    u[5 * to] = g[2 * from];
}

template <class T>
FOVEAL_INLINE void taps_transposed(const T *u, T *g, int from = 1, int to = 1) {  // G'
    T near = (u[from] + u[2 * from]) * (-1.0f / 6), far = u[3 * from] + u[4 * from];
    g[0] = u[0] * 0.25f + near + far * (1.0f / 24);
    g[to] = (u[2 * from] - u[from]) * (1.0f / 6) + (u[3 * from] - u[4 * from]) * (1.0f / 12);
    g[2 * to] = near + far * (1.0f / 6) + u[5 * from];
}

// Where a tile lies: its image, its first output, and how many of its outputs there are.
struct Place {
    Index n, i, j, rows, columns;
};

FOVEAL_INLINE Place place(const Winograd &w, Index begin, Index tile) {
    const Index area = w.tiles.area(), within = tile % area;
    const Index i = within / w.tiles.width * TILE, j = within % w.tiles.width * TILE;
    return {begin + tile / area, i, j, std::min<Index>(TILE, w.filter.to.height - i),
            std::min<Index>(TILE, w.filter.to.width - j)};
}

// Tiles ahead whose inputs are asked for: their lines lie in short runs, which the processor does not foresee.
constexpr Index AHEAD = 3;

FOVEAL_INLINE const float *inputs_of(const Winograd &w, const Map &x, const Place &p) {
    return x(p.n, p.i, p.j) - w.filter.top * x.row - w.filter.left * x.pixel;
}

// V = B' x B of `count` tiles, into 36 planes of (tiles, channels).
void gather(const Winograd &w, const Map &x, Index begin, Index first, Index count, float *planes) {
    const Index plane = w.plane(w.in);
    for (Index t = 0; t < count; t++) {
        const Place p = place(w, begin, first + t);
        const float *corner = inputs_of(w, x, p);
        const float *next = t + AHEAD < count ? inputs_of(w, x, place(w, begin, first + t + AHEAD)) : corner;
        for (Index c = 0; c < w.in; c += LANES) {
            for (int i = SEEN - TILE; i < SEEN; i++)  // the others were seen by the tiles beside and above
                for (int j = SEEN - TILE; j < SEEN; j++) __builtin_prefetch(next + i * x.row + j * x.pixel + c);
            vec half[SEEN * SEEN], column[SEEN], whole[SEEN];
            for (int j = 0; j < SEEN; j++) {
                for (int i = 0; i < SEEN; i++) column[i] = load(corner + i * x.row + j * x.pixel + c);
                input(column, half + j, 1, SEEN);
            }
            float *to = planes + t * w.in + c;
            for (int i = 0; i < SEEN; i++) {
                input(half + i * SEEN, whole);
                for (int j = 0; j < SEEN; j++) store(to + (i * SEEN + j) * plane, whole[j]);
            }
        }
    }
}

// y = A' M A of `count` tiles; what a tile has beyond the map is left out.
void scatter(const Winograd &w, const float *planes, const Map &y, Index begin, Index first, Index count) {
    const Index plane = w.plane(w.out);
    for (Index t = 0; t < count; t++) {
        const Place p = place(w, begin, first + t);
        float *corner = y(p.n, p.i, p.j);
        for (Index c = 0; c < w.out; c += LANES) {
            vec half[TILE * SEEN], column[SEEN], whole[TILE];
            const float *from = planes + t * w.out + c;
            for (int j = 0; j < SEEN; j++) {
                for (int i = 0; i < SEEN; i++) column[i] = load(from + (i * SEEN + j) * plane);
                output(column, half + j, 1, SEEN);
            }
            for (Index i = 0; i < p.rows; i++) {
                output(half + i * SEEN, whole);
                float *to = corner + i * y.row + c;
                if (p.columns == TILE)
                    for (int j = 0; j < TILE; j++) store(to + j * y.pixel, whole[j]);
                else
                    for (Index j = 0; j < p.columns; j++) store(to + j * y.pixel, whole[j]);
            }
        }
    }
}

// M = A dy A' of `count` tiles; beyond the map dy is zero.
void gather_gradient(const Winograd &w, const Map &dy, Index begin, Index first, Index count, float *planes) {
    const Index plane = w.plane(w.out);
    for (Index t = 0; t < count; t++) {
        const Place p = place(w, begin, first + t);
        const float *corner = dy(p.n, p.i, p.j);
        const bool whole_tile = p.rows == TILE && p.columns == TILE;
        for (Index c = 0; c < w.out; c += LANES) {
            vec half[SEEN * TILE], column[TILE], whole[SEEN];
            for (int j = 0; j < TILE; j++) {
                const float *from = corner + j * dy.pixel + c;
                if (whole_tile)
                    for (int i = 0; i < TILE; i++) column[i] = load(from + i * dy.row);
                else
                    for (int i = 0; i < TILE; i++)
                        column[i] = i < p.rows && j < p.columns ? load(from + i * dy.row) : vec{};
                output_transposed(column, half + j, 1, TILE);
            }
            float *to = planes + t * w.out + c;
            for (int i = 0; i < SEEN; i++) {
                output_transposed(half + i * TILE, whole);
                for (int j = 0; j < SEEN; j++) store(to + (i * SEEN + j) * plane, whole[j]);
            }
        }
    }
}

// Adds B dV B' of `count` tiles to dx; the tiles overlap, so they come one after the other.
void scatter_gradient(const Winograd &w, const float *planes, const Map &dx, Index begin, Index first, Index count) {
    const Index plane = w.plane(w.in);
    for (Index t = 0; t < count; t++) {
        const Place p = place(w, begin, first + t);
        float *corner = dx(p.n, p.i, p.j) - w.filter.top * dx.row - w.filter.left * dx.pixel;
        for (Index c = 0; c < w.in; c += LANES) {
            vec half[SEEN * SEEN], column[SEEN], whole[SEEN];
            const float *from = planes + t * w.in + c;
            for (int j = 0; j < SEEN; j++) {
                for (int i = 0; i < SEEN; i++) column[i] = load(from + (i * SEEN + j) * plane);
                input_transposed(column, half + j, 1, SEEN);
            }
            for (int i = 0; i < SEEN; i++) {
                input_transposed(half + i * SEEN, whole);
                float *to = corner + i * dx.row + c;
                for (int j = 0; j < SEEN; j++) store(to + j * dx.pixel, load(to + j * dx.pixel) + whole[j]);
            }
        }
    }
}

}  // namespace

Winograd::Winograd(const Filter &filter)
    : filter(filter),
      in(padded(filter.in)),
      out(padded(filter.out)),
      tiles{(filter.to.height + TILE - 1) / TILE, (filter.to.width + TILE - 1) / TILE} {}

// U of LANES filters, from (o, i) on along one of the two axes; `count` of them are there, the others are zero.
static void transform(const Weight &weight, Index o, Index i, bool along_out, Index count, float *to, Index plane) {
    vec g[9], half[3 * SEEN], u[POSITIONS];
    for (int k = 0; k < 9; k++) {
        float lanes[LANES] = {};
        for (Index l = 0; l < count; l++) lanes[l] = weight(o + l * along_out, i + l * !along_out, k / 3, k % 3);
        g[k] = load(lanes);
    }
    for (int j = 0; j < 3; j++) taps(g + j, half + j, 3, 3);
    for (int k = 0; k < SEEN; k++) taps(half + 3 * k, u + SEEN * k);
    for (int k = 0; k < POSITIONS; k++) store(to + k * plane, u[k]);
}

void Winograd::pack(const Weight &weight, float *forward, float *transposed, Index begin, Index end) const {
    for (Index o = begin; o < end; o += LANES)
        for (Index i = 0; i < filter.in; i++)
            transform(weight, o, i, true, std::min<Index>(LANES, filter.out - o), forward + i * out + o, in * out);
    if (!transposed) return;
    for (Index o = begin; o < std::min(end, filter.out); o++)
        for (Index i = 0; i < in; i += LANES)
            transform(weight, o, i, false, std::min<Index>(LANES, filter.in - i), transposed + o * in + i, in * out);
}

void Winograd::forward(const Map &x, const float *packed, const Map &y, Index begin, Index end, float *scratch) const {
    float *seen = scratch, *made = scratch + POSITIONS * plane(in);
    const Index all = (end - begin) * tiles.area();
    for (Index first = 0; first < all; first += CHUNK) {
        const Index count = std::min(CHUNK, all - first);
        gather(*this, x, begin, first, count, seen);
        for (Index k = 0; k < POSITIONS; k++)
            multiply({seen + k * plane(in), in, 1, 0}, {packed + k * in * out, out, 0},
                     {made + k * plane(out), out, false}, count, out, filter.in);
        scatter(*this, made, y, begin, first, count);
    }
}

void Winograd::backward(const Map &x, const Map &dy, const float *transposed, float *gradient, const Map *dx,
                        Index begin, Index end, float *scratch) const {
    float *seen = scratch, *back = seen + POSITIONS * plane(in), *made = back + POSITIONS * plane(in);
    const Index all = (end - begin) * tiles.area();
    for (Index first = 0; first < all; first += CHUNK) {
        const Index count = std::min(CHUNK, all - first);
        gather(*this, x, begin, first, count, seen);
        gather_gradient(*this, dy, begin, first, count, made);
        for (Index k = 0; k < POSITIONS; k++) {
            multiply({seen + k * plane(in), 1, in, 0}, {made + k * plane(out), out, 0},
                     {gradient + k * in * out, out, true}, filter.in, out, count);
            if (dx)
                multiply({made + k * plane(out), out, 1, 0}, {transposed + k * out * in, in, 0},
                         {back + k * plane(in), in, false}, count, in, filter.out);
        }
        if (dx) scatter_gradient(*this, back, *dx, begin, first, count);
    }
}

void Winograd::unpack(const float *gradient, const Weight &weight, Index begin, Index end) const {
    for (Index o = begin; o < end; o += LANES)
        for (Index i = 0; i < filter.in; i++) {
            vec u[POSITIONS], half[3 * SEEN], g[9];
            for (int k = 0; k < POSITIONS; k++) u[k] = load(gradient + (k * in + i) * out + o);
            for (int j = 0; j < SEEN; j++) taps_transposed(u + j, half + j, SEEN, SEEN);
            for (int k = 0; k < 3; k++) taps_transposed(half + SEEN * k, g + 3 * k);
            for (int k = 0; k < 9; k++)
                for (Index l = 0; l < std::min<Index>(LANES, filter.out - o); l++)
                    weight(o + l, i, k / 3, k % 3) = g[k][l];
        }
}

}  // namespace foveal
