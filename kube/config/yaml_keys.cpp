// SPDX-License-Identifier: Apache-2.0
// yaml-cpp's tree keeps both: a mapping is a list of pairs, and a lookup takes the first.
#include "kube/config/yaml_keys.h"

#include <yaml-cpp/yaml.h>

#include <map>
#include <set>

namespace elector::kube {
namespace {

class Search {
 public:
  void look_at(const YAML::Node& node) {
    // An alias is the same node as the one it names, including its position.
    if ((!node.IsMap() && !node.IsSequence()) || !seen_.insert(node.Mark().pos).second) return;
    if (node.IsSequence()) {
      for (const YAML::Node& item : node) look_at(item);
      return;
    }
    std::map<std::string, int> lines;
    for (const auto& pair : node) {
      // A mapping or a list cannot be a key in JSON.
      if (pair.first.IsScalar() || pair.first.IsNull()) note(lines, pair.first);
      look_at(pair.second);
    }
  }

  std::optional<RepeatedKey> found() const { return found_; }

 private:
  // A key that is found first may be inside the value of one that precedes it in the text.
  void note(std::map<std::string, int>& lines, const YAML::Node& key) {
    const std::string text = key.IsNull() ? "" : key.Scalar();
    const int line = key.Mark().line + 1;
    const auto [first, is_new] = lines.emplace(text, line);
    if (is_new || (found_ && found_->line <= line)) return;
    found_ = RepeatedKey{.key = text, .line = line, .first_line = first->second};
  }

  std::set<int> seen_;
  std::optional<RepeatedKey> found_;
};

}  // namespace

std::optional<RepeatedKey> find_repeated_key(const YAML::Node& document) {
  Search search;
  search.look_at(document);
  return search.found();
}

}  // namespace elector::kube
