// SPDX-License-Identifier: Apache-2.0
// Field and label selectors.
#include "tests/apiserver/selector.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace elector::tests::apiserver {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Splits at commas outside parentheses.
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '(') ++depth;
    if (i < text.size() && text[i] == ')') --depth;
    if (i == text.size() || (text[i] == ',' && depth == 0)) {
      const std::string_view part = trim(text.substr(start, i - start));
      if (!part.empty()) parts.push_back(part);
      start = i + 1;
    }
  }
  return parts;
}

bool is_label_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' ||
           c == '/';
  });
}

struct Comparison {
  std::string_view key;
  std::string_view value;
  bool negated = false;
};

// Reads "key=value", "key==value" or "key!=value".
std::optional<Comparison> split_comparison(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return {};
  Comparison read;
  read.negated = text[equals - 1] == '!';
  read.key = trim(text.substr(0, equals - (read.negated ? 1 : 0)));
  read.value = text.substr(equals + 1);
  if (!read.negated && !read.value.empty() && read.value.front() == '=')
    read.value.remove_prefix(1);
  read.value = trim(read.value);
  if (read.key.empty()) return {};
  return read;
}

std::optional<std::string> field_of(const Object& object, const std::string& path) {
  if (path == "metadata.name") return object.key.name;
  if (path == "metadata.namespace") return object.key.ns;
  const Json document = document_of(object);
  const Value* at = &document;
  std::string_view rest = path;
  while (at != nullptr && !rest.empty()) {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    at = find(*at, {rest.substr(0, dot)});
    rest.remove_prefix(std::min(dot + 1, rest.size()));
  }
  return at != nullptr && at->IsString() ? at->GetString() : "";
}

}  // namespace

std::optional<Selector::Requirement> Selector::parse_label(std::string_view text) {
  Requirement read;
  if (text.front() == '!') {
    read.key = trim(text.substr(1));
    read.negated = read.exists = true;
  } else if (const std::size_t open = text.find('('); open != std::string_view::npos) {
    std::string_view head = trim(text.substr(0, open));
    read.negated = head.ends_with(" notin");
    if ((!read.negated && !head.ends_with(" in")) || text.back() != ')') return {};
    head.remove_suffix(read.negated ? 6 : 3);
    read.key = trim(head);
    for (const auto value : split(text.substr(open + 1, text.size() - open - 2))) {
      read.values.emplace_back(value);
    }
  } else if (text.find('=') != std::string_view::npos) {
    const std::optional<Comparison> comparison = split_comparison(text);
    if (!comparison) return {};
    read.key = comparison->key;
    read.negated = comparison->negated;
    read.values.emplace_back(comparison->value);
  } else {
    read.key = text;
    read.exists = true;
  }
  const bool fine = !read.key.empty() && is_label_text(read.key) &&
                    std::all_of(read.values.begin(), read.values.end(),
                                [](const auto& v) { return is_label_text(v); });
  if (!fine) return {};
  return read;
}

std::variant<Selector, Status> Selector::parse(const Resource& resource, std::string_view fields,
                                               std::string_view labels) {
  Selector selector;
  for (const std::string_view part : split(labels)) {
    std::optional<Requirement> requirement = parse_label(part);
    if (!requirement) return bad_request("unable to parse requirement: " + quoted(part));
    selector.labels_.push_back(std::move(*requirement));
  }
  for (const std::string_view part : split(fields)) {
    const std::optional<Comparison> comparison = split_comparison(part);
    if (!comparison) {
      return bad_request("invalid selector: '" + std::string(fields) + "'; can't understand '" +
                         std::string(part) + "'");
    }
    Requirement requirement;
    requirement.key = comparison->key;
    requirement.negated = comparison->negated;
    requirement.values.emplace_back(comparison->value);
    const bool any_field = resource.kind == "Event" || resource.kind == "Pod";
    if (!any_field && requirement.key != "metadata.name" &&
        requirement.key != "metadata.namespace") {
      return bad_request(quoted(requirement.key) +
                         " is not a known field selector: only \"metadata.name\", "
                         "\"metadata.namespace\"");
    }
    selector.fields_.push_back(std::move(requirement));
  }
  return selector;
}

bool Selector::allows(const Requirement& requirement,
                      const std::optional<std::string>& value) const {
  if (requirement.exists) return value.has_value() != requirement.negated;
  const bool among = value && std::find(requirement.values.begin(), requirement.values.end(),
                                        *value) != requirement.values.end();
  return among != requirement.negated;
}

bool Selector::matches(const Object& object) const {
  for (const Requirement& requirement : fields_) {
    if (!allows(requirement, field_of(object, requirement.key))) return false;
  }
  for (const Requirement& requirement : labels_) {
    const auto label = object.labels.find(requirement.key);
    std::optional<std::string> value;
    if (label != object.labels.end()) value = label->second;
    if (!allows(requirement, value)) return false;
  }
  return true;
}

std::string Selector::name() const {
  for (const Requirement& requirement : fields_) {
    if (requirement.key == "metadata.name" && !requirement.negated) {
      return requirement.values.front();
    }
  }
  return {};
}

}  // namespace elector::tests::apiserver
