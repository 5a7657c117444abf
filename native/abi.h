// The plain C interface: what Python's ctypes mirrors in foveal/kernels/interface.py. Every number is 8 bytes wide, so
// that the two descriptions can be compared at a glance. A function that fails returns null or -1; foveal_open leaves a
// sentence.
#pragma once
#include <cstdint>

#define FOVEAL_API extern "C" __attribute__((visibility("default")))

struct foveal_layer {  // a convolution or a dense layer, with what stands after it until the next
    int64_t dense, in, out;
    int64_t height, width, out_height, out_width;  // maps before and after the convolution
    int64_t filter_height, filter_width, stride_height, stride_width, dilation_height, dilation_width, top, left;
    int64_t norm, bias;
    int64_t pool, pool_height, pool_width, pool_stride_height, pool_stride_width, pooled_height, pooled_width;
    int64_t activate_first, leaky, dropout;
    int64_t order;  // of a dense layer's inputs from maps: 0 (H, W, C), 1 (C, H, W)
    double eps, low, high, slope;
};

struct foveal_weights {  // one layer's parameters and their gradients, where PyTorch has them; null for none
    float *weight, *weight_gradient;
    int64_t out_stride, in_stride, row_stride, column_stride;
    float *bias, *gamma, *beta, *bias_gradient, *gamma_gradient, *beta_gradient;
    float *running_mean, *running_var;
};

struct foveal_tensor {  // one parameter for the update; first and second are the optimizer's memory
    float *value, *first, *second;
    const float *gradient;
    float *steps;
    int64_t size, penalised;
};

enum foveal_work { FOVEAL_PACK = 1, FOVEAL_FORWARD = 2, FOVEAL_LOSS = 4, FOVEAL_BACKWARD = 8, FOVEAL_UPDATE = 16 };
enum foveal_rule { FOVEAL_SGD = 0, FOVEAL_ADAM = 1 };

struct foveal_call {
    int64_t work, rows, training;
    const void *x;  // (rows, H, W, C), uint8 or float
    int64_t bytes;
    float *out;                 // (rows, outputs), or null
    const float *out_gradient;  // without FOVEAL_LOSS
    float *in_gradient;         // (rows, H, W, C), or null
    const int64_t *labels;
    const float *row_weights;    // or null
    double total, smoothing, l2;  // the weight of the batch; label smoothing; the penalty's factor
    const float *const *masks;   // a layer's dropout, (rows, out), already divided by what stays; null where none
    const double *rates;         // of the running statistics, a layer
    int64_t rule;
    double rate, momentum, nesterov, decay, beta1, beta2, eps;
    foveal_tensor *tensors;
    int64_t n_tensors;
    double sums[3];  // written: mean loss, weight, weight of the rows that are right
};

struct foveal_net;

FOVEAL_API int foveal_abi();    // of this file: 2
FOVEAL_API int foveal_lanes();  // floats in a vector
FOVEAL_API const char *foveal_sources();  // digest of the files it was compiled from
// `trains` keeps what a backward pass needs, `gives_gradient` the gradient of the inputs too. Inputs are standardised
// with centre and width, if these are not null: those of each of `channels`, which repeat along a line of the input; they
// are read there at each FOVEAL_PACK.
FOVEAL_API foveal_net *foveal_open(const foveal_layer *layers, int64_t n_layers, int64_t rows, int64_t threads,
                                   int64_t trains, int64_t gives_gradient, const float *centre, const float *width,
                                   int64_t channels, char *error, int64_t error_size);
FOVEAL_API int64_t foveal_size(const foveal_layer *layers, int64_t n_layers, int64_t rows, int64_t threads,
                               int64_t trains, int64_t gives_gradient);  // bytes that foveal_open takes
FOVEAL_API void foveal_bind(foveal_net *net, const foveal_weights *weights);
FOVEAL_API int foveal_run(foveal_net *net, foveal_call *call);
FOVEAL_API void foveal_close(foveal_net *net);
// The destructor of a PyCapsule without a name that holds a net: Python calls it with no frame of its own, in which a
// KeyboardInterrupt would be lost. `pointer` is its PyCapsule_GetPointer, told once: this library knows no Python.
FOVEAL_API void foveal_python(void *(*pointer)(void *capsule, const char *name));
FOVEAL_API void foveal_close_capsule(void *capsule);
// GOMP_parallel, omp_get_num_threads and omp_get_thread_num of the OpenMP that PyTorch uses: nets that this process opens
// from now on run on its threads.
FOVEAL_API void foveal_team(void (*parallel)(void (*part)(void *), void *given, unsigned count, unsigned flags),
                            int (*size)(), int (*id)());
// One layer's way of computing, for `foveal summary --plan`: 0 dense, 1 Winograd, 2 direct.
FOVEAL_API int foveal_method(const foveal_layer *layer);
