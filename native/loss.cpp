// Softmax cross-entropy with label smoothing s over K classes:
//
//     loss = -sum over k of q_k log p_k,   q = (1 - s) onehot(label) + s / K,   dloss / dz = p - q
//
// Source: Szegedy et al. 2016, section 7. Row losses are weighted and divided by the weight of the batch.
#include <algorithm>

#include "net.h"

namespace foveal {

void cross_entropy(const foveal_call &call, const Map &out, const Map &dout, Index classes, Rows rows, double *sums) {
    const double spread = call.smoothing / classes;
    for (Index n = rows.begin; n < rows.end; n++) {
        const float *z = out(n, 0, 0);
        float *dz = dout.at ? dout(n, 0, 0) : nullptr;
        const Index label = call.labels[n];
        const double weight = call.row_weights ? call.row_weights[n] : 1.0;
        Index best = 0;
        for (Index k = 1; k < classes; k++)
            if (z[k] > z[best]) best = k;
        double total = 0, sum = 0;
        for (Index k = 0; k < classes; k++) {
            total += std::exp(double(z[k]) - z[best]);
            sum += double(z[k]) - z[best];
        }
        const double log_total = std::log(total);
        const double loss = log_total - (1 - call.smoothing) * (double(z[label]) - z[best]) - spread * sum;
        for (Index k = 0; dz && k < classes; k++) {
            const double p = std::exp(double(z[k]) - z[best]) / total, q = spread + (k == label) * (1 - call.smoothing);
            dz[k] = float((p - q) * weight / call.total);
        }
        sums[0] += loss * weight / call.total;
        sums[1] += weight;
        sums[2] += weight * (best == label);
    }
}

}  // namespace foveal
