// The C interface over the network.
#include "abi.h"

#include <cstdio>
#include <exception>

#include <unistd.h>

#include "net.h"

using foveal::Net;

#ifndef FOVEAL_SOURCES
#define FOVEAL_SOURCES ""
#endif

struct foveal_net {
    Net net;
};

int foveal_abi() { return 2; }
int foveal_lanes() { return foveal::LANES; }
const char *foveal_sources() { return FOVEAL_SOURCES; }

foveal_net *foveal_open(const foveal_layer *layers, int64_t n_layers, int64_t rows, int64_t threads, int64_t trains,
                        int64_t gives_gradient, const float *centre, const float *width, int64_t channels,
                        char *error, int64_t error_size) try {
    const foveal::Units units{centre, width, channels};
    return new foveal_net{Net(layers, n_layers, rows, int(threads), trains, gives_gradient, units, false)};
} catch (const std::exception &problem) {
    std::snprintf(error, error_size, "%s", problem.what());
    return nullptr;
}

int64_t foveal_size(const foveal_layer *layers, int64_t n_layers, int64_t rows, int64_t threads, int64_t trains,
                    int64_t gives_gradient) try {
    return Net(layers, n_layers, rows, int(threads), trains, gives_gradient, {}, true).size();
} catch (const std::exception &) {
    return -1;  // there is no memory even to count
}

void foveal_bind(foveal_net *net, const foveal_weights *weights) { net->net.bind(weights); }

int foveal_run(foveal_net *net, foveal_call *call) try {
    net->net.run(*call);
    return 0;
} catch (const std::exception &) {
    return -1;
}

void foveal_close(foveal_net *net) { delete net; }

static void *(*held_by)(void *capsule, const char *name) = nullptr;

void foveal_python(void *(*pointer)(void *capsule, const char *name)) { held_by = pointer; }

void foveal_close_capsule(void *capsule) { delete static_cast<foveal_net *>(held_by(capsule, nullptr)); }

void foveal_team(void (*parallel)(void (*part)(void *), void *given, unsigned count, unsigned flags), int (*size)(),
                 int (*id)()) {
    foveal::team = {parallel, size, id, getpid()};
}

int foveal_method(const foveal_layer *layer) { return int(foveal::method_of(*layer)); }
