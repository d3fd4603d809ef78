// SPDX-License-Identifier: Apache-2.0
// Field and label selectors of lists and watches.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tests/apiserver/object.h"
#include "tests/apiserver/status.h"

namespace elector::tests::apiserver {

class Selector {
 public:
  // Reads both selectors as the query has them; "" selects all. Labels: a=b, a==b, a!=b, a in
  // (b,c), a notin (b,c), a, !a. Fields: metadata.name and metadata.namespace, for Events and Pods
  // any path to a string. The Status is the real server's 400.
  static std::variant<Selector, Status> parse(const Resource& resource, std::string_view fields,
                                              std::string_view labels);

  bool matches(const Object& object) const;
  // The one name that metadata.name= asks for; "" if it does not.
  std::string name() const;

 private:
  struct Requirement {
    std::string key;
    bool negated = false;
    bool exists = false;  // the key alone decides
    std::vector<std::string> values;
  };
  bool allows(const Requirement& requirement, const std::optional<std::string>& value) const;
  static std::optional<Requirement> parse_label(std::string_view text);

  std::vector<Requirement> fields_;
  std::vector<Requirement> labels_;
};

}  // namespace elector::tests::apiserver
