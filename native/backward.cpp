// From the gradient of the outputs to those of the weights.
#include <algorithm>

#include "net.h"

namespace foveal {

void Net::backward(const foveal_call &call, Rows mine, int id) {
    Worker &worker = workers[id];
    for (Index k = 0; k < Index(layers.size()); k++) {
        std::fill_n(worker.own[k].gradient, layers[k].gradient_size(), 0.0f);
        std::fill_n(worker.own[k].sums, 2 * layers[k].channels, 0.0);
    }
    if (call.out_gradient) read_gradient(call, mine);
    absorb(call, layers.size() - 1, mine, id);
    for (Index last = layers.size() - 1; last >= 0;) {
        if (layers[last].plan.norm) crew->wait();
        Index first = last;  // down to which a group goes without a barrier
        const bool dense = layers[last].method == Method::dense;
        while (!dense && first > 0 && !ends[first - 1] && !layers[first - 1].plan.norm) first--;
        for (Index k = last; k >= first; k--) choose_through(call, k, id);
        const Index step = dense ? std::max<Index>(1, mine.end - mine.begin) : groups[last];
        each_group(mine, step, worker.upward, [&](Rows rows) {
            for (Index k = last; k >= first; k--) {
                back(k, rows, id);
                if (k > 0) absorb(call, k - 1, rows, id);
            }
        });
        worker.upward = !worker.upward;
        last = first - 1;
    }
    write_input_gradient(call, mine);
}

void Net::read_gradient(const foveal_call &call, Rows rows) {
    const foveal_layer &last = layers.back().plan;
    const Index area = last.pooled_height * last.pooled_width;
    for (Index n = rows.begin; n < rows.end; n++)
        for (Index k = 0; k < area; k++)
            std::memcpy(dout(n, 0, 0) + k * dout.pixel, call.out_gradient + (n * area + k) * last.out,
                        last.out * sizeof(float));
}

// dy = scale (dz - sum(dz) / M - (y - mean) sum(dz (y - mean)) / (M deviation^2)), and the gradients of gamma and beta.
void Net::choose_through(const foveal_call &call, Index k, int id) {
    const Layer &layer = layers[k];
    const foveal_weights &w = layer.weights;
    const Own &own = workers[id].own[k];
    if (!layer.plan.norm) {
        std::fill_n(own.back_scale, layer.plan.out, 1.0f);
        return;  // slope and offset are zero
    }
    const double count = double(call.rows) * layer.point.from.area();
    for (Index c = 0; c < layer.plan.out; c++) {
        double dz = 0, product = 0;
        for (const Worker &worker : workers) {
            dz += worker.own[k].sums[c];
            product += worker.own[k].sums[layer.channels + c];
        }
        const double scale = own.scale[c], inverse = own.inverse[c];
        const double slope = -scale * inverse * inverse * product / count;
        own.back_scale[c] = float(scale);
        own.back_slope[c] = float(slope);
        own.back_offset[c] = float(-scale * dz / count - slope * own.mean[c]);
        if (id != 0) continue;
        w.gamma_gradient[c] = float(product * inverse);
        w.beta_gradient[c] = float(dz);
        if (w.bias_gradient) w.bias_gradient[c] = 0;  // batch norm takes every bias away
    }
}

void Net::back(Index k, Rows rows, int id) {
    Layer &layer = layers[k];
    const Worker &worker = workers[id];
    const Own &own = worker.own[k];
    each_group(rows, step_of(k, rows), true, [&](Rows here) {
        Map dy = layer.method == Method::dense ? layer.dy : layer.y;  // its sizes
        dy.at = layer.method == Method::dense ? layer.dy(here.begin, 0, 0) : worker.dy;
        const Map y = product_of(k, here, id);
        spread(layer.point, y, own.affine(), own.through(), gradient(k), dy, here.begin, here.end);
        layer.product_back(dy, here.begin, here.end, own.gradient, worker.scratch);
    });
}

void Net::write_input_gradient(const foveal_call &call, Rows rows) {
    if (!call.in_gradient) return;
    const Layer &first = layers[0];
    const foveal_layer &plan = first.plan;
    for (Index n = rows.begin; n < rows.end; n++)
        for (Index i = 0; i < plan.height; i++)
            for (Index j = 0; j < plan.width; j++)
                for (Index c = 0; c < plan.in; c++) {
                    float *to = call.in_gradient + ((n * plan.height + i) * plan.width + j) * plan.in + c;
                    *to = first.dx(n, i, j)[c] / (widths.empty() ? 1.0f : widths[j * plan.in + c]);
                }
}

// After the last barrier: what all threads found becomes the gradient of the weights, each thread a part of it.
void Net::finish(const foveal_call &call, int id) {
    for (Index k = 0; k < Index(layers.size()); k++) {
        Layer &layer = layers[k];
        const Rows filters = filters_of(layer, id);
        if (layer.method == Method::dense)
            finish_dense(call, layer, filters, workers[id].scratch);
        else if (filters.begin < filters.end)
            layer.finish(gradients[k].data(), threads, filters.begin, filters.end);
        if (id != 0 || layer.plan.norm || !layer.weights.bias_gradient) continue;
        for (Index c = 0; c < layer.plan.out; c++) {
            double sum = 0;
            for (const Worker &worker : workers) sum += worker.own[k].sums[c];
            layer.weights.bias_gradient[c] = float(sum);
        }
    }
}

void Net::finish_dense(const foveal_call &call, const Layer &layer, Rows outputs, float *scratch) {
    const foveal_weights &w = layer.weights;
    const Dense &dense = layer.whole;
    const foveal_tensor *tensor = updated_at_once(call, layer);
    outputs.end = std::min(outputs.end, dense.out);
    each_group(outputs, dense.outputs_at_once(), true, [&](Rows out) {
        each_group({0, dense.in}, dense.inputs_at_once(), true, [&](Rows in) {
            const Index first = out.begin * w.out_stride + in.begin;
            float *to = tensor ? scratch : w.weight_gradient + first;
            dense.gradient(layer.x, layer.dy, call.rows, to, tensor ? in.count() : w.out_stride, out, in);
            if (tensor) step(call, *tensor, to, {first, in.count(), out.count(), dense.in});
        });
    });
}

}  // namespace foveal
