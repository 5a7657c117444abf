// Softmax cross-entropy with label smoothing s over K classes:
//
//     loss = -sum over k of q_k log p_k,   q = (1 - s) onehot(label) + s / K,   dloss / dz = p - q
//
// Source: Szegedy et al. 2016, section 7. Row losses are weighted and divided by the weight of the batch.
#include <algorithm>

#include "net.h"

namespace foveal {
namespace {

// e^x for x <= 0 to 2e-7 of it: 2^n e^r, r within half a log 2, by Cephes' polynomial (expf). What is no number stays so.
FOVEAL_INLINE vec exponential(vec x) {
    constexpr float LEAST = -87, ROUNDS = 12582912;  // 1.5 * 2^23: what is added to it loses its fraction
    const ivec gone = x < splat(LEAST);
    x = pick(gone, splat(LEAST), x);
    const vec shifted = x * splat(1.44269504f) + splat(ROUNDS), n = shifted - splat(ROUNDS);
    const vec r = x - n * splat(0.693359375f) + n * splat(2.12194440e-4f);
    vec p = splat(1.9875691500e-4f);
    for (float next : {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f})
        p = p * r + splat(next);
    p = p * r * r + r + splat(1);
    const ivec power = ((ivec)shifted + 127) << 23;  // the last bits of `shifted` are n's
    return pick(gone, vec{}, p * (vec)power);
}

// Of a row's outputs a vector; after the last one what has no share in anything.
FOVEAL_INLINE vec outputs(const float *z, Index k, Index classes) {
    vec here = load(z + k);
    for (Index l = classes - k; l < LANES; l++) here[l] = -INFINITY;
    return here;
}

float greatest(const float *z, Index classes) {
    vec most = splat(-INFINITY);
    for (Index k = 0; k < classes; k += LANES) {
        const vec here = outputs(z, k, classes);
        most = pick(here > most, here, most);
    }
    float found = most[0];
    for (int l = 1; l < LANES; l++) found = std::max(found, float(most[l]));
    return found;
}

// As PyTorch's: the first of what is no number, else of the greatest.
Index place_of(float most, const float *z, Index classes) {
    const float *end = z + classes, *odd = std::find_if(z, end, [](float x) { return x != x; });
    return (odd == end ? std::find(z, end, most) : odd) - z;
}

double total_of(const wide &sums) {
    double total = 0;
    for (int l = 0; l < LANES; l++) total += sums[l];
    return total;
}

}  // namespace

void cross_entropy(const foveal_call &call, const Map &out, const Map &dout, Index classes, Rows rows, double *sums) {
    const double spread = call.smoothing / classes;
    for (Index n = rows.begin; n < rows.end; n++) {
        const float *z = out(n, 0, 0);
        float *dz = dout.at ? dout(n, 0, 0) : nullptr;
        const Index label = call.labels[n];
        const double weight = call.row_weights ? call.row_weights[n] : 1.0, share = weight / call.total;
        const float most = greatest(z, classes);
        wide totals{};
        for (Index k = 0; k < classes; k += LANES) {
            const vec e = exponential(outputs(z, k, classes) - splat(most));
            totals += __builtin_convertvector(e, wide);
            if (dz) store(dz + k, e);
        }
        const double total = total_of(totals);
        double sum = 0;
        for (Index k = 0; spread && k < classes; k++) sum += double(z[k]) - most;
        const double loss = std::log(total) - (1 - call.smoothing) * (double(z[label]) - most) - spread * sum;
        if (dz) {
            const float scale = float(share / total), less = float(spread * share);
            for (Index k = 0; k < classes; k++) dz[k] = dz[k] * scale - less;
            dz[label] -= float((1 - call.smoothing) * share);
        }
        sums[0] += loss * share;
        sums[1] += weight;
        sums[2] += weight * (!(z[label] < most) && place_of(most, z, classes) == label);
    }
}

}  // namespace foveal
