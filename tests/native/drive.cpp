// Runs every network as the engine would, for sanitizers to watch: `drive FILE`.
//
// Batches of 1 to 9 rows, 1 to 3 threads, training and inference; two networks at once in two threads; a process forked
// off a thread at work. FILE receives what one step of each network computes, to be compared between builds: a line a
// tensor, its name and its numbers.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <thread>

#include "networks.h"

constexpr int64_t ROWS = 9;

using Left = std::vector<Floats>;

bool same(const Left &a, const Left &b) {  // bit by bit
    bool is = a.size() == b.size();
    for (size_t k = 0; is && k < a.size(); k++)
        is = a[k].size() == b[k].size() && (a[k].empty() || !std::memcmp(a[k].data(), b[k].data(), a[k].size() * 4));
    return is;
}

Left trained(const Design &design, int64_t threads, int steps) {
    Network network(design, ROWS, threads, true);
    for (int step = 0; step < steps; step++)
        demand(!network.run(2 + step % (ROWS - 1), 7 + step, step % 3 != 2), "a step failed");
    return network.left();
}

// Every batch size in one network, rising and falling; a batch norm over one value is left to PyTorch.
void every_size(const Design &design, int64_t most, int64_t threads, bool trains) {
    Network network(design, most, threads, trains);
    demand(network.handle, network.why);
    const bool table = design.in.area() == 1 && trains;
    for (int64_t rows : {9, 1, 8, 2, 7, 3, 6, 4, 5})
        if (rows <= most && (rows > 1 || !table)) demand(!network.run(rows, unsigned(rows), rows % 2), "a step failed");
}

void at_once(const Design &one, const Design &other) {
    const Left first = trained(one, 3, 6), second = trained(other, 2, 6);
    Left here, there;
    std::thread beside([&] { there = trained(other, 2, 6); });
    here = trained(one, 3, 6);
    beside.join();
    demand(same(first, here) && same(second, there), one.name + " beside " + other.name + " gives other bits");
}

int ended(pid_t child) {
    int status = 0;
    demand(waitpid(child, &status, 0) == child, "the child is lost");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// The child goes on with the parent's network, opens one of its own, and closes both; the parent goes on meanwhile.
// Under the thread sanitizer, which knows no new threads in a forked process, it only closes.
void forked(const Design &design) {
    const Left alone = trained(design, 3, 4);
    Network network(design, ROWS, 3, true);
    for (int step = 0; step < 3; step++) demand(!network.run(2 + step, 7 + step, step != 2), "a step failed");
    // Another thread is within a step when the process is forked. It asks for no memory meanwhile: the address
    // sanitizer's allocator stays locked in a child that is forked off while another thread is in it.
    Network other(design, ROWS, 2, true);
    demand(!other.run(8, 7), "a step failed");
    std::atomic<bool> begun{false}, over{false};
    std::thread beside([&] {
        for (; !over; begun = true) demand(!other.again(), "a step failed");
    });
    while (!begun) std::this_thread::yield();
    const pid_t child = fork();
    demand(child >= 0, "fork failed");
#ifdef __SANITIZE_THREAD__
    if (child == 0) foveal_close(network.handle), _exit(0);
#endif
    demand(!network.run(5, 10), "a step failed");
    const bool right = same(network.left(), alone) && same(trained(design, 3, 4), alone);
    if (child == 0) foveal_close(network.handle), _exit(right ? 0 : 1);
    over = true;
    beside.join();
    demand(right, design.name + " gives other bits beside a forked process");
    demand(ended(child) == 0, design.name + " gives other bits in a forked process");
}

int main(int count, char **arguments) {
    demand(count == 2, "usage: drive FILE");
    std::ofstream file(arguments[1]);
    const std::vector<Design> all = designs();
    for (const Design &design : all)
        for (int64_t threads : {1, 2, 3})
            for (bool trains : {true, false})
                for (int64_t most : {ROWS, ROWS / 2}) every_size(design, most, threads, trains);
    for (size_t k = 0; k < all.size(); k++) at_once(all[k], all[(k + 1) % all.size()]);
    for (const Design &design : all) forked(design);
    file.precision(9);
    for (const Design &design : all)
        for (bool trains : {true, false}) {
            Network network(design, ROWS, 2, trains);
            demand(!network.run(8, 3, true, false), "a step failed");
            size_t number = 0;
            for (const Floats &tensor : network.computed()) {
                file << design.name << (trains ? ", training, " : ", inference, ") << number++;
                for (float x : tensor) file << '\t' << x;
                file << '\n';
            }
        }
    demand(bool(file), "the file cannot be written");
    std::printf("%zu networks, %d lanes\n", all.size(), foveal_lanes());
}
