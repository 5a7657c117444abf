#include "threads.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace foveal {
namespace {

constexpr int LOOKS = 2000;  // some 20 microseconds: as long as it takes to fall asleep and be woken

inline void rest() {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

template <class Done>
bool comes_soon(Done done) {
    for (int look = 0; look < LOOKS; look++) {
        if (done()) return true;
        rest();
    }
    return done();
}

}  // namespace

void Barrier::wait() {
    if (count == 1) return;
    const unsigned now = round.load(std::memory_order_acquire);
    if (arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == count) {
        arrived.store(0, std::memory_order_relaxed);
        {
            std::lock_guard<std::mutex> lock(mutex);
            round.store(now + 1, std::memory_order_release);
        }
        passed.notify_all();
        return;
    }
    const auto over = [&] { return round.load(std::memory_order_acquire) != now; };
    if (comes_soon(over)) return;
    std::unique_lock<std::mutex> lock(mutex);
    passed.wait(lock, over);
}

Team team;

Crew::Crew(int count) : count(count), process(getpid()), ready(count), done(count) {
    if (count > 1 && (team.process != process || !run_by_team([](int) {}))) start();
}

void Crew::start() {
    // A process's signals are for its own threads: these would only be woken by them. A fault is the thread's that
    // made it: blocked it would end the process before a handler could say where.
    sigset_t all, before;
    sigfillset(&all);
    for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) sigdelset(&all, fault);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        for (int id = 1; id < count; id++) others.emplace_back([this, id] { serve(id); });
    } catch (...) {  // the system has no more threads: those there are go home
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        end();
        throw;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Crew::~Crew() { end(); }

void Crew::end() {
    {
        std::lock_guard<std::mutex> lock(mutex);
        over = true;
        calls.fetch_add(1, std::memory_order_release);
    }
    called.notify_all();
    for (std::thread &other : others) other.join();
}

bool Crew::is_own() const { return process == getpid(); }

// Does nothing and gives false where OpenMP has not as many threads as the crew: by its settings, or as it is at work.
bool Crew::run_by_team(const std::function<void(int)> &work) {
    struct Given {
        const std::function<void(int)> &work;
        const int count;
        bool ran;
    } given{work, count, false};
    const auto part = [](void *pointer) {
        Given &mine = *static_cast<Given *>(pointer);
        if (team.size() != mine.count) return;
        if (team.id() == 0) mine.ran = true;
        mine.work(team.id());
    };
    team.parallel(part, &given, unsigned(count), 0);
    return given.ran;
}

void Crew::run(const std::function<void(int)> &work) {
    if (count == 1) return work(0);
    if (team.process == process && run_by_team(work)) return;
    if (others.empty()) start();
    {
        std::lock_guard<std::mutex> lock(mutex);
        task = &work;
        calls.fetch_add(1, std::memory_order_release);
    }
    called.notify_all();
    work(0);
    done.wait();
}

void Crew::serve(int id) {
    for (unsigned seen = 0;;) {
        const auto next = [&] { return calls.load(std::memory_order_acquire) != seen; };
        if (!comes_soon(next)) {
            std::unique_lock<std::mutex> lock(mutex);
            called.wait(lock, next);
        }
        const std::function<void(int)> *mine;
        {
            std::lock_guard<std::mutex> lock(mutex);
            if (over) return;
            mine = task;
            seen = calls.load(std::memory_order_acquire);
        }
        (*mine)(id);
        done.wait();
    }
}

}  // namespace foveal
