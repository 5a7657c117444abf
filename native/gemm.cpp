// The product's tiles: up to ROWS x COLUMNS vectors of C in registers, a broadcast of A times a vector of B.
#include "gemm.h"

#include <algorithm>

namespace foveal {
namespace {

// 32 registers hold 12 x 2 sums, two vectors of B and a broadcast; AVX2 has 16.
constexpr int ROWS = LANES == 8 ? 6 : 12;

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

constexpr Index blocks_of(Index rows) { return (rows + ROWS - 1) / ROWS; }

// A piece of B: so deep that a panel, as wide as a tile, fills half of the nearest cache, and four lines wide, so that
// the processor foresees what is read next.
constexpr Index DEPTH = 256, WIDTH = 4 * PANEL;

// B's columns [0, n) of `depth` rows as (depth, PANEL), zeros after the last one.
void copy_rows(const float *from, Index row, Index n, Index depth, float *to) {
    for (Index k = 0; k < depth; k++, from += row, to += PANEL) {
        if (n == PANEL) {
            for (int c = 0; c < COLUMNS; c++) store(to + c * LANES, load(from + c * LANES));
            continue;
        }
        std::memset(to, 0, PANEL * sizeof(float));
        std::memcpy(to, from, n * sizeof(float));
    }
}

void copy_columns(const float *from, Index column, Index n, Index depth, float *to) {
    for (Index c = 0; c < PANEL; c += LANES) {
        const Index lanes = std::clamp<Index>(n - c, 0, LANES);
        for (Index k = 0; k < depth; k += LANES) {
            const Index steps = std::min<Index>(LANES, depth - k);
            vec square[LANES];
            for (Index l = 0; l < LANES; l++) {
                const float *line = from + (c + l) * column + k;
                square[l] = vec{};
                if (l < lanes && steps == LANES)
                    square[l] = load(line);
                else if (l < lanes)
                    std::memcpy(&square[l], line, steps * sizeof(float));
            }
            transpose(square);
            for (Index l = 0; l < steps; l++) store(to + (k + l) * PANEL + c, square[l]);
        }
    }
}

// The piece of B that is used next comes from far: a few of its lines are asked for after each tile.
class Soon {
   public:
    Soon(const float *at, Index segments, Index length, Index distance)
        : at(at), lines((length + LINE - 1) / LINE), left(length > 0 ? segments * lines : 0), distance(distance) {}
    Index count() const { return left; }
    void ask(Index more) {
        for (; more > 0 && left > 0; more--, left--) {
            __builtin_prefetch(at + line * LINE);
            if (++line == lines) line = 0, at += distance;
        }
    }

   private:
    static constexpr Index LINE = 16;  // floats
    const float *at;
    Index lines, left, distance, line = 0;
};

// A column of tiles. Rows are shared out evenly, so that no tile of one row stands after full ones: `more` tiles have
// one more.
template <class After>
FOVEAL_INLINE void multiply_column(const Left &a, const Right &b, const Result &c, Index m, Index depth, Index segments,
                                   Index column, const Tile *tiles, After after) {
    if (m == 0) return;
    const Index blocks = blocks_of(m), least = m / blocks, more = m % blocks;
    for (Index block = 0, row = 0; block < blocks; block++) {
        const Index rows = least + (block < more);
        tiles[rows](a, b, c, depth, segments, row, column);
        row += rows;
        after();
    }
}

}  // namespace

const Index LARGE_SCRATCH = DEPTH * WIDTH;

void multiply_large(Left a, Large b, Result c, Index m, Index n, Index depth, float *scratch) {
    const bool lies_in_rows = b.column == 1;
    for (Index k = 0; k < depth; k += DEPTH) {
        const Index deep = std::min(DEPTH, depth - k);
        for (Index j = 0; j < n; j += WIDTH) {
            const float *piece = b.at + k * b.row + j * b.column;
            const Index wide = std::min(WIDTH, n - j), panels = (wide + PANEL - 1) / PANEL;
            for (Index at = 0; at < wide; at += PANEL)
                if (lies_in_rows)
                    copy_rows(piece + at, b.row, std::min(PANEL, wide - at), deep, scratch + at * DEPTH);
                else
                    copy_columns(piece + at * b.column, b.column, std::min(PANEL, wide - at), deep,
                                 scratch + at * DEPTH);
            const Index next = std::min(WIDTH, n - j - wide);
            Soon soon = lies_in_rows ? Soon(piece + wide, deep, next, b.row)
                                     : Soon(piece + wide * b.column, next, deep, b.column);
            const Index share = soon.count() / (panels * blocks_of(m)) + 1;
            for (Index at = 0; at < wide; at += PANEL)
                multiply_column({a.at + k * a.step, a.row, a.step, 0}, {scratch + at * DEPTH, PANEL, 0},
                                {c.at + j + at, c.row, c.add || k > 0}, m, deep, 1, 0,
                                wide - at > LANES ? TILES<COLUMNS> : TILES<1>, [&] { soon.ask(share); });
        }
    }
}

void multiply(Left a, Right b, Result c, Index m, Index n, Index depth, Index segments) {
    for (Index column = 0; column < n;) {
        const bool wide = n - column >= COLUMNS * LANES;
        multiply_column(a, b, c, m, depth, segments, column, wide ? TILES<COLUMNS> : TILES<1>, [] {});
        column += (wide ? COLUMNS : 1) * LANES;
    }
}

}  // namespace foveal
