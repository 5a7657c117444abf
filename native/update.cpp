// The optimizers' steps, as PyTorch's fused ones make them, the gradient of l2 |w|^2 added where a weight is penalised.
//
// SGD:   m <- momentum m + g, from m = 0 on;  w <- w - rate (nesterov ? g + momentum m : m), without m: g
// Adam:  m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2;  w <- w - rate m' / (sqrt(v') + eps), m' = m / (1 - b1^t)
//        and likewise v'; AdamW first shrinks w by rate decay. Kingma and Ba 2015, algorithm 1; Loshchilov and Hutter
//        2019.
#include <algorithm>

#include "net.h"

namespace foveal {
namespace {

template <class Visit>
void each_segment(const foveal_tensor &t, const float *gradient, const Part &part, Visit visit) {
    const auto at = [](float *begin, Index k) { return begin ? begin + k : nullptr; };
    for (Index r = 0; r < part.rows; r++) {
        const Index k = part.begin + r * part.distance;
        visit(t.value + k, at(t.first, k), at(t.second, k), gradient + r * part.length);
    }
}

void sgd(const foveal_call &call, const foveal_tensor &t, const float *gradient, const Part &part) {
    const float rate = float(call.rate), momentum = float(call.momentum), l2 = t.penalised ? float(2 * call.l2) : 0;
    const bool nesterov = call.nesterov != 0;
    each_segment(t, gradient, part, [&](float *value, float *first, float *, const float *from) {
        for (Index k = 0; k < part.length; k++) {
            const float g = from[k] + l2 * value[k];
            if (!first) {
                value[k] -= rate * g;
                continue;
            }
            const float m = momentum * first[k] + g;
            first[k] = m;
            value[k] -= rate * (nesterov ? g + momentum * m : m);
        }
    });
}

void adam(const foveal_call &call, const foveal_tensor &t, const float *gradient, const Part &part) {
    const double steps = *t.steps + 1;
    const float l2 = t.penalised ? float(2 * call.l2) : 0, b1 = float(call.beta1), b2 = float(call.beta2);
    const float rest1 = float(1 - call.beta1), rest2 = float(1 - call.beta2);  // 1 - b2 would have lost 1e-5 of it
    const float eps = float(call.eps), shrink = float(1 - call.rate * call.decay);
    const float rate = float(call.rate / (1 - std::pow(call.beta1, steps)));
    const float root = float(1 / std::sqrt(1 - std::pow(call.beta2, steps)));
    each_segment(t, gradient, part, [&](float *value, float *first, float *second, const float *from) {
        for (Index k = 0; k < part.length; k++) {
            const float g = from[k] + l2 * value[k];
            const float m = b1 * first[k] + rest1 * g, v = b2 * second[k] + rest2 * g * g;
            first[k] = m;
            second[k] = v;
            value[k] = value[k] * shrink - rate * m / (std::sqrt(v) * root + eps);
        }
    });
}

}  // namespace

void step(const foveal_call &call, const foveal_tensor &t, const float *gradient, const Part &part) {
    (call.rule == FOVEAL_ADAM ? adam : sgd)(call, t, gradient, part);
}

// Of a dense layer's weight in a step that is one call: the gradient is used while it is cached, and left nowhere.
const foveal_tensor *Net::updated_at_once(const foveal_call &call, const Layer &layer) const {
    const bool lies_whole = layer.method == Method::dense && layer.weights.out_stride == layer.plan.in;
    if (!lies_whole || !(call.work & FOVEAL_BACKWARD) || !(call.work & FOVEAL_UPDATE)) return nullptr;
    const foveal_tensor *begin = call.tensors, *end = begin + call.n_tensors;
    const foveal_tensor *found =
        std::find_if(begin, end, [&](const foveal_tensor &t) { return t.value == layer.weights.weight; });
    return found == end ? nullptr : found;
}

void Net::update(const foveal_call &call, int id) {
    for (Index k = 0; k < call.n_tensors; k++) {
        const foveal_tensor &t = call.tensors[k];
        const auto is_done = [&](const Layer &layer) { return updated_at_once(call, layer) == &t; };
        if (std::any_of(layers.begin(), layers.end(), is_done)) continue;
        const Index begin = t.size * id / threads, end = t.size * (id + 1) / threads;
        step(call, t, t.gradient + begin, {begin, end - begin});
    }
}

}  // namespace foveal
