#include "pages.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace foveal {
namespace {

// Where the system has large pages, a step that walks through many maps at once misses fewer of them.
constexpr Index LARGE_PAGE = 1 << 21;

}  // namespace

#ifdef __SANITIZE_ADDRESS__

Pages::Pages(Index bytes) : size(bytes) {  // from the heap, which the sanitizer watches
    mapped = std::calloc(1, bytes + 64);
    if (!mapped) throw std::bad_alloc();
    at = reinterpret_cast<char *>((reinterpret_cast<std::uintptr_t>(mapped) + 63) / 64 * 64);
}

Pages::~Pages() { std::free(mapped); }

#else

Pages::Pages(Index bytes) : size(bytes < LARGE_PAGE ? bytes : bytes + LARGE_PAGE) {
    mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) throw std::bad_alloc();
    at = static_cast<char *>(mapped);
    if (bytes < LARGE_PAGE) return;
    at = reinterpret_cast<char *>((reinterpret_cast<std::uintptr_t>(at) + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE);
#ifdef MADV_HUGEPAGE
    madvise(at, bytes, MADV_HUGEPAGE);
#endif
}

Pages::~Pages() { munmap(mapped, size); }

#endif

}  // namespace foveal
