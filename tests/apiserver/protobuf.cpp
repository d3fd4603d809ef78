// SPDX-License-Identifier: Apache-2.0
// Reading the API's protobuf bodies. The field numbers are those of the generated.proto files
// beside the API's Go types.
#include "tests/apiserver/protobuf.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <map>
#include <vector>

#include "tests/apiserver/json.h"

namespace elector::tests::apiserver {
namespace {

enum class Type { kText, kInteger, kBoolean, kTime, kMicroTime, kTextMap, kBytesMap, kMessage };

struct Message;
struct Field {
  std::uint64_t number;
  const char* name;
  Type type;
  bool repeated = false;
  const Message* message = nullptr;
  bool pointer = false;  // of a Go pointer: present means set, even when empty or 0
};
struct Message {
  std::vector<Field> fields;
};

// The fields of one message as they are encoded: varints, or bytes. None of the messages read here
// has groups or fixed numbers.
struct Wire {
  std::uint64_t number = 0;
  bool is_bytes = false;
  std::uint64_t integer = 0;
  std::string_view bytes;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  // The next field; nothing at the end or when the text is broken: then broken() is true.
  std::optional<Wire> next() {
    if (rest_.empty()) return {};
    Wire wire;
    const std::uint64_t tag = varint();
    wire.number = tag >> 3U;
    switch (tag & 7U) {
      case 0:
        wire.integer = varint();
        break;
      case 1:
        take(8);
        break;
      case 2:
        wire.is_bytes = true;
        wire.bytes = take(varint());
        break;
      case 5:
        take(4);
        break;
      default:
        broken_ = true;
    }
    if (broken_) return {};
    return wire;
  }
  bool broken() const { return broken_; }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
    broken_ = true;
    return 0;
  }
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) {
      broken_ = true;
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
  bool broken_ = false;
};

const Message& reference_message() {
  static const Message kMessage{{{1, "kind", Type::kText},
                                 {2, "namespace", Type::kText},
                                 {3, "name", Type::kText},
                                 {4, "uid", Type::kText},
                                 {5, "apiVersion", Type::kText},
                                 {6, "resourceVersion", Type::kText},
                                 {7, "fieldPath", Type::kText}}};
  return kMessage;
}

const Message& metadata_message() {
  static const Message kOwner{{{1, "kind", Type::kText},
                               {3, "name", Type::kText},
                               {4, "uid", Type::kText},
                               {5, "apiVersion", Type::kText},
                               {6, "controller", Type::kBoolean, false, nullptr, true},
                               {7, "blockOwnerDeletion", Type::kBoolean, false, nullptr, true}}};
  static const Message kMessage{{{1, "name", Type::kText},
                                 {2, "generateName", Type::kText},
                                 {3, "namespace", Type::kText},
                                 {5, "uid", Type::kText},
                                 {6, "resourceVersion", Type::kText},
                                 {7, "generation", Type::kInteger},
                                 {8, "creationTimestamp", Type::kTime},
                                 {11, "labels", Type::kTextMap},
                                 {12, "annotations", Type::kTextMap},
                                 {13, "ownerReferences", Type::kMessage, true, &kOwner},
                                 {14, "finalizers", Type::kText, true}}};
  return kMessage;
}

const Message& lease_message() {
  static const Message kSpec{{{1, "holderIdentity", Type::kText, false, nullptr, true},
                              {2, "leaseDurationSeconds", Type::kInteger, false, nullptr, true},
                              {3, "acquireTime", Type::kMicroTime},
                              {4, "renewTime", Type::kMicroTime},
                              {5, "leaseTransitions", Type::kInteger, false, nullptr, true}}};
  static const Message kMessage{{{1, "metadata", Type::kMessage, false, &metadata_message()},
                                 {2, "spec", Type::kMessage, false, &kSpec}}};
  return kMessage;
}

const Message& config_map_message() {
  static const Message kMessage{{{1, "metadata", Type::kMessage, false, &metadata_message()},
                                 {2, "data", Type::kTextMap},
                                 {3, "binaryData", Type::kBytesMap},
                                 {4, "immutable", Type::kBoolean, false, nullptr, true}}};
  return kMessage;
}

const Message& endpoints_message() {
  static const Message kAddress{{{1, "ip", Type::kText},
                                 {2, "targetRef", Type::kMessage, false, &reference_message()},
                                 {3, "hostname", Type::kText},
                                 {4, "nodeName", Type::kText, false, nullptr, true}}};
  static const Message kPort{{{1, "name", Type::kText},
                              {2, "port", Type::kInteger},
                              {3, "protocol", Type::kText},
                              {4, "appProtocol", Type::kText, false, nullptr, true}}};
  static const Message kSubset{{{1, "addresses", Type::kMessage, true, &kAddress},
                                {2, "notReadyAddresses", Type::kMessage, true, &kAddress},
                                {3, "ports", Type::kMessage, true, &kPort}}};
  static const Message kMessage{{{1, "metadata", Type::kMessage, false, &metadata_message()},
                                 {2, "subsets", Type::kMessage, true, &kSubset}}};
  return kMessage;
}

const Message& event_message() {
  static const Message kSource{{{1, "component", Type::kText}, {2, "host", Type::kText}}};
  static const Message kSeries{
      {{1, "count", Type::kInteger}, {2, "lastObservedTime", Type::kMicroTime}}};
  static const Message kMessage{{{1, "metadata", Type::kMessage, false, &metadata_message()},
                                 {2, "involvedObject", Type::kMessage, false, &reference_message()},
                                 {3, "reason", Type::kText},
                                 {4, "message", Type::kText},
                                 {5, "source", Type::kMessage, false, &kSource},
                                 {6, "firstTimestamp", Type::kTime},
                                 {7, "lastTimestamp", Type::kTime},
                                 {8, "count", Type::kInteger},
                                 {9, "type", Type::kText},
                                 {10, "eventTime", Type::kMicroTime},
                                 {11, "series", Type::kMessage, false, &kSeries},
                                 {12, "action", Type::kText},
                                 {13, "related", Type::kMessage, false, &reference_message()},
                                 {14, "reportingComponent", Type::kText},
                                 {15, "reportingInstance", Type::kText}}};
  return kMessage;
}

const Message& delete_options_message() {
  static const Message kPreconditions{
      {{1, "uid", Type::kText}, {2, "resourceVersion", Type::kText}}};
  static const Message kMessage{{{1, "gracePeriodSeconds", Type::kInteger, false, nullptr, true},
                                 {2, "preconditions", Type::kMessage, false, &kPreconditions},
                                 {4, "propagationPolicy", Type::kText},
                                 {5, "dryRun", Type::kText, true}}};
  return kMessage;
}

const Message* message_of(const std::string& kind) {
  static const Message kNamespace{{{1, "metadata", Type::kMessage, false, &metadata_message()}}};
  if (kind == "Lease") return &lease_message();
  if (kind == "ConfigMap") return &config_map_message();
  if (kind == "Endpoints") return &endpoints_message();
  if (kind == "Event") return &event_message();
  if (kind == "Namespace") return &kNamespace;
  if (kind == "DeleteOptions") return &delete_options_message();
  return nullptr;
}

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t j = i; j < i + 3; ++j) {
      bits = (bits << 8U) | (j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0U);
    }
    for (unsigned digit = 0; digit < 4; ++digit) {
      out += i + digit <= bytes.size() ? kAlphabet[(bits >> (18U - 6U * digit)) & 0x3FU] : '=';
    }
  }
  return out;
}

// Seconds and nanoseconds since 1970 as RFC 3339; "" for a message without fields, which is Go's
// zero time.
std::string time_text(std::string_view bytes, bool micro) {
  if (bytes.empty()) return {};
  Reader reader(bytes);
  std::time_t seconds = 0;
  std::uint64_t nanoseconds = 0;
  while (const auto wire = reader.next()) {
    if (wire->number == 1) seconds = static_cast<std::time_t>(wire->integer);
    if (wire->number == 2) nanoseconds = wire->integer;
  }
  std::tm tm{};
  gmtime_r(&seconds, &tm);
  std::array<char, 48> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &tm);
  std::string out(text.data(), size);
  if (micro) {
    std::snprintf(text.data(), text.size(), ".%06u",
                  static_cast<unsigned>(nanoseconds / 1000U % 1'000'000U));
    out += text.data();
  }
  return out + "Z";
}

// Reads one entry of a map into entries.
void read_entry(std::string_view bytes, bool binary, std::map<std::string, std::string>& entries) {
  Reader reader(bytes);
  std::string key;
  std::string value;
  while (const auto wire = reader.next()) (wire->number == 1 ? key : value) = wire->bytes;
  entries[key] = quoted(binary ? base64(value) : value);
}

std::optional<std::string> read_message(std::string_view bytes, const Message& message);

// The JSON value of a field that is neither map nor absent; nothing if it is broken, "" if it
// counts as absent.
std::optional<std::string> read_value(const Wire& wire, const Field& field) {
  const auto number = static_cast<std::int64_t>(wire.integer);
  switch (field.type) {
    case Type::kText:
      if (wire.bytes.empty() && !field.pointer) return "";
      return quoted(wire.bytes);
    case Type::kInteger:
      return number == 0 && !field.pointer ? "" : std::to_string(number);
    case Type::kBoolean:
      if (number == 0 && !field.pointer) return "";
      return number != 0 ? "true" : "false";
    case Type::kTime:
    case Type::kMicroTime: {
      const std::string text = time_text(wire.bytes, field.type == Type::kMicroTime);
      return text.empty() ? text : quoted(text);
    }
    case Type::kMessage:
      return read_message(wire.bytes, *field.message);
    case Type::kTextMap:
    case Type::kBytesMap:
      break;
  }
  return "";
}

std::optional<std::string> read_message(std::string_view bytes, const Message& message) {
  std::map<std::string, std::string> scalars;
  std::map<std::string, std::string> lists;
  std::map<std::string, std::map<std::string, std::string>> maps;
  Reader reader(bytes);
  while (const auto wire = reader.next()) {
    for (const Field& field : message.fields) {
      if (field.number != wire->number) continue;
      if (field.type == Type::kTextMap || field.type == Type::kBytesMap) {
        read_entry(wire->bytes, field.type == Type::kBytesMap, maps[field.name]);
        continue;
      }
      const std::optional<std::string> value = read_value(*wire, field);
      if (!value) return std::nullopt;
      if (field.repeated) {
        lists[field.name] += (lists[field.name].empty() ? "" : ",") + *value;
      } else if (!value->empty()) {
        scalars[field.name] = *value;
      }
    }
  }
  if (reader.broken()) return std::nullopt;
  std::string out;
  const auto append = [&](const std::string& name, const std::string& value) {
    out += (out.empty() ? "" : ",") + quoted(name) + ":" + value;
  };
  for (const auto& [name, value] : scalars) append(name, value);
  for (const auto& [name, values] : lists) append(name, "[" + values + "]");
  for (const auto& [name, entries] : maps) {
    std::string members;
    for (const auto& [key, value] : entries) {
      members += (members.empty() ? "" : ",") + quoted(key) + ":" + value;
    }
    append(name, "{" + members + "}");
  }
  return "{" + out + "}";
}

}  // namespace

std::optional<std::string> protobuf_to_json(std::string_view body) {
  constexpr std::string_view kMagic{"k8s\0", 4};
  if (!body.starts_with(kMagic)) return std::nullopt;
  Reader envelope(body.substr(kMagic.size()));
  std::string kind;
  std::string version;
  std::string_view raw;
  while (const auto wire = envelope.next()) {
    if (wire->number == 2) raw = wire->bytes;
    if (wire->number != 1) continue;
    Reader type(wire->bytes);
    while (const auto word = type.next()) (word->number == 1 ? version : kind) = word->bytes;
  }
  const Message* message = message_of(kind);
  if (envelope.broken() || message == nullptr) return std::nullopt;
  const std::optional<std::string> object = read_message(raw, *message);
  if (!object) return std::nullopt;
  return "{\"kind\":" + quoted(kind) + ",\"apiVersion\":" + quoted(version) +
         (object->size() > 2 ? "," + object->substr(1) : "}");
}

}  // namespace elector::tests::apiserver
