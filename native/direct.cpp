#include "direct.h"

namespace foveal {
namespace {

const float *corner(const Filter &f, const Map &x, Index n, Index i) {
    return x(n, i * f.stride_h, 0) - f.top * x.row - f.left * x.pixel;
}

}  // namespace

Direct::Direct(const Filter &filter, Index in) : filter(filter), in(in), out(padded(filter.out)) {}

void Direct::pack(const Weight &weight, float *forward, float *transposed, Index begin, Index end) const {
    for (Index tap = 0; tap < filter.taps(); tap++)
        for (Index i = 0; i < filter.in; i++)
            for (Index o = begin; o < end; o++) {
                const float w = weight(o, i, tap / filter.width, tap % filter.width);
                forward[(tap * in + i) * out + o] = w;
                if (transposed) transposed[(tap * out + o) * in + i] = w;
            }
}

void Direct::forward(const Map &x, const float *packed, const Map &y, Index begin, Index end) const {
    const Filter &f = filter;
    const bool joined = f.dilation_w == 1;  // a filter's row is one run of memory
    const Index depth = joined ? f.width * in : in;
    for (Index n = begin; n < end; n++)
        for (Index i = 0; i < f.to.height; i++) {
            const float *seen = corner(f, x, n, i);
            const Result to{y(n, i, 0), y.pixel, false};
            if (joined) {
                multiply({seen, f.stride_w * x.pixel, 1, f.dilation_h * x.row}, {packed, out, f.width * in * out}, to,
                         f.to.width, out, depth, f.height);
                continue;
            }
            for (Index r = 0; r < f.height; r++)
                multiply({seen + r * f.dilation_h * x.row, f.stride_w * x.pixel, 1, f.dilation_w * x.pixel},
                         {packed + r * f.width * in * out, out, in * out}, {to.at, to.row, r > 0}, f.to.width, out,
                         depth, f.width);
        }
}

void Direct::backward(const Map &x, const Map &dy, const float *transposed, float *gradient, const Map *dx, Index begin,
                      Index end) const {
    const Filter &f = filter;
    const bool joined = f.dilation_w == 1;
    const Index runs = joined ? f.height : f.taps(), length = joined ? f.width * in : in;
    for (Index n = begin; n < end; n++) {
        for (Index run = 0; run < runs; run++) {  // a segment is an output row, so the sum over an image stays in place
            const Index r = joined ? run : run / f.width, c = joined ? 0 : run % f.width;
            const float *seen = corner(f, x, n, 0) + r * f.dilation_h * x.row + c * f.dilation_w * x.pixel;
            multiply({seen, 1, f.stride_w * x.pixel, f.stride_h * x.row}, {dy(n, 0, 0), dy.pixel, dy.row},
                     {gradient + run * length * out, out, true}, length, out, f.to.width, f.to.height);
        }
        if (!dx) continue;
        for (Index i = 0; i < f.to.height; i++)
            for (Index tap = 0; tap < f.taps(); tap++) {
                float *to = const_cast<float *>(corner(f, *dx, n, i)) + tap / f.width * f.dilation_h * dx->row +
                            tap % f.width * f.dilation_w * dx->pixel;
                multiply({dy(n, i, 0), dy.pixel, 1, 0}, {transposed + tap * out * in, in, 0},
                         {to, f.stride_w * dx->pixel, true}, f.to.width, in, f.out);
            }
    }
}

void Direct::unpack(const float *gradient, const Weight &weight, Index begin, Index end) const {
    for (Index tap = 0; tap < filter.taps(); tap++)
        for (Index i = 0; i < filter.in; i++)
            for (Index o = begin; o < end; o++)
                weight(o, i, tap / filter.width, tap % filter.width) = gradient[(tap * in + i) * out + o];
}

}  // namespace foveal
