// Feature maps in memory: rows (images) of pixels of channels, the channel running fastest, with room for a border.
#pragma once
#include "simd.h"

namespace foveal {

struct Map {
    float *at = nullptr;  // the first pixel inside the border
    Index image = 0, row = 0, pixel = 0;  // distances in floats

    FOVEAL_INLINE float *operator()(Index n, Index i, Index j) const { return at + n * image + i * row + j * pixel; }
};

// Some of what stands in a row: images, rows of a table, columns.
struct Rows {
    Index begin = 0, end = 0;
    Index count() const { return end - begin; }
};

// Visit the groups of `step` rows, upward or downward: the last ones of a pass are still in the cache, so that the next
// pass goes the other way.
template <class Visit>
void each_group(Rows rows, Index step, bool upward, Visit visit) {
    const Index count = (rows.count() + step - 1) / step;
    for (Index g = 0; g < count; g++) {
        const Index begin = rows.begin + (upward ? g : count - 1 - g) * step;
        visit(Rows{begin, begin + step < rows.end ? begin + step : rows.end});
    }
}

struct Size {
    Index height = 1, width = 1;
    Index area() const { return height * width; }
};

// What a convolution is told. `top` and `left` are the zeros before the first row and column.
struct Filter {
    Index in = 0, out = 0;  // channels
    Index height = 1, width = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1, top = 0, left = 0;
    Size from, to;

    Index taps() const { return height * width; }
    bool is_three_by_three() const {
        return height == 3 && width == 3 && stride_h == 1 && stride_w == 1 && dilation_h == 1 && dilation_w == 1;
    }
};

// A weight as PyTorch has it: (out, in, height, width) with any strides.
struct Weight {
    float *at = nullptr;
    Index out = 0, in = 0, row = 0, column = 0;

    FOVEAL_INLINE float &operator()(Index o, Index i, Index r, Index c) const {
        return at[o * out + i * in + r * row + c * column];
    }
};

}  // namespace foveal
