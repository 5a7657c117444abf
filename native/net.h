// A network as a list of layers, and one training step of it.
//
// All threads run the same functions over their own images. A barrier stands where batch norm needs the whole batch,
// and before the weights change. Between two barriers a group of images goes through as many layers as it can while it
// is cached; to a large filter it comes in larger groups.
// Sums over the batch are added in the order of the threads: same seed and same thread count, same bits.
#pragma once
#include <memory>

#include "layer.h"
#include "pages.h"
#include "threads.h"

namespace foveal {

// What one thread has for one layer.
struct Own {
    float *gradient = nullptr;                                               // of the packed weight
    float *scale = nullptr, *shift = nullptr, *mean = nullptr, *inverse = nullptr;  // forward; 1 / deviation
    float *back_scale = nullptr, *back_slope = nullptr, *back_offset = nullptr;  // backward
    Moments moments;
    double *sums = nullptr;  // of dz and of dz (y - mean)

    Affine affine() const { return {scale, shift}; }
    Through through() const { return {back_scale, back_slope, back_offset}; }
};

struct Worker {
    std::vector<Own> own;  // a layer
    float *scratch = nullptr, *dy = nullptr, *y = nullptr;
    bool upward = true;                       // the way of the next pass over the images
    Index y_layer = -1, y_begin = 0, y_end = 0;  // what `y` holds, of a layer that is not kept
    double sums[3] = {};
};

// Inputs are (x - centre) / width, channel by channel; null leaves them as they are.
struct Units {
    const float *centre = nullptr, *width = nullptr;
    Index channels = 1;
};

class Net {
   public:
    Net(const foveal_layer *layers, Index n_layers, Index rows, int threads, bool trains, bool gives_gradient,
        Units units, bool only_count);
    ~Net();
    void bind(const foveal_weights *weights);
    void run(foveal_call &call);
    Index size() const { return arena.used; }

   private:
    void lay_out();
    void place_gradients();
    Map output(Index layer) const;    // where a layer's activations go
    Map gradient(Index layer) const;  // where their gradients come from
    void choose_groups();
    Index group_of(Index first, Index last) const;
    bool go_together(Index first, Index last) const;
    Rows rows_of(const foveal_call &call, int id) const;
    Rows filters_of(const Layer &layer, int id) const;

    void work(foveal_call &call, int id);
    void pack(int id);
    void forward(const foveal_call &call, Rows mine, int id);
    void read_input(const foveal_call &call, Rows rows);
    void note_moments(Index layer, Rows rows, int id);
    Index step_of(Index layer, Rows rows) const {
        return layers[layer].is_kept() && rows.end > rows.begin ? rows.end - rows.begin : 1;
    }
    Map product(Index layer, Rows rows, int id);
    Map product_of(Index layer, Rows rows, int id);
    void emit(const foveal_call &call, Index layer, Rows rows, int id);
    void write_output(const foveal_call &call, Rows rows);
    void choose_affine(const foveal_call &call, Index layer, int id);
    void merge_moments(const foveal_call &call, Index layer, int id);
    void backward(const foveal_call &call, Rows mine, int id);
    void read_gradient(const foveal_call &call, Rows rows);
    void absorb(const foveal_call &call, Index layer, Rows rows, int id);
    void choose_through(const foveal_call &call, Index layer, int id);
    void back(Index layer, Rows rows, int id);
    void write_input_gradient(const foveal_call &call, Rows rows);
    void finish(const foveal_call &call, int id);
    void finish_dense(const foveal_call &call, const Layer &layer, Rows outputs, float *scratch);
    const foveal_tensor *updated_at_once(const foveal_call &call, const Layer &layer) const;
    void update(const foveal_call &call, int id);

    bool has_barrier(Index layer, const foveal_call &call) const { return layers[layer].plan.norm && call.training; }

    std::vector<Layer> layers;
    std::vector<Worker> workers;
    std::vector<std::vector<float *>> gradients;  // a layer's, of every worker
    const Index rows;
    const int threads;
    const bool trains;
    std::unique_ptr<Pages> pages;
    Arena arena;  // of the pages
    Map out, dout;  // after the last layer
    std::vector<Index> groups;  // a layer's: images that go through it at once
    std::vector<char> ends;     // whether they go no further together
    const Units units;
    std::vector<float> centres, widths;  // of an input row
    std::unique_ptr<Crew> crew;
};

// Softmax cross-entropy of rows [begin, end) and its gradient; adds to sums: loss, weight, weight of the right rows.
void cross_entropy(const foveal_call &call, const Map &out, const Map &dout, Index classes, Rows rows, double *sums);

// Of a tensor: `rows` segments of `length` numbers, the first at `begin`, `distance` from one to the next.
struct Part {
    Index begin, length, rows = 1, distance = 0;
};

// The optimizer's step over a part of a tensor, from its gradient, whose segments lie one after the other.
void step(const foveal_call &call, const foveal_tensor &t, const float *gradient, const Part &part);

}  // namespace foveal
