// One small matrix product, of which convolutions and dense layers are made.
//
//     C[m, n] (+)= sum over s, k of A[m a.row + s a.segment + k a.step] B[s b.segment + k b.row + n]
//
// A's rows may lie anywhere at equal distances: pixels of a map (forward), its channels (weight gradients). The
// segments are the rows of a filter or of an image, so that a sum over all of them stays in registers. n runs over whole
// vectors.
#pragma once
#include "simd.h"

namespace foveal {

struct Left {
    const float *at;
    Index row, step, segment;
};
struct Right {
    const float *at;
    Index row, segment;
};
struct Result {
    float *at;
    Index row;
    bool add;  // to what is there
};

// m rows, n columns (a multiple of LANES), `segments` times `depth` products.
void multiply(Left a, Right b, Result c, Index m, Index n, Index depth, Index segments = 1);

}  // namespace foveal
