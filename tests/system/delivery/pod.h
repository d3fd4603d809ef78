// SPDX-License-Identifier: Apache-2.0
// A pod of a manifest, run as a kubelet runs it: its containers' command, arguments, environment,
// volumes and service account are those of the manifest; init containers come first, one after the
// other, native sidecars among them stay; probes are asked over HTTP; on termination every
// container gets SIGTERM, native sidecars when the others have ended.
//
// It differs in this: all pods share this machine's network, so each container port is another
// here, and ":4040" in arguments and environment is changed accordingly. An image called elector:…
// is what `make rootfs` lays out, every other one has this machine's system in it.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/json.h"
#include "tests/system/delivery/cage.h"
#include "tests/system/delivery/pod_api.h"

namespace elector::tests {

class Pod {
 public:
  // spec: a PodSpec, which must outlive this, as must api. The account's rights are granted
  // already.
  Pod(const PodApi& api, const JsonValue& spec, std::string name);
  ~Pod();

  const std::string& name() const { return name_; }
  // Runs the init containers and starts the others. "" or what went wrong.
  std::string start();
  // A container that was started.
  Process& container(const std::string& name) const { return *containers_.at(name).process; }
  // The status that a probe of a container gets, for example `livenessProbe`; 0 without an answer.
  int probe(const std::string& container, const std::string& which) const;
  // Where a container's port can be reached.
  Address port(int container_port) const;
  // SIGTERM, as described above. Each container's exit code; 255 for one that does not end.
  std::map<std::string, int> terminate();
  // SIGKILL for all, at once: the node has died.
  void die();
  std::string logs() const;

 private:
  struct Container {
    const JsonValue* spec = nullptr;
    TempDir root{};
    std::unique_ptr<Process> process{};
    bool native_sidecar = false;
  };

  void project(const JsonValue& volume, const TempDir& folder) const;
  Container& launch(const JsonValue& spec);
  Command command_of(const JsonValue& spec, const TempDir& root) const;
  std::map<std::string, std::string> environment_of(const JsonValue& spec) const;
  std::string with_ports(std::string text) const;
  void assign_ports(const JsonValue& container);

  const PodApi& api_;
  const JsonValue& spec_;
  std::string name_;
  std::map<std::string, TempDir> volumes_;
  std::map<int, std::uint16_t> ports_;  // of a container, and here
  std::map<std::string, Container> containers_;
};

}  // namespace elector::tests
