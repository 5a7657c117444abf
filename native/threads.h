// A crew of threads that run one function side by side and wait for each other in it.
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

class Crew {
   public:
    explicit Crew(int count);
    ~Crew();
    Crew(const Crew &) = delete;
    Crew &operator=(const Crew &) = delete;

    // Runs task(0) here and task(1) ... task(count - 1) in the others, and returns when all have returned.
    void run(const std::function<void(int)> &task);
    void wait() { ready.wait(); }  // for each other, within a task
    int size() const { return count; }
    bool is_own() const;  // false in a process that was forked off

   private:
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
