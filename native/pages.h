// Zeroed memory straight from the system, which gets it back at once: maps of a network come and go by megabytes, and
// would leave the heap in pieces.
#pragma once
#include "simd.h"

namespace foveal {

class Pages {
   public:
    explicit Pages(Index bytes);  // throws std::bad_alloc
    ~Pages();
    Pages(const Pages &) = delete;
    Pages &operator=(const Pages &) = delete;

    char *at = nullptr;

   private:
    void *mapped = nullptr;
    Index size = 0;
};

}  // namespace foveal
