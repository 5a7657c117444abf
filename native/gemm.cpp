// The product's tiles: up to ROWS x COLUMNS vectors of C in registers, a broadcast of A times a vector of B.
#include "gemm.h"

#include <algorithm>

namespace foveal {
namespace {

// 32 registers hold 12 x 2 sums, two vectors of B and a broadcast; AVX2 has 16.
constexpr int ROWS = LANES == 8 ? 6 : 12;
constexpr int COLUMNS = 2;

// Every loop over m and n is unrolled, so that the sums stay in registers from beginning to end.
#define EVERY _Pragma("GCC unroll 16") for

template <int M, int N>
void tile(const Left &a, const Right &b, const Result &c, Index depth, Index segments, Index row, Index column) {
    const float *lefts = a.at + row * a.row, *rights = b.at + column;
    float *to = c.at + row * c.row + column;
    const Index left_row = a.row, left_step = a.step, right_row = b.row, to_row = c.row;
    vec sum[M][N];
    EVERY(int m = 0; m < M; m++) EVERY(int n = 0; n < N; n++) sum[m][n] = vec{};
    for (Index s = 0; s < segments; s++) {
        const float *left = lefts + s * a.segment, *right = rights + s * b.segment;
        for (Index k = 0; k < depth; k++, left += left_step, right += right_row) {
            vec columns[N];
            EVERY(int n = 0; n < N; n++) columns[n] = load(right + n * LANES);
            EVERY(int m = 0; m < M; m++) {
                vec x = splat(left[m * left_row]);
                EVERY(int n = 0; n < N; n++) sum[m][n] += x * columns[n];
            }
        }
    }
    if (c.add) EVERY(int m = 0; m < M; m++) EVERY(int n = 0; n < N; n++) sum[m][n] += load(to + m * to_row + n * LANES);
    EVERY(int m = 0; m < M; m++) EVERY(int n = 0; n < N; n++) store(to + m * to_row + n * LANES, sum[m][n]);
}

#undef EVERY

using Tile = void (*)(const Left &, const Right &, const Result &, Index, Index, Index, Index);

template <int N>
constexpr Tile TILES[] = {nullptr,    tile<1, N>, tile<2, N>, tile<3, N>,  tile<4, N>,  tile<5, N>, tile<6, N>,
                          tile<7, N>, tile<8, N>, tile<9, N>, tile<10, N>, tile<11, N>, tile<12, N>};

}  // namespace

void multiply(Left a, Right b, Result c, Index m, Index n, Index depth, Index segments) {
    // Rows are shared out evenly, so that no tile of one row stands behind full ones: `more` tiles have one more.
    const Index blocks = (m + ROWS - 1) / ROWS, least = m / blocks, more = m % blocks;
    for (Index column = 0; column < n;) {
        const bool wide = n - column >= COLUMNS * LANES;
        const Tile *tiles = wide ? TILES<COLUMNS> : TILES<1>;
        Index row = 0;
        for (Index block = 0; block < blocks; block++) {
            const Index rows = least + (block < more);
            tiles[rows](a, b, c, depth, segments, row, column);
            row += rows;
        }
        column += (wide ? COLUMNS : 1) * LANES;
    }
}

}  // namespace foveal
