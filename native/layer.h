// One layer of a network: a matrix product (convolution or dense), then batch norm or bias, activation, pooling and
// dropout.
#pragma once
#include <vector>

#include "abi.h"
#include "dense.h"
#include "direct.h"
#include "pointwise.h"
#include "winograd.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace foveal {

// Memory taken in one piece: counted first, then given out.
class Arena {
   public:
    float *floats(Index count) { return reinterpret_cast<float *>(bytes(count * Index(sizeof(float)))); }
    double *doubles(Index count) { return reinterpret_cast<double *>(bytes(count * Index(sizeof(double)))); }
    char *start = nullptr;
    Index used = 0;

   private:
    char *bytes(Index count) {
        char *at = start ? start + used : nullptr;
        const Index room = (count + 127) / 128 * 128 + GAP;
        if (at && GAP) fence(at + count, room - count);
        used += room;
        return at;
    }

    // Under the address sanitizer nobody may touch what lies between two pieces.
#ifdef __SANITIZE_ADDRESS__
    static constexpr Index GAP = 128;
    static void fence(char *at, Index count) { __asan_poison_memory_region(at, count); }
#else
    static constexpr Index GAP = 0;
    static void fence(char *, Index) {}
#endif
};

enum class Method { dense, winograd, direct };
Method method_of(const foveal_layer &l);

class Layer {
   public:
    Layer(const foveal_layer &plan, Index rows, bool first, bool gives_gradient);

    void lay_out(Arena &arena, Index rows, bool trains);
    // dx lies where it is told to: no two layers that stand next to each other may share that.
    Index dx_size() const { return gives_gradient ? dx.image : 0; }  // of an image
    void place_gradient(float *at);
    Index dy_size() const { return method == Method::dense ? 0 : plan.out_height * plan.out_width * channels; }
    Index gradient_size() const;  // of a thread's sum over its images
    Index scratch_size() const {
        return method == Method::winograd ? fast.scratch() : method == Method::dense ? whole.scratch() : 0;
    }
    Index images_at_once() const;  // that fill a chunk of tiles

    void bind(const foveal_weights &now);
    // Filters [begin, end), whole vectors of them.
    void pack(Index begin, Index end);
    // y of images [begin, end).
    void product(const Map &y, Index begin, Index end, float *scratch);
    // From dy of images [begin, end), its first one at dy.at: adds to a thread's `gradient` and sets dx.
    void product_back(const Map &dy, Index begin, Index end, float *gradient, float *scratch);
    // The weight's gradient of filters [begin, end) from all threads' sums; a dense layer's, `whole` makes.
    void finish(float *const *gradients, int threads, Index begin, Index end);

    // A first layer of few channels is recomputed where it is needed: that takes less time than to write it and to
    // read it twice (1 channel: 0.3 cycles a value against 0.8 for each way). After a maximum nothing else looks at y.
    bool is_kept() const { return kept; }

    foveal_layer plan;
    foveal_weights weights{};
    Method method;
    bool gives_gradient;  // of its input
    Index channels = 0;   // of its output, padded
    Pointwise point;
    Map x, dx;       // the first pixel inside the border
    Map y, chosen;   // the product, if kept; the values that maxima came from
    Map dy;          // of a dense layer, all rows
    Map flat, dflat;  // a layer's output as maps, where the dense layer after it reads it in another order

    Winograd fast;
    Direct plain;
    Dense whole;

   private:
    Filter filter() const;
    Weight weight(float *at) const {
        return {at, weights.out_stride, weights.in_stride, weights.row_stride, weights.column_stride};
    }
    bool is_packed(Index begin, Index end);

    bool kept = true;
    float *packed = nullptr, *transposed = nullptr;
    float *seen = nullptr;    // the filters that are packed, where comparing costs less than packing again
    std::vector<char> known;  // a vector of filters: whether there are such
};

}  // namespace foveal
