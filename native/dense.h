// A dense layer as matrix products over weights (out, in) that stay where PyTorch has them.
//
//     y = x w',   dx = dy w,   dw = dy' x
#pragma once
#include "gemm.h"
#include "maps.h"

namespace foveal {

struct Dense {
    Index in = 0, out = 0;
    bool few = false;  // rows: to copy the weights would take longer than to multiply with them

    Dense(Index in, Index out, Index rows);
    Dense() = default;

    // Rows of x and dy lie so far apart: an odd number of cache lines, or the rows of one column would share few places
    // of the cache. `features` are the input's, `channels` the output's.
    Index features() const;
    Index channels() const;
    Index scratch() const;  // floats
    // So much of the weight's gradient stays in a core's cache.
    Index outputs_at_once() const;
    Index inputs_at_once() const;

    // Rows [begin, end); `stride` lies between outputs of the weight.
    void forward(const Map &x, const float *weight, Index stride, const Map &y, Index begin, Index end,
                 float *scratch) const;
    void backward(const Map &dy, const float *weight, Index stride, const Map &dx, Index begin, Index end,
                  float *scratch) const;
    // dw of some outputs and inputs, the first at `to`, from all rows.
    void gradient(const Map &x, const Map &dy, Index rows, float *to, Index stride, Rows outputs, Rows inputs) const;

   private:
    void dots(const Map &x, const float *weight, Index stride, const Map &y, Index begin, Index end) const;
};

}  // namespace foveal
