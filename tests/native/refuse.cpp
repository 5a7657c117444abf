// Takes memory and threads away from the library at every place where it asks for them: `refuse`.
//
// What is refused must come back as a failure in words, must leave nothing behind (the leak sanitizer looks), and must
// not keep the next attempt from succeeding. A step asks for nothing.
#include <dlfcn.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstring>
#include <new>

#include "networks.h"

namespace {
std::atomic<long> allocations{0}, allowed{LONG_MAX}, threads_allowed{LONG_MAX};
constexpr int64_t ROWS = 9;
}  // namespace

void *operator new(size_t size) {
    allocations++;
    void *memory = allowed-- > 0 ? std::malloc(size ? size : 1) : nullptr;
    if (!memory) throw std::bad_alloc();
    return memory;
}
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, size_t) noexcept { std::free(memory); }

extern "C" int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*begin)(void *), void *with) {
    static const auto real = reinterpret_cast<decltype(&pthread_create)>(dlsym(RTLD_NEXT, "pthread_create"));
    return threads_allowed-- > 0 ? real(thread, how, begin, with) : EAGAIN;
}

// Opens with ever more of `budget` until it succeeds; gives the attempts that were refused.
int attempts(const Design &design, std::atomic<long> &budget) {
    const Floats none(design.in.channels), one(design.in.channels, 1);
    const foveal_layer *layers = design.layers.data();
    const int64_t count = design.layers.size();
    for (long given = 0;; given++) {
        char error[200] = "";
        budget = given;
        const int64_t size = foveal_size(layers, count, ROWS, 3, 1, 0);
        foveal_net *net = foveal_open(layers, count, ROWS, 3, 1, 0, none.data(), one.data(), none.size(), error, 200);
        budget = LONG_MAX;
        demand(net || error[0], "refused without a word");
        demand(size > 0 || !net, "opened, but of no size");
        if (!net) continue;
        foveal_close(net);
        return int(given);
    }
}

void step_asks_for_nothing(const Design &design) {
    Network network(design, ROWS, 3, true);
    demand(!network.run(8, 3), "a step failed");
    network.call.work = FOVEAL_PACK | FOVEAL_FORWARD | FOVEAL_BACKWARD | FOVEAL_UPDATE;
    const long before = allocations;
    demand(!foveal_run(network.handle, &network.call), "a step failed");
    const long taken = allocations - before;
    demand(taken == 0, design.name + ": a step allocates " + std::to_string(taken) + " times");
}

// A forked process that gets no threads is told so, again and again, until it gets them.
void forked_without_threads(const Design &design) {
    Network network(design, ROWS, 3, true);
    demand(!network.run(8, 3), "a step failed");
    const pid_t child = fork();
    if (child == 0) {
        threads_allowed = 1;
        const bool refused = network.run(8, 3) && network.run(8, 3);
        threads_allowed = LONG_MAX;
        const bool given = !network.run(8, 3);
        foveal_close(network.handle);
        _exit(refused && given ? 0 : 1);
    }
    int status = 0;
    demand(waitpid(child, &status, 0) == child && status == 0, design.name + ": status " + std::to_string(status));
}

// Gone with the threads that it was opened with, or without any.
void closed_in_a_forked_process(const Design &design) {
    Network network(design, ROWS, 3, true);
    const pid_t child = fork();
    if (child == 0) {
        threads_allowed = 0;
        network.run(8, 3);
        foveal_close(network.handle);
        _exit(0);
    }
    int status = 0;
    demand(waitpid(child, &status, 0) == child && status == 0, design.name + ": status " + std::to_string(status));
}

int main() {
    int refused = 0;
    for (const Design &design : designs()) {
        const int memory = attempts(design, allowed), threads = attempts(design, threads_allowed);
        demand(memory > 3 && threads == 2, "nothing was refused");
        refused += memory + threads;
        step_asks_for_nothing(design);
        forked_without_threads(design);
        closed_in_a_forked_process(design);
        Network huge(design, int64_t(1) << 42, 3, true);
        demand(!huge.handle && !huge.why.empty(), "memory that no machine has");
    }
    std::printf("%d refusals\n", refused);
}
