// SPDX-License-Identifier: Apache-2.0
#include "tests/system/delivery/pod_security.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "tests/system/delivery/manifest.h"

namespace elector::tests {
namespace {

using Values = std::vector<const JsonValue*>;

// The values at a pointer in which "*" stands for every item of an array; none for what is absent.
Values select(const JsonValue& value, const std::string& pointer) {
  const std::size_t star = pointer.find("/*");
  if (star == std::string::npos) {
    const JsonValue& found = at(value, pointer);
    return found.IsNull() ? Values{} : Values{&found};
  }
  Values all;
  for (const JsonValue* item : items_at(value, pointer.substr(0, star))) {
    const Values found = select(*item, pointer.substr(star + 2));
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

Values containers_in(const JsonValue& pod) {
  Values all;
  for (const char* list :
       {"/spec/initContainers/*", "/spec/containers/*", "/spec/ephemeralContainers/*"}) {
    const Values found = select(pod, list);
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

std::string text_of(const JsonValue& value) {
  return value.IsString() ? value.GetString() : to_text(value);
}

using Allowed = std::function<bool(const JsonValue& value)>;

bool is_false(const JsonValue& value) {
  return value.IsFalse();
}

Allowed one_of(std::set<std::string> words) {
  return
      [words = std::move(words)](const JsonValue& value) { return words.contains(text_of(value)); };
}

// Fields that may be absent, and must otherwise be as allowed: of the pod, and of each container.
struct Field {
  const char* control;
  std::vector<const char*> of_pod;
  std::vector<const char*> of_container;
  Allowed allowed;
};

const std::vector<Field>& fields() {
  const Allowed seccomp = one_of({"RuntimeDefault", "Localhost"});
  static const std::vector<Field> table{
      {"HostProcess",
       {"/spec/securityContext/windowsOptions/hostProcess"},
       {"/securityContext/windowsOptions/hostProcess"},
       is_false},
      {"Host Namespaces", {"/spec/hostNetwork", "/spec/hostPID", "/spec/hostIPC"}, {}, is_false},
      {"Privileged Containers", {}, {"/securityContext/privileged"}, is_false},
      {"Capabilities",
       {},
       {"/securityContext/capabilities/add/*"},
       one_of({"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
               "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"})},
      {"HostPath Volumes", {"/spec/volumes/*/hostPath"}, {}, [](const auto&) { return false; }},
      {"Host Ports", {}, {"/ports/*/hostPort"}, one_of({"0"})},
      {"Host Probes / Lifecycle Hooks",
       {},
       {"/livenessProbe/httpGet/host", "/readinessProbe/httpGet/host", "/startupProbe/httpGet/host",
        "/livenessProbe/tcpSocket/host", "/readinessProbe/tcpSocket/host",
        "/startupProbe/tcpSocket/host", "/lifecycle/postStart/httpGet/host",
        "/lifecycle/preStop/httpGet/host", "/lifecycle/postStart/tcpSocket/host",
        "/lifecycle/preStop/tcpSocket/host"},
       one_of({""})},
      {"AppArmor",
       {"/spec/securityContext/appArmorProfile/type"},
       {"/securityContext/appArmorProfile/type"},
       seccomp},
      {"SELinux",
       {"/spec/securityContext/seLinuxOptions/type"},
       {"/securityContext/seLinuxOptions/type"},
       one_of({"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"})},
      {"SELinux",
       {"/spec/securityContext/seLinuxOptions/user", "/spec/securityContext/seLinuxOptions/role"},
       {"/securityContext/seLinuxOptions/user", "/securityContext/seLinuxOptions/role"},
       one_of({""})},
      {"/proc Mount Type", {}, {"/securityContext/procMount"}, one_of({"Default"})},
      {"Seccomp",
       {"/spec/securityContext/seccompProfile/type"},
       {"/securityContext/seccompProfile/type"},
       seccomp},
      {"Sysctls",
       {"/spec/securityContext/sysctls/*/name"},
       {},
       one_of({"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range",
               "net.ipv4.ip_unprivileged_port_start", "net.ipv4.tcp_syncookies",
               "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports",
               "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout",
               "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes"})},
      // From here on: of restricted alone.
      {"Running as Non-root user",
       {"/spec/securityContext/runAsUser"},
       {"/securityContext/runAsUser"},
       [](const auto& value) { return text_of(value) != "0"; }},
      {"Capabilities (restricted)",
       {},
       {"/securityContext/capabilities/add/*"},
       one_of({"NET_BIND_SERVICE"})},
  };
  return table;
}

// What each container must have, itself or, where there is such a field, by its pod.
struct Need {
  const char* control;
  const char* of_container;
  const char* of_pod;  // nullptr if there is none
  Allowed allowed;
};

const std::vector<Need>& needs() {
  static const std::vector<Need> table{
      {"Privilege Escalation", "/securityContext/allowPrivilegeEscalation", nullptr, is_false},
      {"Running as Non-root", "/securityContext/runAsNonRoot", "/spec/securityContext/runAsNonRoot",
       [](const auto& value) { return value.IsTrue(); }},
      {"Seccomp (restricted)", "/securityContext/seccompProfile/type",
       "/spec/securityContext/seccompProfile/type", one_of({"RuntimeDefault", "Localhost"})},
      {"Capabilities (restricted)", "/securityContext/capabilities/drop", nullptr,
       [](const JsonValue& value) {
         const Values dropped = select(value, "/*");
         return std::any_of(dropped.begin(), dropped.end(),
                            [](const JsonValue* one) { return text_of(*one) == "ALL"; });
       }},
  };
  return table;
}

bool keeps(const Need& need, const JsonValue& pod, const JsonValue& container) {
  const JsonValue& own = at(container, need.of_container);
  if (!own.IsNull()) return need.allowed(own);
  return need.of_pod != nullptr && !at(pod, need.of_pod).IsNull() &&
         need.allowed(at(pod, need.of_pod));
}

bool keeps(const Field& field, const JsonValue& pod) {
  const auto allows_all = [&](const JsonValue& value, const std::vector<const char*>& pointers) {
    return std::all_of(pointers.begin(), pointers.end(), [&](const char* pointer) {
      const Values found = select(value, pointer);
      return std::all_of(found.begin(), found.end(),
                         [&](const JsonValue* one) { return field.allowed(*one); });
    });
  };
  const Values containers = containers_in(pod);
  return allows_all(pod, field.of_pod) &&
         std::all_of(containers.begin(), containers.end(), [&](const JsonValue* container) {
           return allows_all(*container, field.of_container);
         });
}

bool has_annotation_without_apparmor(const JsonValue& pod) {
  const JsonValue& annotations = at(pod, "/metadata/annotations");
  if (!annotations.IsObject()) return false;
  return std::any_of(annotations.MemberBegin(), annotations.MemberEnd(), [](const auto& member) {
    const std::string name = member.name.GetString();
    const std::string value = text_of(member.value);
    return name.starts_with("container.apparmor.security.beta.kubernetes.io/") &&
           value != "runtime/default" && !value.starts_with("localhost/");
  });
}

bool has_only_harmless_volumes(const JsonValue& pod) {
  const std::set<std::string> allowed{"name",
                                      "configMap",
                                      "csi",
                                      "downwardAPI",
                                      "emptyDir",
                                      "ephemeral",
                                      "persistentVolumeClaim",
                                      "projected",
                                      "secret"};
  const Values volumes = select(pod, "/spec/volumes/*");
  return std::all_of(volumes.begin(), volumes.end(), [&](const JsonValue* volume) {
    return std::all_of(volume->MemberBegin(), volume->MemberEnd(), [&](const auto& member) {
      return allowed.contains(member.name.GetString());
    });
  });
}

}  // namespace

std::vector<std::string> broken_controls(const JsonValue& pod) {
  std::set<std::string> broken;
  for (const Field& field : fields()) {
    if (!keeps(field, pod)) broken.insert(field.control);
  }
  for (const Need& need : needs()) {
    for (const JsonValue* container : containers_in(pod)) {
      if (!keeps(need, pod, *container)) broken.insert(need.control);
    }
  }
  if (has_annotation_without_apparmor(pod)) broken.insert("AppArmor");
  if (!has_only_harmless_volumes(pod)) broken.insert("Volume Types");
  return {broken.begin(), broken.end()};
}

}  // namespace elector::tests
