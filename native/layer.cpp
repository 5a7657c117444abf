#include "layer.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace foveal {

// Fewer input channels than these leave most of a vector empty: the filter's rows are longer than that.
constexpr Index FEWEST_CHANNELS = 8;
// Rows of an inference up to which packed filters are compared before they are packed again.
constexpr Index FEW_ROWS = 8;
// Multiply-adds of an output up to which a first layer's product is not kept.
constexpr Index RECOMPUTED = 9;
// A tile's 36 products and its transforms against 9 for each output.
constexpr double TILE_COST = POSITIONS * 1.5, DIRECT_COST = 9;

Method method_of(const foveal_layer &l) {
    if (l.dense) return Method::dense;
    const bool fits = l.filter_height == 3 && l.filter_width == 3 && l.stride_height == 1 && l.stride_width == 1 &&
                      l.dilation_height == 1 && l.dilation_width == 1 && l.in >= FEWEST_CHANNELS;
    const double tiles = double((l.out_height + TILE - 1) / TILE) * ((l.out_width + TILE - 1) / TILE);
    return fits && tiles * TILE_COST < DIRECT_COST * l.out_height * l.out_width ? Method::winograd : Method::direct;
}

Layer::Layer(const foveal_layer &plan, Index rows, bool first, bool gives_gradient)
    : plan(plan), method(method_of(plan)), gives_gradient(gives_gradient), channels(padded(plan.out)) {
    const Filter f = filter();
    if (method == Method::winograd) fast = Winograd(f);
    // The network's input lies as it comes, without room after its channels, unless its gradient is wanted.
    if (method == Method::direct) plain = Direct(f, first && !gives_gradient ? plan.in : padded(plan.in));
    if (method == Method::dense) whole = Dense(plan.in, plan.out, rows);
    point.channels = channels;
    point.from = {plan.out_height, plan.out_width};
    point.to = {plan.pooled_height, plan.pooled_width};
    point.pool = Pool(plan.pool);
    point.height = plan.pool_height, point.width = plan.pool_width;
    point.stride_h = plan.pool_stride_height, point.stride_w = plan.pool_stride_width;
    kept = !(first && method == Method::direct && plan.in * plan.filter_height * plan.filter_width <= RECOMPUTED &&
             point.pool == Pool::max);
    point.activate_first = plan.activate_first;
    point.activation = {float(plan.low), float(plan.high), float(plan.slope), plan.leaky != 0};
}

Filter Layer::filter() const {
    Filter f;
    f.in = plan.in, f.out = plan.out, f.height = plan.filter_height, f.width = plan.filter_width;
    f.stride_h = plan.stride_height, f.stride_w = plan.stride_width;
    f.dilation_h = plan.dilation_height, f.dilation_w = plan.dilation_width, f.top = plan.top, f.left = plan.left;
    f.from = {plan.height, plan.width}, f.to = {plan.out_height, plan.out_width};
    return f;
}

Index Layer::images_at_once() const {
    if (method != Method::winograd) return 1;
    return std::max<Index>(1, CHUNK / fast.tiles.area());
}

Index Layer::gradient_size() const {
    return method == Method::dense ? 0 : method == Method::winograd ? fast.packed() : plain.packed();
}

void Layer::lay_out(Arena &arena, Index rows, bool trains) {
    const auto room = [](Index height, Index width, Index pixel) {
        return Map{nullptr, height * width * pixel, width * pixel, pixel};
    };
    const auto take = [&](Map &map) { map.at = arena.floats(rows * map.image); };
    if (method == Method::dense) {
        x = room(1, 1, whole.features());
        if (trains) take(dy = room(1, 1, whole.channels()));
    } else {
        const bool tiled = method == Method::winograd;
        const auto reach = [](Index places, Index stride, Index filter, Index dilation) {
            return (places - 1) * stride + (filter - 1) * dilation + 1;
        };
        const Index height =
            tiled ? fast.tiles.height * TILE + 2
                  : reach(plan.out_height, plan.stride_height, plan.filter_height, plan.dilation_height);
        const Index width = tiled ? fast.tiles.width * TILE + 2
                                  : reach(plan.out_width, plan.stride_width, plan.filter_width, plan.dilation_width);
        x = room(std::max(height, plan.top + plan.height), std::max(width, plan.left + plan.width),
                 tiled ? fast.in : plain.in);
        packed = arena.floats(gradient_size());
        transposed = gives_gradient ? arena.floats(gradient_size()) : nullptr;
        seen = !trains && rows <= FEW_ROWS ? arena.floats(plan.out * plan.in * filter().taps()) : nullptr;
        known.assign(channels / LANES, false);
    }
    dx = x;
    take(x);
    if (x.at) x.at += plan.top * x.row + plan.left * x.pixel;
    y = room(plan.out_height, plan.out_width, channels);
    if (kept) take(y);
    if (trains && point.keeps_chosen()) take(chosen = room(plan.pooled_height, plan.pooled_width, channels));
}

void Layer::place_gradient(float *at) {
    if (at && gives_gradient) dx.at = at + plan.top * dx.row + plan.left * dx.pixel;
}

void Layer::bind(const foveal_weights &now) {
    const auto strides = [](const foveal_weights &w) {
        return std::array<Index, 4>{w.out_stride, w.in_stride, w.row_stride, w.column_stride};
    };
    if (strides(weights) != strides(now)) std::fill(known.begin(), known.end(), false);
    weights = now;
}

// Whether the filters are those that were packed last, bit by bit: an answer for one row packs longer than it computes.
bool Layer::is_packed(Index begin, Index end) {
    const Index size = plan.in * filter().taps();
    if (!seen || weights.out_stride != size) return false;  // filters lie one after the other, without gaps
    const std::size_t bytes = std::max<Index>(0, end - begin) * size * sizeof(float);
    float *old = seen + begin * size;
    const float *now = weights.weight + begin * size;
    if (known[begin / LANES] && !std::memcmp(old, now, bytes)) return true;
    std::memcpy(old, now, bytes);
    known[begin / LANES] = true;
    return false;
}

void Layer::pack(Index begin, Index end) {
    const Weight w = weight(weights.weight);
    if (is_packed(begin, std::min(end, plan.out))) return;
    if (method == Method::winograd) return fast.pack(w, packed, transposed, begin, end);
    if (method == Method::direct) plain.pack(w, packed, transposed, begin, std::min(end, plan.out));
}

void Layer::product(const Map &y, Index begin, Index end, float *scratch) {
    if (method == Method::winograd) return fast.forward(x, packed, y, begin, end, scratch);
    if (method == Method::direct) return plain.forward(x, packed, y, begin, end);
    whole.forward(x, weights.weight, weights.out_stride, y, begin, end, scratch);
}

void Layer::product_back(const Map &dy, Index begin, Index end, float *gradient, float *scratch) {
    Map moved = dy;  // so that image `begin` is its first
    moved.at -= begin * dy.image;
    if (method == Method::dense) {
        if (gives_gradient) whole.backward(moved, weights.weight, weights.out_stride, dx, begin, end, scratch);
        return;
    }
    if (gives_gradient) {
        float *first = dx(begin, 0, 0) - plan.top * dx.row - plan.left * dx.pixel;
        std::memset(first, 0, (end - begin) * dx.image * sizeof(float));
    }
    const Map *back = gives_gradient ? &dx : nullptr;
    if (method == Method::winograd) return fast.backward(x, moved, transposed, gradient, back, begin, end, scratch);
    plain.backward(x, moved, transposed, gradient, back, begin, end);
}

void Layer::finish(float *const *gradients, int threads, Index begin, Index end) {
    const Index lines = gradient_size() / channels;
    for (int t = 1; t < threads; t++)
        for (Index k = 0; k < lines; k++)
            for (Index o = begin; o < end; o += LANES) {
                float *sum = gradients[0] + k * channels + o;
                store(sum, load(sum) + load(gradients[t] + k * channels + o));
            }
    const Weight w = weight(weights.weight_gradient);
    if (method == Method::winograd) return fast.unpack(gradients[0], w, begin, end);
    plain.unpack(gradients[0], w, begin, std::min(end, plan.out));
}

}  // namespace foveal
