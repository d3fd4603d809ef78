// SPDX-License-Identifier: Apache-2.0
// Shared by the tests of `status` and `watch`: locks written by hand, as any other program could
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

// Runs `elector ARGUMENTS…` to its end in a clean environment with `kubeconfig` and these
// additional variables.
Ran run_elector(const std::string& kubeconfig, const std::vector<std::string>& arguments,
                const std::map<std::string, std::optional<std::string>>& variables = {});

// Returns a time as the API writes it, relative to now.
std::string time_text(std::chrono::seconds from_now);

// A record as any candidate writes it; its renewal time is relative to when it is written.
struct HandRecord {
  std::string holder;
  std::chrono::seconds renewed{0};
  int duration = 30;
  int transitions = 1;
  std::string acquired = time_text(std::chrono::seconds(-600));
  // The server's time of the write, which only the project's own server takes from a test;
  // otherwise no server keeps one.
  std::optional<std::chrono::seconds> written{};
};

// Returns the object's JSON with that record, to POST or to merge into an existing object.
std::string lock_body(const ObjectName& name, const HandRecord& record);

// Whether the Cluster stores a Lease whose holder consists of that many "<". An API server that
// keeps JSON stores six bytes for each, and etcd accepts 1.5 MiB.
bool stores_holder_of(std::size_t size);

// Creates the object with that record on the Cluster, or changes the record of the existing one.
void write(const ObjectName& name, const HandRecord& record);
void rewrite(const ObjectName& name, const HandRecord& record);

}  // namespace elector::tests
