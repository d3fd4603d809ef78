// SPDX-License-Identifier: Apache-2.0
#include "tests/system/delivery/manifest.h"

#include <rapidjson/pointer.h>
#include <yaml-cpp/yaml.h>

#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace elector::tests {
namespace {

std::string json_scalar(const YAML::Node& node) {
  static const std::regex number("-?(0|[1-9][0-9]*)(\\.[0-9]+)?");
  const std::string& text = node.Scalar();
  const bool plain = node.Tag() == "?";  // neither quoted nor a block
  if (!plain) return json_quoted(text);
  if (text == "true" || text == "false" || std::regex_match(text, number)) return text;
  if (text == "null" || text == "~" || text.empty()) return "null";
  return json_quoted(text);
}

std::string json_text(const YAML::Node& node) {
  if (node.IsNull() || !node.IsDefined()) return "null";
  if (node.IsScalar()) return json_scalar(node);
  std::string text;
  for (const auto& entry : node) {
    text += text.empty() ? "" : ",";
    text += node.IsMap() ? json_quoted(entry.first.Scalar()) + ":" + json_text(entry.second)
                         : json_text(entry);
  }
  return node.IsMap() ? "{" + text + "}" : "[" + text + "]";
}

}  // namespace

std::vector<Json> parse_manifest(const std::string& yaml) {
  std::vector<Json> objects;
  try {
    for (const YAML::Node& document : YAML::LoadAll(yaml)) {
      if (!document.IsNull()) objects.push_back(parse_json(json_text(document)));
    }
  } catch (const YAML::Exception& error) {
    throw std::runtime_error(error.what());
  }
  return objects;
}

std::string project_file(const std::string& path) {
  std::ifstream file(std::string(PROJECT_FOLDER) + "/" + path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

const Json& object_of(const std::vector<Json>& objects, const std::string& kind) {
  for (const Json& object : objects) {
    if (text_at(object, "/kind") == kind) return object;
  }
  throw std::runtime_error("there is no " + kind);
}

const JsonValue& at(const JsonValue& value, const std::string& pointer) {
  static const JsonValue nothing;
  const JsonValue* found = rapidjson::Pointer(pointer.c_str()).Get(value);
  return found != nullptr ? *found : nothing;
}

std::vector<const JsonValue*> items_at(const JsonValue& value, const std::string& pointer) {
  std::vector<const JsonValue*> items;
  const JsonValue& list = at(value, pointer);
  if (!list.IsArray()) return items;
  for (const JsonValue& item : list.GetArray()) items.push_back(&item);
  return items;
}

const JsonValue& pod_spec(const std::vector<Json>& objects) {
  for (const Json& object : objects) {
    if (at(object, "/spec/template/spec").IsObject()) return at(object, "/spec/template/spec");
    if (text_at(object, "/kind") == "Pod") return at(object, "/spec");
  }
  throw std::runtime_error("there are no pods");
}

std::vector<const JsonValue*> containers_of(const JsonValue& spec) {
  auto all = items_at(spec, "/initContainers");
  for (const JsonValue* one : items_at(spec, "/containers")) all.push_back(one);
  return all;
}

}  // namespace elector::tests
