// Networks of every kind that the kernels know, with weights and data of their own, for the drivers beside this file.
//
// Every array is exactly as long as the interface says, on the heap, so that a sanitizer sees who goes beyond. Numbers
// come from a generator that is the same everywhere: two builds are given the same.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "abi.h"

using Floats = std::vector<float>;

inline void demand(bool holds, const std::string &what) {
    if (holds) return;
    std::fprintf(stderr, "wrong: %s\n", what.c_str());
    std::exit(1);
}

inline int64_t places(int64_t n, int64_t filter, int64_t stride, int64_t dilation) {
    return (n - (filter - 1) * dilation - 1) / stride + 1;
}

struct Shape {
    int64_t channels, height, width;
    int64_t area() const { return height * width; }
};

struct Conv {
    int64_t out, height = 3, width = 3, stride = 1, dilation = 1, top = 1, bottom = 1, left = 1, right = 1, norm = 1;
};
struct After {  // activation and pooling
    int64_t pool = 0, window = 2, stride = 2, activate_first = 1, leaky = 0, dropout = 0;
    double low = 0, high = INFINITY, slope = 0;
};

// What a network is: its layers, and the shape of what goes in and comes out.
struct Design {
    std::string name;
    Shape in, at;
    bool bytes = false, gives_gradient = false;
    std::vector<foveal_layer> layers;

    Design(std::string name, Shape in) : name(std::move(name)), in(in), at(in) {}

    Design &conv(const Conv &c, const After &after = {}) {
        foveal_layer l{};
        l.in = at.channels, l.out = c.out, l.height = at.height, l.width = at.width;
        l.filter_height = c.height, l.filter_width = c.width, l.stride_height = l.stride_width = c.stride;
        l.dilation_height = l.dilation_width = c.dilation, l.top = c.top, l.left = c.left;
        l.out_height = places(at.height + c.top + c.bottom, c.height, c.stride, c.dilation);
        l.out_width = places(at.width + c.left + c.right, c.width, c.stride, c.dilation);
        l.norm = c.norm, l.bias = 1;
        at = {c.out, l.out_height, l.out_width};
        return add(l, after);
    }
    Design &dense(int64_t out, int64_t norm = 0, const After &after = {}, int64_t order = 0) {
        foveal_layer l{};
        l.dense = 1, l.in = at.channels * at.area(), l.out = out, l.norm = norm, l.bias = 1, l.order = order;
        for (int64_t *one : {&l.height, &l.width, &l.out_height, &l.out_width, &l.filter_height, &l.filter_width,
                             &l.stride_height, &l.stride_width, &l.dilation_height, &l.dilation_width})
            *one = 1;
        at = {out, 1, 1};
        return add(l, after);
    }
    Design &takes_bytes() { return bytes = true, *this; }
    Design &wants_gradient() { return gives_gradient = true, *this; }

   private:
    Design &add(foveal_layer l, const After &b) {
        l.pool = b.pool, l.eps = 1e-5, l.low = b.low, l.high = b.high, l.slope = b.slope, l.leaky = b.leaky;
        l.activate_first = b.activate_first, l.dropout = b.dropout;
        const int64_t window = b.pool ? b.window : 1, stride = b.pool ? b.stride : 1;
        l.pool_height = std::min(window, l.out_height), l.pool_width = std::min(window, l.out_width);
        l.pool_stride_height = l.pool_stride_width = stride;
        l.pooled_height = places(l.out_height, l.pool_height, stride, 1);
        l.pooled_width = places(l.out_width, l.pool_width, stride, 1);
        at.height = l.pooled_height, at.width = l.pooled_width;
        layers.push_back(l);
        return *this;
    }
};

inline std::vector<Design> designs() {
    const After none{0, 2, 2, 1, 0, 0, -INFINITY}, maximum{1}, mean{2}, late_mean{2, 2, 2, 0}, overlap{1, 3, 2};
    const After leaky{0, 2, 2, 1, 1, 0, 0, INFINITY, 0.1}, dropped{0, 2, 2, 1, 0, 1};
    After six = mean;
    six.high = 6;
    const Conv plain{16, 3, 3, 1, 1, 1, 1, 1, 1, 0};
    const Conv uneven{24, 3, 3, 1, 1, 0, 0, 2, 1}, five{7, 5, 5, 2, 1, 2, 2, 1, 2}, half{9, 3, 3, 2};
    const Conv apart{6, 3, 3, 1, 2, 2, 2, 2, 2}, point{33, 1, 1, 1, 1, 0, 0, 0, 0};
    const Conv row{17, 1, 5, 1, 1, 0, 0, 2, 2}, gaps{8, 1, 3, 1, 2, 0, 0, 0, 0}, last{5, 3, 3, 1, 1, 1, 1, 1, 1, 0};
    std::vector<Design> all;
    const auto design = [&](const char *name, Shape in) -> Design & { return all.emplace_back(name, in); };
    design("stack", {1, 12, 12}).conv({12}, maximum).conv({20}, maximum).dense(24, 1, dropped).dense(10, 0, none);
    all.back().takes_bytes();
    design("winograd", {8, 13, 11}).conv({19}, leaky).conv(uneven, late_mean).conv({9}, overlap).dense(3, 0, none, 1);
    design("no norm", {10, 9, 9}).conv(plain, maximum).conv(plain, six).dense(5, 0, none).wants_gradient();
    design("strided", {3, 17, 15}).conv(five, leaky).conv(half, mean).dense(4, 0, none).takes_bytes();
    design("dilated", {5, 14, 14}).conv(apart, overlap).conv(point, six).dense(2, 0, none, 1).wants_gradient();
    design("one axis", {2, 1, 40}).conv(row, {1, 3, 3}).conv(gaps).dense(6, 0, none);
    design("table", {7, 1, 1}).dense(19, 1, leaky).dense(33, 0, dropped).dense(3, 0, none).wants_gradient();
    design("wide", {13, 1, 1}).dense(531, 0, leaky).dense(71, 1).dense(67, 0, none).wants_gradient();
    design("maps", {4, 6, 6}).conv({8}, maximum).conv(last, none).wants_gradient();
    const Conv large{40, 5, 5, 1, 1, 2, 2, 2, 2}, beyond{24, 5, 5, 1, 3, 6, 6, 6, 6};
    const Conv many{96, 3, 3, 1, 1, 1, 1, 1, 1, 0};
    design("panels", {40, 7, 6}).conv(large, leaky).conv(beyond).dense(3, 0, none).wants_gradient();
    design("groups", {3, 16, 16}).conv({64, 3, 3, 1, 1, 1, 1, 1, 1, 0}, mean).conv(many, mean).conv(many, leaky);
    all.back().dense(3, 0, none).wants_gradient();
    return all;
}

// A network that is open, with all that its calls point to.
class Network {
   public:
    Network(const Design &design, int64_t rows, int64_t threads, bool trains, unsigned seed = 1)
        : design(design), trains(trains), random(seed) {
        centre = floats(design.in.channels, 0.2f), width = floats(design.in.channels, 0.1f, 1);
        char error[200] = "";
        handle = foveal_open(design.layers.data(), count(), rows, threads, trains, trains && design.gives_gradient,
                             centre.data(), width.data(), design.in.channels, error, sizeof error);
        if (!handle) why = error;
        for (const foveal_layer &l : design.layers) describe(l);
        foveal_tensor tensor{};
        for (size_t k = 0; k < values.size(); k++) {
            tensor.value = values[k].data(), tensor.gradient = gradients[k].data(), tensor.size = values[k].size();
            tensor.first = first[k].data(), tensor.second = second[k].data(), tensor.steps = &steps[k];
            tensor.penalised = k % 2;
            tensors.push_back(tensor);
        }
        if (handle) foveal_bind(handle, weights.data());
    }
    ~Network() {
        if (handle) foveal_close(handle);
    }
    Network(const Network &) = delete;

    // A step of training, or an inference, on rows of a seed's data; 0 unless it failed. In one call a dense weight's
    // gradient is used up and left nowhere.
    int run(int64_t rows, unsigned seed, bool own_loss = true, bool one_call = true) {
        random.seed(seed);
        prepare(rows);
        if (!trains) return work(FOVEAL_PACK | FOVEAL_FORWARD);
        call.training = 1;
        const int64_t forward = FOVEAL_PACK | FOVEAL_FORWARD, back = FOVEAL_BACKWARD | FOVEAL_UPDATE;
        if (own_loss && design.at.area() == 1)
            return one_call ? work(forward | FOVEAL_LOSS | back)
                            : work(forward | FOVEAL_LOSS | FOVEAL_BACKWARD) || work(FOVEAL_UPDATE);
        if (work(forward)) return -1;
        out_gradient = floats(rows * outputs(), 1);
        call.out_gradient = out_gradient.data();
        return work(back);
    }

    int again() { return work(call.work); }  // the last call, without preparing another

    // What a step computes, tensor by tensor, and what it makes of the weights.
    std::vector<Floats> computed() const {
        std::vector<Floats> all{out, in_gradient, {float(call.sums[0])}};
        for (const auto *kind : {&gradients, &running}) all.insert(all.end(), kind->begin(), kind->end());
        return all;
    }
    std::vector<Floats> left() const {
        std::vector<Floats> all = computed();
        all.insert(all.end(), values.begin(), values.end());
        return all;
    }

    int64_t outputs() const { return design.at.channels * design.at.area(); }
    foveal_net *handle;
    std::string why;
    foveal_call call{};

   private:
    int64_t count() const { return design.layers.size(); }

    Floats floats(size_t size, float scale, float shift = 0) {
        Floats made(size);
        for (float &x : made) x = shift + scale * (float(random() % 2001) / 1000 - 1);
        return made;
    }

    float *parameter(int64_t size, float scale, float shift, float **gradient) {
        values.push_back(floats(size, scale, shift));
        for (auto *kind : {&gradients, &first, &second}) kind->emplace_back(size);
        steps.push_back(0);
        *gradient = gradients.back().data();
        return values.back().data();
    }

    float *statistic(int64_t size, float value) {
        running.emplace_back(size, value);
        return running.back().data();
    }

    void describe(const foveal_layer &l) {
        const int64_t taps = l.filter_height * l.filter_width;
        foveal_weights w{};
        w.weight = parameter(l.out * l.in * taps, 1.0f / float(1 + l.in * taps / 8), 0, &w.weight_gradient);
        const bool channels_last = values.size() % 2;  // PyTorch's two layouts of a filter
        w.out_stride = l.in * taps, w.in_stride = channels_last ? 1 : taps;
        w.column_stride = channels_last ? l.in : 1, w.row_stride = w.column_stride * l.filter_width;
        w.bias = parameter(l.out, 0.1f, 0, &w.bias_gradient);
        if (l.norm) {
            w.gamma = parameter(l.out, 1, 0, &w.gamma_gradient), w.beta = parameter(l.out, 0.5f, 0, &w.beta_gradient);
            w.running_mean = statistic(l.out, 0), w.running_var = statistic(l.out, 1);
        }
        weights.push_back(w);
        rates.push_back(0.1);
    }

    void prepare(int64_t rows) {
        call = foveal_call{};
        const size_t size = rows * design.in.channels * design.in.area();
        data = floats(size, 1), bytes.assign(size, 0);
        for (size_t k = 0; k < size; k++) bytes[k] = uint8_t(128 + 127 * data[k]);
        out.assign(rows * outputs(), 0);
        labels.clear();
        for (int64_t n = 0; n < rows; n++) labels.push_back(random() % outputs());
        row_weights = floats(rows, 0.5f, 1);
        masks.clear(), kept.clear();
        for (const foveal_layer &l : design.layers) {
            kept.push_back(l.dropout ? floats(rows * l.out, 1, 1) : Floats());
            masks.push_back(l.dropout ? kept.back().data() : nullptr);
        }
        in_gradient.assign(trains && design.gives_gradient ? size : 0, 0);
        call.rows = rows, call.bytes = design.bytes;
        call.x = design.bytes ? static_cast<const void *>(bytes.data()) : data.data();
        call.out = out.data(), call.labels = labels.data(), call.row_weights = rows % 2 ? row_weights.data() : nullptr;
        call.in_gradient = in_gradient.empty() ? nullptr : in_gradient.data();
        call.total = rows, call.smoothing = 0.1, call.l2 = 1e-3, call.masks = masks.data(), call.rates = rates.data();
        call.rule = rows % 3 ? FOVEAL_ADAM : FOVEAL_SGD, call.rate = 1e-3, call.momentum = 0.9, call.nesterov = 1;
        call.decay = 1e-2, call.beta1 = 0.9, call.beta2 = 0.999, call.eps = 1e-8;
        call.tensors = tensors.data(), call.n_tensors = tensors.size();
    }

    int work(int64_t kind) {
        call.work = kind;
        return foveal_run(handle, &call);
    }

    const Design design;
    const bool trains;
    std::mt19937 random;
    Floats centre, width, data, out, row_weights, out_gradient, in_gradient;
    std::vector<uint8_t> bytes;
    std::vector<int64_t> labels;
    std::deque<Floats> values, gradients, first, second, running;  // places stay
    std::deque<float> steps;
    std::vector<foveal_weights> weights;
    std::vector<foveal_tensor> tensors;
    std::vector<double> rates;
    std::vector<Floats> kept;
    std::vector<const float *> masks;
};
