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

// Vectors that a tile is wide; so many columns of B are a panel.
constexpr int COLUMNS = 2;
constexpr Index PANEL = COLUMNS * LANES;

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

// A matrix of any size and either order: B[k, n] = at[k row + n column], where row or column is 1.
struct Large {
    const float *at;
    Index row, column;
};

// The same product with a large B, of which one piece after the other is copied to where it stays cached: read as they
// lie, its lines would be a whole row apart. Whole vectors of C are written; those after B's last column get zeros.
void multiply_large(Left a, Large b, Result c, Index m, Index n, Index depth, float *scratch);
extern const Index LARGE_SCRATCH;  // floats

}  // namespace foveal
