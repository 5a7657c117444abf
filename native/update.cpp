// The optimizers' steps, as PyTorch's fused ones make them, the gradient of l2 |w|^2 added where a weight is penalised.
//
// SGD:   m <- momentum m + g, from m = 0 on;  w <- w - rate (nesterov ? g + momentum m : m), without m: g
// Adam:  m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2;  w <- w - rate m' / (sqrt(v') + eps), m' = m / (1 - b1^t)
//        and likewise v'; AdamW first shrinks w by rate decay. Kingma and Ba 2015, algorithm 1; Loshchilov and Hutter 2019.
#include <algorithm>

#include "net.h"

namespace foveal {
namespace {

void sgd(const foveal_call &call, const foveal_tensor &t, Index begin, Index end) {
    const float rate = float(call.rate), momentum = float(call.momentum), l2 = t.penalised ? float(2 * call.l2) : 0;
    const bool nesterov = call.nesterov != 0;
    for (Index k = begin; k < end; k++) {
        const float g = t.gradient[k] + l2 * t.value[k];
        if (!t.first) {
            t.value[k] -= rate * g;
            continue;
        }
        const float m = momentum * t.first[k] + g;
        t.first[k] = m;
        t.value[k] -= rate * (nesterov ? g + momentum * m : m);
    }
}

void adam(const foveal_call &call, const foveal_tensor &t, Index begin, Index end) {
    const double steps = *t.steps + 1;
    const float l2 = t.penalised ? float(2 * call.l2) : 0, b1 = float(call.beta1), b2 = float(call.beta2);
    const float rest1 = float(1 - call.beta1), rest2 = float(1 - call.beta2);  // 1 - b2 would have lost 1e-5 of it
    const float eps = float(call.eps), shrink = float(1 - call.rate * call.decay);
    const float rate = float(call.rate / (1 - std::pow(call.beta1, steps)));
    const float root = float(1 / std::sqrt(1 - std::pow(call.beta2, steps)));
    for (Index k = begin; k < end; k++) {
        const float g = t.gradient[k] + l2 * t.value[k];
        const float m = b1 * t.first[k] + rest1 * g, v = b2 * t.second[k] + rest2 * g * g;
        t.first[k] = m;
        t.second[k] = v;
        t.value[k] = t.value[k] * shrink - rate * m / (std::sqrt(v) * root + eps);
    }
}

}  // namespace

void update(const foveal_call &call, int id, int parts) {
    for (Index k = 0; k < call.n_tensors; k++) {
        const foveal_tensor &t = call.tensors[k];
        const Index begin = t.size * id / parts, end = t.size * (id + 1) / parts;
        (call.rule == FOVEAL_ADAM ? adam : sgd)(call, t, begin, end);
    }
}

}  // namespace foveal
