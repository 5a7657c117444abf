// From a batch to the network's outputs.
#include <algorithm>

#include "net.h"

namespace foveal {
namespace {

template <class Number>
void standardise(const Number *from, float *to, Index count, const float *centre, const float *width) {
    if (!centre)
        for (Index k = 0; k < count; k++) to[k] = from[k];
    else
        for (Index k = 0; k < count; k++) to[k] = (from[k] - centre[k]) / width[k];
}

// Rows of maps into a map, standardised; where pixels lie further apart than they came, one by one.
template <class Number>
void read_maps(const Number *from, const foveal_layer &first, const Map &x, Rows rows, const float *centre,
               const float *width) {
    const Index line = first.width * first.in;
    for (Index n = rows.begin; n < rows.end; n++)
        for (Index i = 0; i < first.height; i++) {
            const Number *here = from + (n * first.height + i) * line;
            if (x.pixel == first.in) {
                standardise(here, x(n, i, 0), line, centre, width);
                continue;
            }
            for (Index j = 0; j < first.width; j++) {
                const Index at = j * first.in;
                const float *own = centre ? width + at : nullptr;
                standardise(here + at, x(n, i, j), first.in, centre ? centre + at : nullptr, own);
            }
        }
}

// (H, W, padded) to features in the order (C, H, W) or (H, W, C), or back.
void reorder(const foveal_layer &before, const Map &maps, const Map &features, bool channels_first, Rows rows,
             bool back) {
    const Index area = before.pooled_height * before.pooled_width;
    for (Index n = rows.begin; n < rows.end; n++)
        for (Index k = 0; k < area; k++) {
            float *pixel = maps(n, 0, 0) + k * maps.pixel, *row = features(n, 0, 0);
            for (Index c = 0; c < before.out; c++) {
                float &feature = row[channels_first ? c * area + k : k * before.out + c];
                if (back)
                    pixel[c] = feature;
                else
                    feature = pixel[c];
            }
        }
}

void drop(const float *mask, const Map &a, Index features, Rows rows) {
    for (Index n = rows.begin; n < rows.end; n++) {
        float *row = a(n, 0, 0);
        for (Index k = 0; k < features; k++) row[k] *= mask[n * features + k];
    }
}

}  // namespace

void Net::forward(const foveal_call &call, Rows mine, int id) {
    const Index count = layers.size();
    for (Index k = 0; k < count; k++)
        if (!has_barrier(k, call)) choose_affine(call, k, id);
    for (Index first = 0; first < count;) {
        Index last = first;  // the layers that a group goes through without a barrier
        const bool dense = layers[first].method == Method::dense;
        while (!dense && !ends[last] && !has_barrier(last, call) && layers[last + 1].method != Method::dense) last++;
        const bool norm = has_barrier(last, call);
        if (norm) {
            Moments &moments = workers[id].own[last].moments;
            moments.count = 0;
            std::fill_n(moments.mean, layers[last].channels, 0.0);
            std::fill_n(moments.squares, layers[last].channels, 0.0);
        }
        const Index step = dense ? std::max<Index>(1, mine.end - mine.begin) : groups[first];
        each_group(mine, step, workers[id].upward, [&](Rows rows) {
            for (Index k = first; k <= last; k++) {
                if (k == 0)
                    read_input(call, rows);
                else
                    emit(call, k - 1, rows, id);
                if (layers[k].is_kept()) product(k, rows, id);  // else where it is needed
            }
            if (norm) note_moments(last, rows, id);
        });
        workers[id].upward = !workers[id].upward;
        if (norm) {
            crew->wait();
            merge_moments(call, last, id);
        }
        first = last + 1;
    }
    emit(call, count - 1, mine, id);
    write_output(call, mine);
}

void Net::read_input(const foveal_call &call, Rows rows) {
    const Layer &first = layers[0];
    const float *centre = centres.empty() ? nullptr : centres.data(), *width = widths.data();
    if (call.bytes)
        read_maps(static_cast<const uint8_t *>(call.x), first.plan, first.x, rows, centre, width);
    else
        read_maps(static_cast<const float *>(call.x), first.plan, first.x, rows, centre, width);
}

void Net::note_moments(Index k, Rows rows, int id) {
    const Layer &layer = layers[k];
    each_group(rows, step_of(k, rows), true, [&](Rows here) {
        const Map y = product_of(k, here, id);
        add_moments(y(here.begin, 0, 0), (here.end - here.begin) * layer.point.from.area(), layer.channels,
                    workers[id].own[k].moments);
    });
}

// y of some rows, computed now; of a layer that is not kept there is room for one image, which so stays near.
Map Net::product(Index k, Rows rows, int id) {
    Layer &layer = layers[k];
    Worker &worker = workers[id];
    Map y = layer.y;
    if (!layer.is_kept()) {
        y.at = worker.y - rows.begin * y.image;  // so that image rows.begin is the first
        worker.y_layer = k, worker.y_begin = rows.begin, worker.y_end = rows.end;
    }
    layer.product(y, rows.begin, rows.end, worker.scratch);
    return y;
}

// y of some rows, from where it is kept, or recomputed.
Map Net::product_of(Index k, Rows rows, int id) {
    if (layers[k].is_kept()) return layers[k].y;
    const Worker &worker = workers[id];
    if (worker.y_layer != k || worker.y_begin != rows.begin || worker.y_end != rows.end) return product(k, rows, id);
    Map y = layers[k].y;
    y.at = worker.y - rows.begin * y.image;
    return y;
}

// Norm or bias, activation and pooling, where the layer after reads them.
void Net::emit(const foveal_call &call, Index k, Rows rows, int id) {
    Layer &layer = layers[k];
    const Map a = output(k);
    const Map *chosen = call.training && layer.chosen.at ? &layer.chosen : nullptr;
    each_group(rows, step_of(k, rows), true, [&](Rows here) {
        apply(layer.point, product_of(k, here, id), workers[id].own[k].affine(), a, chosen, here.begin, here.end);
    });
    if (call.training && layer.plan.dropout) drop(call.masks[k], a, layer.plan.out, rows);
    if (layer.flat.at && layer.flat.at != layers[k + 1].x.at)
        reorder(layer.plan, layer.flat, layers[k + 1].x, layers[k + 1].plan.order == 1, rows, false);
}

void Net::write_output(const foveal_call &call, Rows rows) {
    if (!call.out) return;
    const foveal_layer &last = layers.back().plan;
    const Index area = last.pooled_height * last.pooled_width;
    for (Index n = rows.begin; n < rows.end; n++)
        for (Index k = 0; k < area; k++)
            std::memcpy(call.out + (n * area + k) * last.out, out(n, 0, 0) + k * out.pixel, last.out * sizeof(float));
}

// Without batch norm, and in inference, scale and shift are known beforehand.
void Net::choose_affine(const foveal_call &, Index k, int id) {
    const Layer &layer = layers[k];
    const foveal_weights &w = layer.weights;
    const Own &own = workers[id].own[k];
    for (Index c = 0; c < layer.plan.out; c++) {
        const double bias = w.bias ? w.bias[c] : 0;
        if (layer.plan.norm) {
            const double scale = w.gamma[c] / std::sqrt(double(w.running_var[c]) + layer.plan.eps);
            own.scale[c] = float(scale);
            own.shift[c] = float(w.beta[c] + (bias - w.running_mean[c]) * scale);
        } else {
            own.scale[c] = 1;
            own.shift[c] = float(bias);
        }
    }
}

// Every thread works out the batch's statistics for itself; the first one moves the running ones.
void Net::merge_moments(const foveal_call &call, Index k, int id) {
    const Layer &layer = layers[k];
    const foveal_weights &w = layer.weights;
    const Own &own = workers[id].own[k];
    const double count = double(call.rows) * layer.point.from.area(), rate = call.rates[k];
    for (Index c = 0; c < layer.plan.out; c++) {
        double mean = 0, squares = 0, seen = 0;
        for (const Worker &worker : workers) {
            const Moments &theirs = worker.own[k].moments;
            if (theirs.count == 0) continue;
            const double step = theirs.mean[c] - mean, all = seen + theirs.count;
            mean += step * theirs.count / all;
            squares += theirs.squares[c] + step * step * seen * theirs.count / all;
            seen = all;
        }
        const double inverse = 1 / std::sqrt(squares / count + layer.plan.eps), scale = w.gamma[c] * inverse;
        own.mean[c] = float(mean);
        own.scale[c] = float(scale);
        own.shift[c] = float(w.beta[c] - mean * scale);
        own.inverse[c] = float(inverse);
        if (id != 0) continue;
        const double bias = w.bias ? w.bias[c] : 0;
        // Not w += rate (new - w): the first batch, whose rate is 1, would leave a small variance the rounding of 1.
        w.running_mean[c] = float(rate * (mean + bias) + (1 - rate) * w.running_mean[c]);
        w.running_var[c] = float(rate * squares / (count - 1) + (1 - rate) * w.running_var[c]);
    }
}

// dropout and the order of features, undone on the way back.
void Net::absorb(const foveal_call &call, Index k, Rows rows, int id) {
    Layer &layer = layers[k];
    const Map da = gradient(k);
    if (layer.dflat.at && layer.dflat.at != layers[k + 1].dx.at)
        reorder(layer.plan, da, layers[k + 1].dx, layers[k + 1].plan.order == 1, rows, true);
    if (layer.plan.dropout) drop(call.masks[k], da, layer.plan.out, rows);
    if (!layer.plan.norm && !layer.weights.bias_gradient) return;
    const Own &own = workers[id].own[k];
    gradient_sums(layer.point, layer.y, &layer.chosen, own.affine(), own.mean, da, own.sums, rows.begin, rows.end);
}

}  // namespace foveal
