// What stands between two matrix products: z = scale y + shift (batch norm or bias), activation, pooling; and back.
//
// Forward:   a = f(max over a window of z), or the mean of z, or of f(z) where the network has f first: a maximum does
//            not care, since no f here ever falls.
// Backward:  dz from da by the chain rule; then through batch norm, with M values in a channel,
//                dy = scale (dz - sum(dz) / M - yhat sum(dz yhat) / M),     yhat = (y - mean) / deviation.
// Source: Ioffe and Szegedy 2015, section 3. A maximum is the first of equal ones, and its place is found again in the
// backward pass instead of being stored; the sums need only the chosen values, a quarter of the map.
#pragma once
#include "maps.h"

namespace foveal {

// Piecewise linear: `low` or z slope below `low`, `high` above `high`, z between. Slope 1 elsewhere is 0 or `slope`.
struct Activation {
    float low = -INFINITY, high = INFINITY, slope = 0;
    bool leaky = false;
};

enum class Pool { none, max, mean };

struct Pointwise {
    Index channels = 0;  // padded
    Size from, to;       // maps before and after the pooling
    Pool pool = Pool::none;
    Index height = 1, width = 1, stride_h = 1, stride_w = 1;  // the window
    bool activate_first = false;
    Activation activation;

    bool keeps_chosen() const { return pool == Pool::max; }
};

// Per channel, for one step.
struct Affine {
    const float *scale, *shift;
};
struct Through {  // dy = dz scale + y slope + offset
    const float *scale, *slope, *offset;
};

// a of images [begin, end); `chosen` receives the y that each maximum came from, or is null.
void apply(const Pointwise &p, const Map &y, Affine affine, const Map &a, const Map *chosen, Index begin, Index end);

// Adds sum(dz) and sum(dz (y - mean)) of images [begin, end), in double, to `sums` (2, channels).
void gradient_sums(const Pointwise &p, const Map &y, const Map *chosen, Affine affine, const float *mean, const Map &da,
                   double *sums, Index begin, Index end);

// dy of images [begin, end), laid out as y; dy may lie elsewhere: its first image is `begin`.
void spread(const Pointwise &p, const Map &y, Affine affine, Through through, const Map &da, const Map &dy, Index begin,
            Index end);

// Mean and sum of squared deviations of a map's channels, merged into what earlier images left (count, mean, squares):
// Chan, Golub and LeVeque 1983, equation 2.1.
struct Moments {
    double count = 0;
    double *mean = nullptr, *squares = nullptr;
};
void add_moments(const float *y, Index pixels, Index channels, Moments &moments);  // pixels without borders

}  // namespace foveal
