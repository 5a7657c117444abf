// The network's memory, and the order of a step.
#include "net.h"

#include <algorithm>

namespace foveal {
namespace {

constexpr Index GROUP_FLOATS = 1 << 17;  // of a group's largest map: it should stay in a core's cache
constexpr Index LARGE_FILTER = 1 << 18;  // floats as packed: more than a core's own cache holds

Index part(Index all, int id, int parts) { return all * id / parts; }

}  // namespace

Net::Net(const foveal_layer *plans, Index n_layers, Index rows, int threads, bool trains, bool gives_gradient,
         Units units, bool only_count)
    : rows(rows), threads(threads), trains(trains), units(units) {
    for (Index k = 0; k < n_layers; k++) layers.emplace_back(plans[k], rows, k == 0, trains && (k > 0 || gives_gradient));
    choose_groups();
    lay_out();
    if (only_count) return;
    const foveal_layer &first = layers[0].plan;
    if (units.centre) centres.resize(first.width * first.in), widths.resize(first.width * first.in);
    pages = std::make_unique<Pages>(arena.used);  // zeros: borders and the room after the last channel stay so
    arena = Arena();
    arena.start = pages->at;
    lay_out();
    crew = std::make_unique<Crew>(threads);
}

Net::~Net() {
    if (crew && !crew->is_own()) crew.release();  // its threads are those of the parent: there is nobody to end
}

void Net::lay_out() {
    for (Layer &layer : layers) layer.lay_out(arena, rows, trains);
    place_gradients();
    for (Index k = 0; k < Index(layers.size()); k++) {
        Layer &layer = layers[k];
        const bool reads_maps = k > 0 && layer.method == Method::dense && layers[k - 1].method != Method::dense;
        if (!reads_maps) continue;
        Layer &before = layers[k - 1];
        const Index pixel = before.channels, line = before.plan.pooled_width * pixel;
        const Index whole = before.plan.pooled_height * line;
        if (before.channels == before.plan.out && layer.plan.order == 0) {  // the maps are the features as they lie
            before.flat = Map{layer.x.at, layer.x.image, line, pixel};
            before.dflat = Map{layer.dx.at, layer.dx.image, line, pixel};
        } else {
            before.flat = Map{arena.floats(rows * whole), whole, line, pixel};
            if (trains) before.dflat = Map{arena.floats(rows * whole), whole, line, pixel};
        }
    }
    const Layer &last = layers.back();
    const Index pixel = last.channels, line = last.plan.pooled_width * pixel, whole = last.plan.pooled_height * line;
    out = Map{arena.floats(rows * whole), whole, line, pixel};
    if (trains) dout = Map{arena.floats(rows * whole), whole, line, pixel};
    workers.resize(threads);
    for (Worker &worker : workers) {
        Index scratch = 0, dy = 0, y = 0;
        worker.own.resize(layers.size());
        for (Index k = 0; k < Index(layers.size()); k++) {
            const Layer &layer = layers[k];
            Own &own = worker.own[k];
            scratch = std::max(scratch, layer.scratch_size());
            dy = std::max(dy, groups[k] * layer.dy_size());
            if (!layer.is_kept()) y = std::max(y, layer.dy_size());
            for (float **coefficients : {&own.scale, &own.shift, &own.mean, &own.inverse})
                *coefficients = arena.floats(layer.channels);
            if (!trains) continue;
            for (float **coefficients : {&own.back_scale, &own.back_slope, &own.back_offset})
                *coefficients = arena.floats(layer.channels);
            own.gradient = arena.floats(layer.gradient_size());
            own.moments.mean = arena.doubles(layer.channels), own.moments.squares = arena.doubles(layer.channels);
            own.sums = arena.doubles(2 * layer.channels);
        }
        worker.scratch = arena.floats(scratch);
        worker.y = arena.floats(y);
        if (trains) worker.dy = arena.floats(dy);
    }
    gradients.resize(layers.size());
    for (Index k = 0; k < Index(layers.size()); k++) {
        gradients[k].clear();
        for (const Worker &worker : workers) gradients[k].push_back(worker.own[k].gradient);
    }
}

// What the layers between two barriers leave for those after the next one is read there and then done with: two
// places in turn serve all of these gradients, and stay cached. All others have places of their own, since between two
// barriers groups and threads are at different layers at the same time.
void Net::place_gradients() {
    const auto is_left = [&](Index k) { return k > 0 && layers[k - 1].plan.norm; };
    Index sizes[2] = {}, turn = 0;
    for (Index k = 0; k < Index(layers.size()); k++) {
        if (is_left(k))
            turn = 1 - turn, sizes[turn] = std::max(sizes[turn], layers[k].dx_size());
        else
            layers[k].place_gradient(arena.floats(rows * layers[k].dx_size()));
    }
    float *places[2] = {arena.floats(rows * sizes[0]), arena.floats(rows * sizes[1])};
    turn = 0;
    for (Index k = 0; k < Index(layers.size()); k++)
        if (is_left(k)) turn = 1 - turn, layers[k].place_gradient(places[turn]);
}

// The groups of a stretch of layers. It ends where one more layer would make them so small that a large filter, of this
// layer or of one before, came through the cache for too few images.
void Net::choose_groups() {
    const Index count = layers.size();
    groups.assign(count, 1), ends.assign(count, false);
    for (Index first = 0, last; first < count; first = last + 1) {
        for (last = first; last + 1 < count && go_together(first, last + 1);) last++;
        std::fill(groups.begin() + first, groups.begin() + last + 1, group_of(first, last + 1));
        ends[last] = true;
    }
}

bool Net::go_together(Index first, Index last) const {
    const Index together = group_of(first, last + 1);
    for (Index k = first; k <= last; k++)
        if (layers[k].gradient_size() > LARGE_FILTER && together < group_of(k, k + 1)) return false;
    return true;
}

Index Net::group_of(Index first, Index last) const {
    Index wish = 1, largest = 1;
    for (Index k = first; k < last; k++) {
        wish = std::max(wish, layers[k].images_at_once());
        largest = std::max(largest, layers[k].dy_size());
    }
    return std::max<Index>(1, std::min(wish, GROUP_FLOATS / largest));
}

Map Net::output(Index layer) const {
    if (layer + 1 == Index(layers.size())) return out;
    return layers[layer].flat.at ? layers[layer].flat : layers[layer + 1].x;
}

Map Net::gradient(Index layer) const {
    if (layer + 1 == Index(layers.size())) return dout;
    return layers[layer].dflat.at ? layers[layer].dflat : layers[layer + 1].dx;
}

Rows Net::rows_of(const foveal_call &call, int id) const {
    return {part(call.rows, id, threads), part(call.rows, id + 1, threads)};
}

Rows Net::filters_of(const Layer &layer, int id) const {
    const Index vectors = layer.channels / LANES;
    return {part(vectors, id, threads) * LANES, part(vectors, id + 1, threads) * LANES};
}

void Net::bind(const foveal_weights *weights) {
    for (Layer &layer : layers) layer.bind(*weights++);
}

void Net::run(foveal_call &call) {
    if (crew && !crew->is_own()) crew.release();  // its threads are those of the parent
    if (!crew) crew = std::make_unique<Crew>(threads);  // which may fail, and be tried again
    crew->run([&](int id) { work(call, id); });
    if (call.work & FOVEAL_UPDATE)
        for (Index k = 0; k < call.n_tensors; k++)
            if (call.tensors[k].steps) *call.tensors[k].steps += 1;
    for (double &sum : call.sums) sum = 0;
    if (!(call.work & FOVEAL_LOSS)) return;
    for (const Worker &worker : workers)
        for (int k = 0; k < 3; k++) call.sums[k] += worker.sums[k];
}

void Net::work(foveal_call &call, int id) {
    const Rows mine = rows_of(call, id);
    if (call.work & FOVEAL_PACK) {
        pack(id);
        crew->wait();
    }
    workers[id].y_layer = -1;
    workers[id].upward = true;
    if (call.work & FOVEAL_FORWARD) forward(call, mine, id);
    if (call.work & FOVEAL_LOSS) {
        std::fill_n(workers[id].sums, 3, 0.0);
        cross_entropy(call, out, dout, layers.back().plan.out, mine, workers[id].sums);
    }
    if (call.work & FOVEAL_BACKWARD) {
        backward(call, mine, id);
        crew->wait();
        finish(call, id);
    }
    if (call.work & FOVEAL_UPDATE) {
        crew->wait();
        update(call, id);
    }
}

void Net::pack(int id) {
    if (id == 0)
        for (std::size_t j = 0; j < centres.size(); j++) {
            centres[j] = units.centre[j % units.channels];
            widths[j] = units.width[j % units.channels];
        }
    for (Layer &layer : layers) {
        const Rows filters = filters_of(layer, id);
        if (filters.begin < filters.end) layer.pack(filters.begin, filters.end);
    }
}

}  // namespace foveal
