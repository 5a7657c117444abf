// A crew of threads that run one function side by side and wait for each other in it.
//
// They are threads of its own, or those of a team: PyTorch's, which OpenMP keeps. Its threads look for work for some
// milliseconds before they sleep, and where PyTorch computes between two runs of a crew they would take the cores.
//
// Who waits looks a few microseconds and then sleeps, so that a busy machine's cores go to those who work. The caller is
// the first of the crew. A process that was forked off has none of its parent's threads: it makes its own. A crew is
// kept on the heap and is either told to end or left behind: at an exit no destructor waits for anybody.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace foveal {

// All `count` wait until the last has come.
class Barrier {
   public:
    explicit Barrier(int count) : count(count) {}
    void wait();

   private:
    const int count;
    std::atomic<int> arrived{0};
    std::atomic<unsigned> round{0};
    std::mutex mutex;
    std::condition_variable passed;
};

// OpenMP as the process has it: GOMP_parallel, omp_get_num_threads, omp_get_thread_num; and that process.
struct Team {
    void (*parallel)(void (*part)(void *), void *given, unsigned count, unsigned flags) = nullptr;
    int (*size)() = nullptr, (*id)() = nullptr;
    long process = 0;
};

extern Team team;

class Crew {
   public:
    explicit Crew(int count);  // on the team's threads, if this process has one
    ~Crew();
    Crew(const Crew &) = delete;
    Crew &operator=(const Crew &) = delete;

    // Runs task(0) here and task(1) ... task(count - 1) in the others, and returns when all have returned.
    void run(const std::function<void(int)> &task);
    void wait() { ready.wait(); }  // for each other, within a task
    int size() const { return count; }
    bool is_own() const;  // false in a process that was forked off

   private:
    bool run_by_team(const std::function<void(int)> &task);
    void start();
    void serve(int id);
    void end();

    const int count;
    const long process;
    Barrier ready, done;
    const std::function<void(int)> *task = nullptr;
    std::mutex mutex;
    std::condition_variable called;
    std::atomic<unsigned> calls{0};
    bool over = false;
    std::vector<std::thread> others;
};

}  // namespace foveal
