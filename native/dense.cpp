#include "dense.h"

#include <algorithm>

namespace foveal {
namespace {

// Rows up to which weights are read as they lie.
constexpr Index FEW_ROWS = 8;
// Of the weight's gradient at once: a quarter of a core's 512 KB, for the update reads three more numbers with each;
// narrow enough for many outputs, since each time all of x passes by.
constexpr Index GRADIENT_FLOATS = 1 << 15, GRADIENT_INPUTS = 512;
constexpr Index LINE = 16;            // floats in a cache line

Index apart(Index floats) { return ((floats + LINE - 1) / LINE | 1) * LINE; }

}  // namespace

Dense::Dense(Index in, Index out, Index rows) : in(in), out(out), few(rows <= FEW_ROWS) {}

Index Dense::features() const { return apart(in); }
Index Dense::channels() const { return apart(out); }
Index Dense::inputs_at_once() const { return std::min(in, GRADIENT_INPUTS); }
Index Dense::outputs_at_once() const { return GRADIENT_FLOATS / inputs_at_once(); }
Index Dense::scratch() const { return std::max(LARGE_SCRATCH, GRADIENT_FLOATS); }

void Dense::forward(const Map &x, const float *weight, Index stride, const Map &y, Index begin, Index end,
                    float *scratch) const {
    if (few) return dots(x, weight, stride, y, begin, end);
    multiply_large({x(begin, 0, 0), x.image, 1, 0}, {weight, 1, stride}, {y(begin, 0, 0), y.image, false}, end - begin,
                   out, in, scratch);
}

void Dense::backward(const Map &dy, const float *weight, Index stride, const Map &dx, Index begin, Index end,
                     float *scratch) const {
    multiply_large({dy(begin, 0, 0), dy.image, 1, 0}, {weight, stride, 1}, {dx(begin, 0, 0), dx.image, false},
                   end - begin, in, out, scratch);
}

void Dense::dots(const Map &x, const float *weight, Index stride, const Map &y, Index begin, Index end) const {
    constexpr Index AT_ONCE = 4;  // sums side by side
    const Index whole = in / (AT_ONCE * LANES) * (AT_ONCE * LANES);
    for (Index n = begin; n < end; n++)
        for (Index o = 0; o < out; o++) {
            const float *w = weight + o * stride, *row = x(n, 0, 0);
            vec sums[AT_ONCE] = {};
            for (Index i = 0; i < whole; i += AT_ONCE * LANES)
                for (Index k = 0; k < AT_ONCE; k++) sums[k] += load(w + i + k * LANES) * load(row + i + k * LANES);
            const vec all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
            float sum = 0;
            for (Index i = whole; i < in; i++) sum += w[i] * row[i];
            for (int l = 0; l < LANES; l++) sum += all[l];
            y(n, 0, 0)[o] = sum;
        }
}

void Dense::gradient(const Map &x, const Map &dy, Index rows, float *to, Index stride, Rows outputs,
                     Rows inputs) const {
    const float *left = dy(0, 0, 0) + outputs.begin, *right = x(0, 0, 0) + inputs.begin;
    const Index whole = inputs.count() / LANES * LANES;
    multiply({left, 1, dy.image, 0}, {right, x.image, 0}, {to, stride, false}, outputs.count(), whole, rows);
    if (whole == inputs.count()) return;
    for (Index o = 0; o < outputs.count(); o++, to += stride) {  // what is left of a row is less than a vector
        vec sum{};
        for (Index n = 0; n < rows; n++) sum += splat(left[n * dy.image + o]) * load(right + n * x.image + whole);
        for (Index i = whole; i < inputs.count(); i++) to[i] = sum[i - whole];
    }
}

}  // namespace foveal
