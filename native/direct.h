// Convolution of any filter, stride and dilation as a sum of matrix products, one for each row of the filter.
//
//     y[i, j, o] = sum over r, c, k of x[i sh + r dh - top, j sw + c dw - left, k] w[r, c, k, o]
//
// The pixels of an output row are the rows of a matrix whose columns are what a filter's row sees. Without dilation
// those lie one after the other in memory, so that nothing is copied. Borders are zeros that are stored,
// and passed over where a whole row or, with dilation, a column of the filter lies on them.
#pragma once
#include "gemm.h"
#include "maps.h"

namespace foveal {

struct Direct {
    Filter filter;
    Index in = 0, out = 0;  // channels as they lie in memory: `in` of the input map, `out` padded

    Direct(const Filter &filter, Index in);
    Direct() = default;

    Index packed() const { return filter.taps() * in * out; }

    // Filters o in [begin, end): (taps, in, out) and, where `transposed` is given, (taps, out, in); in panels of columns.
    void pack(const Weight &weight, float *forward, float *transposed, Index begin, Index end) const;
    void forward(const Map &x, const float *packed, const Map &y, Index begin, Index end) const;
    // Adds to `gradient`, (taps, in, out), and, where `transposed` is given, to the input's gradient.
    void backward(const Map &x, const Map &dy, const float *transposed, float *gradient, const Map *dx, Index begin,
                  Index end) const;
    void unpack(const float *gradient, const Weight &weight, Index begin, Index end) const;

   private:
    void add_to_filter(const Map &x, const Map &dy, float *gradient, Index n) const;
    void add_to_input(const Map &dy, const float *transposed, const Map &dx, Index n) const;
};

}  // namespace foveal
