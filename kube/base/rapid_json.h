// SPDX-License-Identifier: Apache-2.0
// RapidJSON on operator new. By default it does not check for malloc(3)'s null pointer when memory
// runs out, and writes to it; operator new never returns one, and its handler decides what happens.
#pragma once

#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

namespace elector::kube::rapid {

// A RapidJSON Allocator.
struct NewAllocator {
  // These three names are required by RapidJSON.
  static constexpr bool kNeedFree = true;
  void* Malloc(std::size_t size) { return size == 0 ? nullptr : ::operator new(size); }
  void* Realloc(void* old, std::size_t old_size, std::size_t size) {
    void* const grown = Malloc(size);
    if (old != nullptr && grown != nullptr) std::memcpy(grown, old, std::min(old_size, size));
    Free(old);
    return grown;
  }
  static void Free(void* memory) { ::operator delete(memory); }
};

using Reader = rapidjson::GenericReader<rapidjson::UTF8<>, rapidjson::UTF8<>, NewAllocator>;
using StringBuffer = rapidjson::GenericStringBuffer<rapidjson::UTF8<>, NewAllocator>;
using Writer = rapidjson::Writer<StringBuffer, rapidjson::UTF8<>, rapidjson::UTF8<>, NewAllocator>;

}  // namespace elector::kube::rapid
