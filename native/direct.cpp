#include "direct.h"

#include <algorithm>

namespace foveal {
namespace {

// Bytes of a filter up to which all of it stays in a core's cache while a row of outputs is computed.
constexpr Index CACHED = 1 << 17;

// Columns that are multiplied by one row of pixels after the other: all, or the panel that stays cached meanwhile.
Index columns_at_once(Index packed, Index columns) {
    return packed * Index(sizeof(float)) <= CACHED ? columns : PANEL;
}

// A filter's columns lie in panels, each (lines, PANEL): lines a whole filter apart would fall on few of a cache's sets.
struct Panel {
    Index column, wide, at;  // its first column, how many it has, where it begins

    Panel(Index column, Index columns, Index lines)
        : column(column), wide(std::min(PANEL, columns - column)), at(column * lines) {}
};

// Visit the panels of columns [begin, end).
template <class Visit>
FOVEAL_INLINE void each_panel(Index begin, Index end, Index columns, Index lines, Visit visit) {
    for (Index column = begin; column < std::min(end, columns); column += PANEL) visit(Panel(column, columns, lines));
}

// Which of `count` places, `step` apart from `offset` on, lie in [0, size): what falls on a border need not be computed.
Rows inside(Index offset, Index step, Index count, Index size) {
    const auto places = [&](Index length) { return std::clamp<Index>((length + step - 1) / step, 0, count); };
    const Index begin = places(-offset);
    return {begin, std::max(begin, places(size - offset))};
}

const float *corner(const Filter &f, const Map &x, Index n, Index i) {
    return x(n, i * f.stride_h, 0) - f.top * x.row - f.left * x.pixel;
}

// Rows of the filter that an output row sees, output rows that see something by a row of the filter, and likewise
// columns.
Rows rows_seen(const Filter &f, Index i) {
    return inside(i * f.stride_h - f.top, f.dilation_h, f.height, f.from.height);
}
Rows rows_through(const Filter &f, Index r) {
    return inside(r * f.dilation_h - f.top, f.stride_h, f.to.height, f.from.height);
}
Rows columns_through(const Filter &f, Index c) {
    return inside(c * f.dilation_w - f.left, f.stride_w, f.to.width, f.from.width);
}

}  // namespace

Direct::Direct(const Filter &filter, Index in) : filter(filter), in(in), out(padded(filter.out)) {}

void Direct::pack(const Weight &weight, float *forward, float *transposed, Index begin, Index end) const {
    const Index taps = filter.taps();
    for (Index tap = 0; tap < taps; tap++)
        for (Index i = 0; i < filter.in; i++) {
            const Panel back(i / PANEL * PANEL, in, taps * out);
            for (Index o = begin; o < end; o++) {
                const float w = weight(o, i, tap / filter.width, tap % filter.width);
                const Panel panel(o / PANEL * PANEL, out, taps * in);
                forward[panel.at + (tap * in + i) * panel.wide + o - panel.column] = w;
                if (transposed) transposed[back.at + (tap * out + o) * back.wide + i - back.column] = w;
            }
        }
}

void Direct::forward(const Map &x, const float *packed, const Map &y, Index begin, Index end) const {
    const Filter &f = filter;
    const bool joined = f.dilation_w == 1;  // a filter's row is one run of memory
    const Index step = columns_at_once(this->packed(), out);
    const auto multiply_row = [&](Index n, Index i, Panel panel) {
        const Index wide = panel.wide, line = in * wide, run = f.width * line;
        const Rows seen = rows_seen(f, i);
        const float *from = corner(f, x, n, i) + seen.begin * f.dilation_h * x.row;
        const float *columns = packed + panel.at + seen.begin * run;
        float *to = y(n, i, 0) + panel.column;
        const Index distance = f.stride_w * x.pixel, further = f.dilation_h * x.row;
        if (joined)
            return multiply({from, distance, 1, further}, {columns, wide, run}, {to, y.pixel, false}, f.to.width, wide,
                            f.width * in, seen.count());
        multiply({from, distance, 1, 0}, {columns, wide, 0}, {to, y.pixel, false}, f.to.width, wide, 0, 0);  // zeros
        for (Index r = 0; r < seen.count(); r++)
            for (Index c = 0; c < f.width; c++) {
                const Rows j = columns_through(f, c);
                multiply({from + r * further + c * f.dilation_w * x.pixel + j.begin * distance, distance, 1, 0},
                         {columns + r * run + c * line, wide, 0}, {to + j.begin * y.pixel, y.pixel, true}, j.count(),
                         wide, in);
            }
    };
    for (Index n = begin; n < end; n++)
        for (Index column = 0; column < out; column += step)
            for (Index i = 0; i < f.to.height; i++)
                each_panel(column, column + step, out, f.taps() * in,
                           [&](Panel panel) { multiply_row(n, i, panel); });
}

void Direct::backward(const Map &x, const Map &dy, const float *transposed, float *gradient, const Map *dx, Index begin,
                      Index end) const {
    for (Index n = begin; n < end; n++) {
        add_to_filter(x, dy, gradient, n);
        if (dx) add_to_input(dy, transposed, *dx, n);
    }
}

// A segment is an output row, so that the sum over an image stays in registers.
void Direct::add_to_filter(const Map &x, const Map &dy, float *gradient, Index n) const {
    const Filter &f = filter;
    const bool joined = f.dilation_w == 1;
    const Index runs = joined ? f.height : f.taps(), length = joined ? f.width * in : in;
    for (Index run = 0; run < runs; run++) {
        const Index r = joined ? run : run / f.width, c = joined ? 0 : run % f.width;
        const Rows i = rows_through(f, r), j = joined ? Rows{0, f.to.width} : columns_through(f, c);
        const float *from = corner(f, x, n, i.begin) + r * f.dilation_h * x.row + c * f.dilation_w * x.pixel;
        multiply({from + j.begin * f.stride_w * x.pixel, 1, f.stride_w * x.pixel, f.stride_h * x.row},
                 {dy(n, i.begin, j.begin), dy.pixel, dy.row}, {gradient + run * length * out, out, true}, length, out,
                 j.count(), i.count());
    }
}

void Direct::add_to_input(const Map &dy, const float *transposed, const Map &dx, Index n) const {
    const Filter &f = filter;
    const Index step = columns_at_once(packed(), in);
    const auto multiply_row = [&](Index i, Panel panel) {
        const Rows seen = rows_seen(f, i);
        for (Index r = seen.begin; r < seen.end; r++)
            for (Index c = 0; c < f.width; c++) {
                const Rows j = columns_through(f, c);
                float *to = const_cast<float *>(corner(f, dx, n, i)) + r * f.dilation_h * dx.row +
                            (c * f.dilation_w + j.begin * f.stride_w) * dx.pixel + panel.column;
                const float *columns = transposed + panel.at + (r * f.width + c) * out * panel.wide;
                multiply({dy(n, i, j.begin), dy.pixel, 1, 0}, {columns, panel.wide, 0},
                         {to, f.stride_w * dx.pixel, true}, j.count(), panel.wide, f.out);
            }
    };
    for (Index column = 0; column < in; column += step)
        for (Index i = 0; i < f.to.height; i++)
            each_panel(column, column + step, in, f.taps() * out, [&](Panel panel) { multiply_row(i, panel); });
}

void Direct::unpack(const float *gradient, const Weight &weight, Index begin, Index end) const {
    for (Index tap = 0; tap < filter.taps(); tap++)
        for (Index i = 0; i < filter.in; i++)
            for (Index o = begin; o < end; o++)
                weight(o, i, tap / filter.width, tap % filter.width) = gradient[(tap * in + i) * out + o];
}

}  // namespace foveal
