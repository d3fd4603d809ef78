// SPDX-License-Identifier: Apache-2.0
// Tables and PartialObjectMetadata.
#include "tests/apiserver/table.h"

#include <algorithm>
#include <ctime>

namespace elector::tests::apiserver {
namespace {

struct Column {
  const char* name;
  const char* type;
  const char* format;
  int priority;  // above 0 only with -o wide
};

const std::vector<Column>& columns_of(const Resource& resource) {
  static const Column kName{"Name", "string", "name", 0};
  static const Column kAge{"Age", "string", "", 0};
  static const std::vector<Column> kOthers{kName, kAge};
  static const std::vector<Column> kLeases{kName, {"Holder", "string", "", 0}, kAge};
  static const std::vector<Column> kEndpoints{kName, {"Endpoints", "string", "", 0}, kAge};
  static const std::vector<Column> kConfigMaps{kName, {"Data", "string", "", 0}, kAge};
  static const std::vector<Column> kNamespaces{kName, {"Status", "string", "", 0}, kAge};
  static const std::vector<Column> kPods{kName,
                                         {"Ready", "string", "", 0},
                                         {"Status", "string", "", 0},
                                         {"Restarts", "integer", "", 0},
                                         kAge,
                                         {"IP", "string", "", 1},
                                         {"Node", "string", "", 1}};
  static const std::vector<Column> kEvents{{"Last Seen", "string", "", 0},
                                           {"Type", "string", "", 0},
                                           {"Reason", "string", "", 0},
                                           {"Object", "string", "", 0},
                                           {"Message", "string", "", 0}};
  if (resource.kind == "Lease") return kLeases;
  if (resource.kind == "Endpoints") return kEndpoints;
  if (resource.kind == "ConfigMap") return kConfigMaps;
  if (resource.kind == "Namespace") return kNamespaces;
  if (resource.kind == "Pod") return kPods;
  return resource.kind == "Event" ? kEvents : kOthers;
}

std::string columns_text(const Resource& resource) {
  std::string out = "[";
  for (const Column& column : columns_of(resource)) {
    if (out.size() > 1) out += ",";
    out += "{\"name\":" + quoted(column.name) + ",\"type\":" + quoted(column.type) +
           ",\"format\":" + quoted(column.format) +
           ",\"description\":\"\",\"priority\":" + std::to_string(column.priority) + "}";
  }
  return out + "]";
}

std::string age_since(const std::string& time) {
  std::tm tm{};
  if (strptime(time.c_str(), "%Y-%m-%dT%H:%M:%S", &tm) == nullptr) return "<unknown>";
  return age_text(std::time(nullptr) - timegm(&tm));
}

std::string or_none(const std::string& text) {
  return text.empty() ? "<none>" : text;
}

// "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more..."
std::string endpoints_cell(const Json& document) {
  std::vector<std::string> all;
  const Value* subsets = find(document, {"subsets"});
  if (subsets != nullptr && subsets->IsArray()) {
    for (const auto& subset : subsets->GetArray()) {
      const Value* addresses = find(subset, {"addresses"});
      const Value* ports = find(subset, {"ports"});
      if (addresses == nullptr || !addresses->IsArray()) continue;
      for (const auto& address : addresses->GetArray()) {
        const std::string ip = text_at(address, {"ip"});
        if (ports == nullptr || !ports->IsArray() || ports->Empty()) {
          all.push_back(ip);
          continue;
        }
        for (const auto& port : ports->GetArray()) {
          all.push_back(ip + ":" + std::to_string(number_at(port, "port", 0)));
        }
      }
    }
  }
  std::string out;
  for (std::size_t i = 0; i < std::min<std::size_t>(all.size(), 3); ++i) {
    out += (i == 0 ? "" : ",") + all[i];
  }
  if (all.size() > 3) out += " + " + std::to_string(all.size() - 3) + " more...";
  return or_none(out);
}

std::size_t size_of(const Json& document, const char* member) {
  const Value* map = find(document, {member});
  return map != nullptr && map->IsObject() ? map->MemberCount() : 0;
}

std::vector<std::string> pod_cells(const Json& document, const std::string& name,
                                   const std::string& age) {
  const Value* containers = find(document, {"spec", "containers"});
  const std::size_t wanted =
      containers != nullptr && containers->IsArray() ? containers->Size() : 0;
  std::size_t ready = 0;
  std::int64_t restarts = 0;
  const Value* statuses = find(document, {"status", "containerStatuses"});
  if (statuses != nullptr && statuses->IsArray()) {
    for (const auto& status : statuses->GetArray()) {
      ready += flag_at(status, "ready", false) ? 1 : 0;
      restarts += number_at(status, "restartCount", 0);
    }
  }
  std::string phase = text_at(document, {"status", "phase"});
  if (phase.empty()) phase = "Pending";
  return {quoted(name),
          quoted(std::to_string(ready) + "/" + std::to_string(wanted)),
          quoted(phase),
          std::to_string(restarts),
          quoted(age),
          quoted(or_none(text_at(document, {"status", "podIP"}))),
          quoted(or_none(text_at(document, {"spec", "nodeName"})))};
}

// The cells of one row, as JSON values.
std::vector<std::string> cells_of(const Object& object) {
  const Json document = document_of(object);
  const std::string_view kind = object.key.resource->kind;
  const std::string& name = object.key.name;
  const std::string age = age_since(text_at(document, {"metadata", "creationTimestamp"}));
  if (kind == "Pod") return pod_cells(document, name, age);
  if (kind == "Event") {
    std::string seen = text_at(document, {"lastTimestamp"});
    if (seen.empty()) seen = text_at(document, {"metadata", "creationTimestamp"});
    std::string about = text_at(document, {"involvedObject", "kind"});
    std::transform(about.begin(), about.end(), about.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    about += "/" + text_at(document, {"involvedObject", "name"});
    return {quoted(age_since(seen)), quoted(text_at(document, {"type"})),
            quoted(text_at(document, {"reason"})), quoted(about),
            quoted(text_at(document, {"message"}))};
  }
  std::string cell;
  if (kind == "Lease") cell = text_at(document, {"spec", "holderIdentity"});
  if (kind == "Endpoints") cell = endpoints_cell(document);
  if (kind == "ConfigMap") {
    const std::size_t keys = size_of(document, "data") + size_of(document, "binaryData");
    return {quoted(name), std::to_string(keys), quoted(age)};
  }
  if (kind == "Namespace") cell = "Active";
  if (columns_of(*object.key.resource).size() == 2) return {quoted(name), quoted(age)};
  return {quoted(name), quoted(cell), quoted(age)};
}

std::string partial_text(const Object& object, const std::string& version) {
  const Json document = document_of(object);
  return R"({"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/)" + version +
         "\",\"metadata\":" + to_text(*find(document, {"metadata"})) + "}";
}

std::string row_text(const Object& object, const Shape& shape) {
  std::string out = "{\"cells\":[";
  bool first = true;
  for (const std::string& cell : cells_of(object)) {
    out += (first ? "" : ",") + cell;
    first = false;
  }
  out += "]";
  if (shape.include_object == "Object") {
    out += ",\"object\":" + object.text;
  } else if (shape.include_object != "None") {
    out += ",\"object\":" + partial_text(object, shape.version);
  }
  return out + "}";
}

std::string list_metadata(const ListInfo& info) {
  std::string out = "{\"resourceVersion\":\"" + std::to_string(info.version) + "\"";
  if (!info.token.empty()) {
    out += ",\"continue\":" + quoted(info.token) +
           ",\"remainingItemCount\":" + std::to_string(info.remaining);
  }
  return out + "}";
}

std::string table_text(const Shape& shape, const std::string& metadata, const std::string& columns,
                       const std::string& rows) {
  return R"({"kind":"Table","apiVersion":"meta.k8s.io/)" + shape.version +
         "\",\"metadata\":" + metadata + ",\"columnDefinitions\":" + columns + ",\"rows\":[" +
         rows + "]}";
}

std::string parameter_of(std::string_view media, std::string_view name) {
  std::size_t at = 0;
  while ((at = media.find(';', at)) != std::string_view::npos) {
    std::string_view part = media.substr(at + 1, media.find(';', at + 1) - at - 1);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    if (part.starts_with(name) && part.size() > name.size() && part[name.size()] == '=') {
      return std::string(part.substr(name.size() + 1));
    }
    ++at;
  }
  return {};
}

}  // namespace

std::string age_text(std::int64_t seconds) {
  const auto text = [](std::int64_t value, const char* unit) {
    return std::to_string(value) + unit;
  };
  const auto two = [&](std::int64_t big, const char* big_unit, std::int64_t small,
                       const char* small_unit) {
    return text(big, big_unit) + (small == 0 ? "" : text(small, small_unit));
  };
  const std::int64_t minutes = seconds / 60;
  const std::int64_t hours = minutes / 60;
  if (seconds < 0) return "0s";
  if (minutes < 2) return text(seconds, "s");
  if (minutes < 10) return two(minutes, "m", seconds % 60, "s");
  if (hours < 3) return text(minutes, "m");
  if (hours < 8) return two(hours, "h", minutes % 60, "m");
  if (hours < 48) return text(hours, "h");
  if (hours < 24 * 8) return two(hours / 24, "d", hours % 24, "h");
  return text(hours / 24, "d");
}

std::optional<Shape> shape_of(std::string_view accept, std::string_view include_object) {
  Shape shape;
  if (!include_object.empty()) shape.include_object = include_object;
  if (accept.empty()) return shape;
  std::size_t start = 0;
  while (start <= accept.size()) {
    const std::size_t end = std::min(accept.find(',', start), accept.size());
    std::string_view media = accept.substr(start, end - start);
    start = end + 1;
    while (!media.empty() && media.front() == ' ') media.remove_prefix(1);
    std::string_view type = media.substr(0, media.find(';'));
    while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
    if (type != "application/json" && type != "*/*" && type != "application/*") continue;
    const std::string as = parameter_of(media, "as");
    const std::string version = parameter_of(media, "v");
    if (as.empty()) return shape;
    if (parameter_of(media, "g") != "meta.k8s.io" || (version != "v1" && version != "v1beta1")) {
      continue;
    }
    shape.version = version;
    if (as == "Table") {
      shape.kind = Shape::Kind::kTable;
      return shape;
    }
    if (as == "PartialObjectMetadata" || as == "PartialObjectMetadataList") {
      shape.kind = Shape::Kind::kPartial;
      return shape;
    }
  }
  return std::nullopt;
}

std::string shaped(const Object& object, const Shape& shape, bool columns) {
  switch (shape.kind) {
    case Shape::Kind::kPlain:
      break;
    case Shape::Kind::kPartial:
      return partial_text(object, shape.version);
    case Shape::Kind::kTable: {
      ListInfo info;
      info.version = object.version;
      return table_text(shape, list_metadata(info),
                        columns ? columns_text(*object.key.resource) : "null",
                        row_text(object, shape));
    }
  }
  return object.text;
}

std::string shaped_list(const Resource& resource, const std::vector<ObjectPtr>& objects,
                        const Shape& shape, const ListInfo& info) {
  std::string items;
  for (const ObjectPtr& object : objects) {
    if (!items.empty()) items += ",";
    items += shape.kind == Shape::Kind::kTable     ? row_text(*object, shape)
             : shape.kind == Shape::Kind::kPartial ? partial_text(*object, shape.version)
                                                   : item_text(*object);
  }
  const std::string metadata = list_metadata(info);
  if (shape.kind == Shape::Kind::kTable) {
    return table_text(shape, metadata, columns_text(resource), items);
  }
  const bool partial = shape.kind == Shape::Kind::kPartial;
  return "{\"kind\":\"" +
         (partial ? "PartialObjectMetadataList" : std::string(resource.kind) + "List") +
         "\",\"apiVersion\":\"" +
         (partial ? "meta.k8s.io/" + shape.version : api_version(resource)) +
         "\",\"metadata\":" + metadata + ",\"items\":[" + items + "]}";
}

}  // namespace elector::tests::apiserver
