// SPDX-License-Identifier: Apache-2.0
// Walks a YAML tree and writes JSON.
#include "kube/config/yaml_json.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <set>
#include <string_view>

#include "kube/base/rapid_json.h"

namespace elector::kube {
namespace {

using rapid::StringBuffer;
using rapid::Writer;

constexpr const char* kMergeTag = "tag:yaml.org,2002:merge";
constexpr int kMaxDepth = 64;
// Aliases let a small file describe an enormous tree; the kernel accepts no longer environment
// strings anyway.
constexpr std::size_t kMaxJson = std::size_t{256} * 1024;

template <std::size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_plain(const YAML::Node& node) {
  return node.IsScalar() && node.Tag() == "?";
}

// Adds `map` and, after it, what it merges: depth first, since what is merged may itself merge. An
// anchor that is merged into itself ends at the limit.
bool add_layers(const YAML::Node& map, std::vector<YAML::Node>& layers) {
  if (!map.IsMap() || layers.size() >= kMaxYamlLayers) return false;
  layers.push_back(map);
  for (const auto& entry : map) {
    if (!is_yaml_merge(entry.first)) continue;
    if (!entry.second.IsSequence()) {
      if (!add_layers(entry.second, layers)) return false;
      continue;
    }
    for (const auto& item : entry.second) {
      if (!add_layers(item, layers)) return false;
    }
  }
  return true;
}

// RFC 8259's grammar of a number; a number only in YAML (0x1f, 1_000) is passed on as a string.
bool is_json_number(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && std::isdigit(static_cast<unsigned char>(text[i])) != 0) ++i;
    return i > start;
  };
  if (i < text.size() && text[i] == '-') ++i;
  const bool leading_zero = i < text.size() && text[i] == '0';
  const std::size_t start = i;
  if (!digits() || (leading_zero && i > start + 1)) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (!digits()) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (!digits()) return false;
  }
  return i == text.size();
}

bool all_of(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

// An integer with a prefix that gives its base, of at most 64 bits.
bool is_prefixed_integer(std::string_view text) {
  if (text.size() < 3 || text[0] != '0') return false;
  struct Base {
    char letter;
    std::string_view digits;
    std::size_t most;  // digits of 64 bits
  };
  static constexpr std::array<Base, 3> kBases{
      {{'x', "0123456789abcdefABCDEF", 16}, {'o', "01234567", 22}, {'b', "01", 64}}};
  for (const Base& base : kBases) {
    if (std::tolower(static_cast<unsigned char>(text[1])) != base.letter) continue;
    std::string_view digits = text.substr(2);
    while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
    return all_of(digits, base.digits) && digits.size() <= base.most;
  }
  return false;
}

// `.5`, `1.`, `08`, `1e5`: go-yaml's yamlStyleFloat, without the sign.
bool is_finite_decimal(const std::string& text) {
  const std::size_t exponent = std::min(text.find_first_of("eE"), text.size());
  std::string mantissa = text.substr(0, exponent);
  if (const auto point = mantissa.find('.'); point != std::string::npos) mantissa.erase(point, 1);
  std::string_view power = std::string_view(text).substr(exponent);
  if (!power.empty()) {
    power.remove_prefix(1);
    if (power.starts_with('+') || power.starts_with('-')) power.remove_prefix(1);
    if (!all_of(power, "0123456789")) return false;
  }
  return all_of(mantissa, "0123456789") && std::isfinite(std::strtod(text.c_str(), nullptr));
}

void write_string(Writer& writer, const std::string& text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void write_scalar(Writer& writer, const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (is_yaml_null(node)) {
    writer.Null();
  } else if (const auto boolean = yaml_boolean(node)) {
    writer.Bool(*boolean);
  } else if (is_plain(node) && is_json_number(text)) {
    writer.RawValue(text.data(), text.size(), rapidjson::kNumberType);
  } else {
    write_string(writer, text);
  }
}

bool write_node(Writer& writer, const StringBuffer& buffer, const YAML::Node& node, int depth);

bool write_map(Writer& writer, const StringBuffer& buffer, const YAML::Node& map, int depth) {
  const auto layers = yaml_layers(map);
  if (!layers) return false;
  std::set<std::string> written;
  writer.StartObject();
  for (const YAML::Node& layer : *layers) {
    for (const auto& entry : layer) {
      if (!entry.first.IsScalar()) return false;
      if (is_yaml_merge(entry.first) || !written.insert(entry.first.Scalar()).second) continue;
      write_string(writer, entry.first.Scalar());
      if (!write_node(writer, buffer, entry.second, depth + 1)) return false;
    }
  }
  writer.EndObject();
  return true;
}

bool write_node(Writer& writer, const StringBuffer& buffer, const YAML::Node& node, int depth) {
  if (depth > kMaxDepth || buffer.GetSize() > kMaxJson) return false;
  if (node.IsMap()) {
    if (!write_map(writer, buffer, node, depth)) return false;
  } else if (node.IsSequence()) {
    writer.StartArray();
    for (const auto& item : node) {
      if (!write_node(writer, buffer, item, depth + 1)) return false;
    }
    writer.EndArray();
  } else if (node.IsScalar()) {
    write_scalar(writer, node);
  } else {
    writer.Null();
  }
  return true;
}

}  // namespace

bool is_yaml_merge(const YAML::Node& key) {
  return key.IsScalar() && key.Scalar() == "<<" && (is_plain(key) || key.Tag() == kMergeTag);
}

std::optional<std::vector<YAML::Node>> yaml_layers(const YAML::Node& map) {
  std::vector<YAML::Node> layers;
  if (!add_layers(map, layers)) return std::nullopt;
  return layers;
}

bool is_yaml_null(const YAML::Node& node) {
  static constexpr std::array<std::string_view, 5> kNull{"", "~", "null", "Null", "NULL"};
  if (!node.IsDefined() || node.IsNull()) return true;
  return is_plain(node) && one_of(node.Scalar(), kNull);
}

std::optional<bool> yaml_boolean(const YAML::Node& node) {
  static constexpr std::array<std::string_view, 11> kTrue{
      "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"};
  static constexpr std::array<std::string_view, 11> kFalse{
      "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"};
  if (!is_plain(node)) return std::nullopt;
  if (one_of(node.Scalar(), kTrue)) return true;
  if (one_of(node.Scalar(), kFalse)) return false;
  return std::nullopt;
}

bool is_yaml_number(const YAML::Node& node) {
  static constexpr std::array<std::string_view, 12> kSpecial{".nan",  ".NaN",  ".NAN",  ".inf",
                                                             ".Inf",  ".INF",  "+.inf", "+.Inf",
                                                             "+.INF", "-.inf", "-.Inf", "-.INF"};
  if (!is_plain(node) || node.Scalar().empty()) return false;
  if (one_of(node.Scalar(), kSpecial)) return true;
  std::string text = node.Scalar();
  const char first = text.front();
  if (first != '.') {
    if (first != '+' && first != '-' && std::isdigit(static_cast<unsigned char>(first)) == 0) {
      return false;
    }
    std::erase(text, '_');
    if (first == '+' || first == '-') text.erase(0, 1);
  }
  return is_prefixed_integer(text) || is_finite_decimal(text);
}

std::optional<std::string> yaml_to_json(const YAML::Node& node) {
  StringBuffer buffer;
  Writer writer(buffer);
  if (!write_node(writer, buffer, node, 0)) return std::nullopt;
  return std::string(buffer.GetString(), buffer.GetSize());
}

}  // namespace elector::kube
