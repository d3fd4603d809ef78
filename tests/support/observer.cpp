// SPDX-License-Identifier: Apache-2.0
#include "tests/support/observer.h"

#include <array>
#include <ctime>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/support/json.h"
#include "tests/support/process.h"

namespace elector::tests {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Ran run_elector(const std::string& kubeconfig, const std::vector<std::string>& arguments,
                const std::map<std::string, std::optional<std::string>>& variables) {
  Command command{.arguments = {elector_binary()}, .environment = clean_environment()};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  command.environment["KUBECONFIG"] = kubeconfig;
  for (const auto& [name, value] : variables) command.environment[name] = value;
  Process process(command);
  const auto code = process.wait_exit();
  return {.exit_code = code.value_or(-1),
          .out = process.text(Process::Stream::kOut),
          .err = process.text(Process::Stream::kErr)};
}

std::string time_text(std::chrono::seconds from_now) {
  const std::time_t at = std::time(nullptr) + from_now.count();
  std::tm tm{};
  ::gmtime_r(&at, &tm);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &tm);
  return text.data();
}

std::string lock_body(const ObjectName& name, const HandRecord& record) {
  const bool lease = name.resource == "leases";
  const std::string zone = lease ? ".000000Z" : "Z";
  const std::string fields = "{\"holderIdentity\":" + json_quoted(record.holder) +
                             ",\"leaseDurationSeconds\":" + std::to_string(record.duration) +
                             ",\"acquireTime\":\"" + record.acquired + zone +
                             "\",\"renewTime\":\"" + time_text(record.renewed) + zone + "\",\"" +
                             (lease ? "leaseTransitions" : "leaderTransitions") +
                             "\":" + std::to_string(record.transitions) + "}";
  const std::string managed =
      lease
          ? R"({"f:spec":{"f:renewTime":{}}})"
          : R"({"f:metadata":{"f:annotations":{"f:control-plane.alpha.kubernetes.io/leader":{}}}})";
  // "[{}]" has an API server forget its times, by which a dead holder's record would be new.
  const std::string metadata =
      "\"name\":" + json_quoted(name.name) + ",\"managedFields\":[{" +
      (record.written ? R"("manager":"test","time":")" + time_text(*record.written) +
                            R"(Z","fieldsV1":)" + managed
                      : "") +
      "}]";
  if (lease) {
    return R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{)" + metadata +
           "},\"spec\":" + fields + "}";
  }
  return R"({"apiVersion":"v1","kind":")" +
         std::string(name.resource == "endpoints" ? "Endpoints" : "ConfigMap") +
         "\",\"metadata\":{" + metadata +
         R"(,"annotations":{"control-plane.alpha.kubernetes.io/leader":)" + json_quoted(fields) +
         "}}}";
}

bool stores_holder_of(std::size_t size) {
  const Api& api = Cluster::get().api();
  const ElectionName probe(api, "probe");
  const std::string body =
      lock_body(probe.lease(), {.holder = std::string(size, '<'), .duration = 1});
  return api.call("POST", probe.lease().collection_path(), body).status == 201;
}

void write(const ObjectName& name, const HandRecord& record) {
  Cluster::get().api().create(name, lock_body(name, record));
  rewrite(name, record);  // only a later write has the server forget the time of the first
}

void rewrite(const ObjectName& name, const HandRecord& record) {
  Cluster::get().api().patch(name, lock_body(name, record));
}

}  // namespace elector::tests
