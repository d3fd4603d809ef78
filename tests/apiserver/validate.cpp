// SPDX-License-Identifier: Apache-2.0
// What the API takes for an object of its kinds.
#include "tests/apiserver/validate.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

namespace elector::tests::apiserver {
namespace {

constexpr std::size_t kMaxAnnotations = 262'144;  // bytes of names and values together
constexpr std::size_t kMaxConfigMap = 1'048'576;  // bytes of data together
constexpr std::string_view kSubdomain =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start "
    "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

bool is_lower_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_subdomain(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool inner = i > 0 && i + 1 < name.size();
    const bool beside_dot = !inner || name[i - 1] == '.' || name[i + 1] == '.' || name[i] == '.';
    if (is_lower_alnum(name[i])) continue;
    if (name[i] == '-' && inner && !beside_dot) continue;
    if (name[i] == '.' && inner && is_lower_alnum(name[i - 1]) && is_lower_alnum(name[i + 1])) {
      continue;
    }
    return false;
  }
  return true;
}

// A Lease's time: 2006-01-02T15:04:05.000000Z07:00, six digits of a second, no more and no fewer.
struct MicroTime {
  std::time_t seconds = 0;
  std::string fraction;
};

std::optional<MicroTime> read_micro_time(const std::string& text) {
  std::tm tm{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &tm);
  if (rest == nullptr || text.size() < 27 || rest != text.c_str() + 19 || *rest != '.') return {};
  MicroTime time;
  time.fraction = text.substr(20, 6);
  for (const char c : time.fraction) {
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) return {};
  }
  const std::string zone = text.substr(26);
  long offset = 0;
  if (zone != "Z") {
    int hours = 0;
    int minutes = 0;
    char sign = 0;
    if (zone.size() != 6 || std::sscanf(zone.c_str(), "%c%2d:%2d", &sign, &hours, &minutes) != 3 ||
        (sign != '+' && sign != '-')) {
      return {};
    }
    offset = (hours * 3600L + minutes * 60L) * (sign == '+' ? 1 : -1);
  }
  time.seconds = timegm(&tm) - offset;
  return time;
}

Status wrong_type(const Resource& resource, const std::string& field, const std::string& why) {
  return bad_request(std::string(resource.kind) + " in version \"" + std::string(resource.version) +
                     "\" cannot be handled as a " + std::string(resource.kind) + ": " +
                     std::string(resource.version) + "." + std::string(resource.kind) + "." +
                     field + ": " + why);
}

std::optional<Status> check_string_map(const Resource& resource, const Value* map,
                                       const std::string& field) {
  if (map == nullptr || map->IsNull()) return {};
  if (!map->IsObject()) return wrong_type(resource, field, "expect { or n");
  for (const auto& member : map->GetObject()) {
    if (!member.value.IsString() && !member.value.IsNull()) {
      return wrong_type(resource, field,
                        "ReadString: expects \" or n, but found " + to_text(member.value));
    }
  }
  return {};
}

std::optional<Status> check_lease_types(const Resource& resource, const Value& spec) {
  const auto wrong = [&](const std::string& field, const std::string& why) {
    return wrong_type(resource, "Spec: v1.LeaseSpec." + field, why);
  };
  if (!spec.IsObject()) return wrong("", "expect { or n");
  if (const Value* holder = find(spec, {"holderIdentity"});
      holder != nullptr && !holder->IsNull() && !holder->IsString()) {
    return wrong("HolderIdentity", "ReadString: expects \" or n, but found " + to_text(*holder));
  }
  for (const auto& [name, field] : {std::pair{"leaseDurationSeconds", "LeaseDurationSeconds"},
                                    std::pair{"leaseTransitions", "LeaseTransitions"}}) {
    const Value* number = find(spec, {name});
    if (number != nullptr && !number->IsNull() && !number->IsInt()) {
      return wrong(field, "readUint32: unexpected value " + to_text(*number));
    }
  }
  for (const auto& [name, field] :
       {std::pair{"acquireTime", "AcquireTime"}, std::pair{"renewTime", "RenewTime"}}) {
    const Value* time = find(spec, {name});
    if (time == nullptr || time->IsNull()) continue;
    if (!time->IsString() || !read_micro_time(time->GetString())) {
      return wrong(field, "unmarshalerDecoder: parsing time " + to_text(*time) +
                              " as \"2006-01-02T15:04:05.000000Z07:00\"");
    }
  }
  return {};
}

void drop_nulls(Value& object) {
  if (!object.IsObject()) return;
  for (auto member = object.MemberBegin(); member != object.MemberEnd();) {
    if (member->value.IsNull()) {
      member = object.EraseMember(member);
    } else {
      ++member;
    }
  }
}

// A null in a Go map of strings is "".
void empty_nulls(Value& map) {
  if (!map.IsObject()) return;
  for (auto& member : map.GetObject()) {
    if (member.value.IsNull()) member.value.SetString("", 0);
  }
}

void drop_if_empty(Value& object, std::string_view name) {
  const Value* value = find(object, {name});
  if (value == nullptr) return;
  if ((value->IsObject() && value->ObjectEmpty()) || (value->IsArray() && value->Empty())) {
    remove_member(object, name);
  }
}

std::size_t bytes_of(const Value* map) {
  std::size_t bytes = 0;
  if (map == nullptr || !map->IsObject()) return 0;
  for (const auto& member : map->GetObject()) {
    bytes += member.name.GetStringLength();
    if (member.value.IsString()) bytes += member.value.GetStringLength();
  }
  return bytes;
}

void check_lease_spec(const Json& document, std::vector<Cause>& causes) {
  const Value* spec = find(document, {"spec"});
  if (spec == nullptr || !spec->IsObject()) return;
  const std::int64_t duration = number_at(*spec, "leaseDurationSeconds", 1);
  if (duration <= 0) {
    causes.push_back({"FieldValueInvalid",
                      "Invalid value: " + std::to_string(duration) + ": must be greater than 0",
                      "spec.leaseDurationSeconds"});
  }
  const std::int64_t transitions = number_at(*spec, "leaseTransitions", 0);
  if (transitions < 0) {  // "must to" is the real server's wording
    causes.push_back(
        {"FieldValueInvalid",
         "Invalid value: " + std::to_string(transitions) + ": must to greater or equal than 0",
         "spec.leaseTransitions"});
  }
}

void check_config_map(const Json& document, std::vector<Cause>& causes) {
  const Value* data = find(document, {"data"});
  if (data != nullptr && data->IsObject()) {
    for (const auto& member : data->GetObject()) {
      const std::string key = member.name.GetString();
      const bool fine = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
      });
      if (fine) continue;
      causes.push_back(
          {"FieldValueInvalid",
           "Invalid value: " + quoted(key) +
               ": a valid config key must consist of alphanumeric characters, '-', '_' "
               "or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for "
               "validation is '[-._a-zA-Z0-9]+')",
           "data[" + key + "]"});
    }
  }
  if (bytes_of(data) + bytes_of(find(document, {"binaryData"})) > kMaxConfigMap) {
    causes.push_back({"FieldValueTooLong",
                      "Too long: must have at most " + std::to_string(kMaxConfigMap) + " bytes",
                      "[]"});
  }
}

}  // namespace

std::variant<Json, Status> read_object(const Resource& resource, std::string_view body) {
  std::string error = "unexpected end of JSON input";
  std::optional<Json> document;
  if (!body.empty()) document = parse_json(body, &error);
  if (!document || !document->IsObject()) {
    if (document) error = "json: cannot unmarshal into an object";
    return bad_request("the object provided is unrecognized (must be of type " +
                       std::string(resource.kind) +
                       "): couldn't get version/kind; json parse error: " + error);
  }
  const std::string kind = text_at(*document, {"kind"});
  const std::string version = text_at(*document, {"apiVersion"});
  if ((!kind.empty() && kind != resource.kind) ||
      (!version.empty() && version != api_version(resource))) {
    return bad_request((kind.empty() ? std::string(resource.kind) : kind) + " in version " +
                       quoted(version.empty() ? api_version(resource) : version) +
                       " cannot be handled as a " + std::string(resource.kind) +
                       ": unknown conversion");
  }
  if (auto status = check_types(resource, *document)) return *status;
  return std::move(*document);
}

std::optional<Status> check_types(const Resource& resource, const Json& document) {
  if (const Value* metadata = find(document, {"metadata"})) {
    if (!metadata->IsObject() && !metadata->IsNull()) {
      return wrong_type(resource, "ObjectMeta", "expect { or n");
    }
    for (const auto& [name, field] :
         {std::pair{"annotations", "ObjectMeta: v1.ObjectMeta.Annotations"},
          std::pair{"labels", "ObjectMeta: v1.ObjectMeta.Labels"}}) {
      if (auto status = check_string_map(resource, find(*metadata, {name}), field)) return status;
    }
    for (const char* name : {"name", "namespace", "resourceVersion", "uid", "generateName"}) {
      const Value* value = find(*metadata, {name});
      if (value != nullptr && !value->IsString() && !value->IsNull()) {
        return wrong_type(resource, std::string("ObjectMeta: v1.ObjectMeta.") + name,
                          "ReadString: expects \" or n, but found " + to_text(*value));
      }
    }
  }
  if (resource.kind == "ConfigMap") {
    for (const char* name : {"data", "binaryData"}) {
      if (auto status = check_string_map(resource, find(document, {name}), name)) return status;
    }
  }
  const Value* spec = find(document, {"spec"});
  if (resource.kind == "Lease" && spec != nullptr && !spec->IsNull()) {
    return check_lease_types(resource, *spec);
  }
  return {};
}

std::optional<Status> check_object(const Resource& resource, const Json& document) {
  std::vector<Cause> causes;
  const std::string name = text_at(document, {"metadata", "name"});
  if (name.empty()) {
    causes.push_back({"FieldValueRequired", "Required value: name or generateName is required",
                      "metadata.name"});
  } else if (!is_subdomain(name)) {
    causes.push_back(
        {"FieldValueInvalid",
         "Invalid value: " + quoted(name) + ": " +
             (name.size() > 253 ? "must be no more than 253 characters" : std::string(kSubdomain)),
         "metadata.name"});
  }
  if (bytes_of(find(document, {"metadata", "annotations"})) > kMaxAnnotations) {
    causes.push_back({"FieldValueTooLong",
                      "Too long: must have at most " + std::to_string(kMaxAnnotations) + " bytes",
                      "metadata.annotations"});
  }
  if (resource.kind == "Lease") check_lease_spec(document, causes);
  if (resource.kind == "ConfigMap") check_config_map(document, causes);
  if (causes.empty()) return {};
  return invalid(resource, name, causes);
}

void normalise(const Resource& resource, Json& document) {
  drop_nulls(document);
  Value& metadata = object_at(document, document, "metadata");
  drop_nulls(metadata);
  for (Value* map :
       {find(metadata, {"annotations"}), find(metadata, {"labels"}), find(document, {"data"})}) {
    if (map != nullptr) empty_nulls(*map);
  }
  for (const char* name : {"annotations", "labels", "ownerReferences", "finalizers"}) {
    drop_if_empty(metadata, name);
  }
  // This server manages no fields, but keeps what a test gives it as their times.
  const Value* fields = find(metadata, {"managedFields"});
  const bool timed = fields != nullptr && fields->IsArray() && !fields->Empty() &&
                     !text_at((*fields)[0], {"time"}).empty();
  if (!timed) remove_member(metadata, "managedFields");
  remove_member(metadata, "selfLink");
  for (const char* name : {"data", "binaryData", "subsets"}) drop_if_empty(document, name);
  if (resource.kind != "Lease") return;
  Value& spec = object_at(document, document, "spec");
  drop_nulls(spec);
  for (const char* name : {"acquireTime", "renewTime"}) {
    const std::optional<MicroTime> time = read_micro_time(text_at(spec, {name}));
    if (!time) continue;
    std::tm tm{};
    gmtime_r(&time->seconds, &tm);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &tm);
    set_text(document, spec, name, std::string(text.data()) + "." + time->fraction + "Z");
  }
}

}  // namespace elector::tests::apiserver
