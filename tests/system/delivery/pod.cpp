// SPDX-License-Identifier: Apache-2.0
#include "tests/system/delivery/pod.h"

#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "tests/system/delivery/manifest.h"
#include "tests/system/delivery/ports.h"

namespace elector::tests {
namespace {

constexpr const char* kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool is_elector_image(const JsonValue& container) {
  return text_at(container, "/image").starts_with("elector:");
}

std::string text_of(const JsonValue& value) {
  return value.IsString() ? std::string(value.GetString(), value.GetStringLength())
                          : to_text(value);
}

}  // namespace

Pod::Pod(const PodApi& api, const JsonValue& spec, std::string name)
    : api_(api), spec_(spec), name_(std::move(name)) {
  for (const JsonValue* volume : items_at(spec, "/volumes")) {
    const TempDir& folder = volumes_[text_at(*volume, "/name")];
    if (at(*volume, "/projected").IsObject()) {
      project(*volume, folder);
    } else if (at(*volume, "/emptyDir").IsObject()) {
      std::filesystem::permissions(folder.path(), std::filesystem::perms(0777));
    } else {
      throw std::runtime_error("unknown kind of volume");
    }
  }
  for (const char* list : {"/initContainers", "/containers"}) {
    for (const JsonValue* container : items_at(spec, list)) assign_ports(*container);
  }
}

Pod::~Pod() = default;

void Pod::assign_ports(const JsonValue& container) {
  for (const JsonValue* port : items_at(container, "/ports")) {
    const auto number = static_cast<int>(number_at(*port, "/containerPort"));
    if (!ports_.contains(number)) ports_[number] = free_port();
  }
}

// The account's token, the cluster's authority and the namespace, each at the path of its source.
void Pod::project(const JsonValue& volume, const TempDir& folder) const {
  for (const JsonValue* source : items_at(volume, "/projected/sources")) {
    const std::string token = text_at(*source, "/serviceAccountToken/path");
    if (!token.empty()) folder.write(token, api_.token_of(text_at(spec_, "/serviceAccountName")));
    for (const JsonValue* item : items_at(*source, "/configMap/items")) {
      if (text_at(*source, "/configMap/name") != "kube-root-ca.crt") {
        throw std::runtime_error("unknown ConfigMap");
      }
      folder.write(text_at(*item, "/path"), api_.authority());
    }
    for (const JsonValue* item : items_at(*source, "/downwardAPI/items")) {
      if (text_at(*item, "/fieldRef/fieldPath") != "metadata.namespace") {
        throw std::runtime_error("unknown field");
      }
      folder.write(text_at(*item, "/path"), api_.name_space());
    }
  }
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    std::filesystem::permissions(file.path(), std::filesystem::perms(0644));
  }
}

// ":4040" as the port of an address becomes the one that stands for it here.
std::string Pod::with_ports(std::string text) const {
  for (const auto& [number, here] : ports_) {
    const std::string old = ":" + std::to_string(number);
    for (std::size_t found = 0; (found = text.find(old, found)) != std::string::npos;) {
      const std::string now = ":" + std::to_string(here);
      text.replace(found, old.size(), now);
      found += now.size();
    }
  }
  return text;
}

std::map<std::string, std::string> Pod::environment_of(const JsonValue& spec) const {
  auto variables = api_.environment();
  variables["PATH"] = kPath;
  variables["HOSTNAME"] = name_;
  const std::map<std::string, std::string> fields{{"metadata.name", name_},
                                                  {"metadata.namespace", api_.name_space()}};
  for (const JsonValue* variable : items_at(spec, "/env")) {
    const std::string field = text_at(*variable, "/valueFrom/fieldRef/fieldPath");
    const JsonValue& value = at(*variable, "/value");
    variables[text_at(*variable, "/name")] =
        field.empty() ? with_ports(text_of(value)) : fields.at(field);
  }
  return variables;
}

Command Pod::command_of(const JsonValue& spec, const TempDir& root) const {
  Cage cage{.root = root.path(), .environment = environment_of(spec)};
  std::vector<std::string> points;
  for (const JsonValue* mount : items_at(spec, "/volumeMounts")) {
    points.push_back(text_at(*mount, "/mountPath"));
    cage.mounts.emplace_back(volumes_.at(text_at(*mount, "/name")).path(), points.back());
  }
  std::vector<std::string> words;
  if (is_elector_image(spec)) {
    unpack_rootfs(root, points);
    if (items_at(spec, "/command").empty()) words.emplace_back("/usr/bin/elector");
  } else {
    lay_out_user_image(root, points);
    for (auto& mount : user_image_mounts()) cage.mounts.push_back(std::move(mount));
  }
  for (const char* list : {"/command", "/args"}) {
    for (const JsonValue* word : items_at(spec, list)) words.push_back(with_ports(text_of(*word)));
  }
  return caged(cage, words);
}

Pod::Container& Pod::launch(const JsonValue& spec) {
  Container& container = containers_[text_at(spec, "/name")];
  container.spec = &spec;
  container.native_sidecar = text_at(spec, "/restartPolicy") == "Always";
  container.process = std::make_unique<Process>(command_of(spec, container.root));
  return container;
}

std::string Pod::start() {
  for (const JsonValue* spec : items_at(spec_, "/initContainers")) {
    const Container& container = launch(*spec);
    const std::string name = text_at(*spec, "/name");
    if (container.native_sidecar) {
      const bool ready = !at(*spec, "/startupProbe").IsObject() ||
                         eventually([&] { return probe(name, "startupProbe") == 200; });
      if (!ready) return name + " does not become ready: " + logs();
      continue;
    }
    const auto code = container.process->wait_exit();
    if (code != 0) return name + " failed: " + logs();
  }
  for (const JsonValue* spec : items_at(spec_, "/containers")) launch(*spec);
  return "";
}

Address Pod::port(int container_port) const {
  return {.port = ports_.at(container_port)};
}

int Pod::probe(const std::string& container, const std::string& which) const {
  const JsonValue& spec = *containers_.at(container).spec;
  const JsonValue& request = at(spec, "/" + which + "/httpGet");
  for (const JsonValue* one : items_at(spec, "/ports")) {
    const bool named = text_at(*one, "/name") == text_at(request, "/port");
    const auto number = number_at(*one, "/containerPort");
    if (!named && number != number_at(request, "/port")) continue;
    return http_get(port(static_cast<int>(number)), text_at(request, "/path")).status;
  }
  return 0;
}

std::map<std::string, int> Pod::terminate() {
  std::map<std::string, int> codes;
  for (const bool sidecars : {false, true}) {
    std::vector<Container*> these;
    for (auto& [name, container] : containers_) {
      if (container.native_sidecar == sidecars && container.process->running()) {
        these.push_back(&container);
      }
    }
    for (const Container* container : these) container->process->signal(SIGTERM);
    for (const Container* container : these) {
      codes[text_at(*container->spec, "/name")] = container->process->wait_exit().value_or(255);
    }
  }
  return codes;
}

void Pod::die() {
  for (auto& [name, container] : containers_) container.process.reset();
}

std::string Pod::logs() const {
  std::string text;
  for (const auto& [name, container] : containers_) {
    if (!container.process) continue;
    text += "--- " + name_ + "/" + name + "\n" + container.process->text(Process::Stream::kOut) +
            container.process->text(Process::Stream::kErr);
  }
  return text;
}

}  // namespace elector::tests
