// What the tests of `status` and `watch` share: locks written by hand, as any other program could
// write them, and the program run to its end.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/api.h"

namespace elector::tests {

// What a command printed and how it ended.
struct Ran {
  int exit_code = -1;  // -1: it did not end
  std::string out;
  std::string err;
};

bool contains(const std::string& text, const std::string& part);

// Runs `elector ARGUMENTS…` to its end in a clean environment with `kubeconfig` and these further
// variables.
Ran run_elector(const std::string& kubeconfig, const std::vector<std::string>& arguments,
                const std::map<std::string, std::optional<std::string>>& variables = {});

// A time as the API writes it, so far from now.
std::string time_text(std::chrono::seconds from_now);

// A record as any candidate writes it; renewed so far from when it is written.
struct HandRecord {
  std::string holder;
  std::chrono::seconds renewed{0};
  int duration = 30;
  int transitions = 1;
  std::string acquired = time_text(std::chrono::seconds(-600));
};

// The object's JSON with that record, to POST or to merge into what is there.
std::string lock_body(const ObjectName& name, const HandRecord& record);

// Whether the Cluster stores a Lease whose holder has that many characters "<". An API server that
// keeps JSON stores six bytes for each, and etcd takes 1.5 MiB.
bool stores_holder_of(std::size_t size);

// Creates the object with that record on the Cluster, or changes the record of the one that is
// there.
void write(const ObjectName& name, const HandRecord& record);
void rewrite(const ObjectName& name, const HandRecord& record);

}  // namespace elector::tests
