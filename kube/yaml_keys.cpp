// Listens to yaml-cpp's events: unlike its tree of nodes, they have each mapping once and each key
// with its place.
#include "kube/yaml_keys.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <sstream>
#include <vector>

namespace elector::kube {
namespace {

class KeyWatch : public YAML::EventHandler {
 public:
  std::optional<RepeatedKey> found() const { return found_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { take_scalar(mark, ""); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                const std::string& value) override {
    if (anchor != YAML::NullAnchor) anchors_[anchor] = value;
    take_scalar(mark, value);
  }
  // An alias of a scalar is that scalar; one of a mapping or a list is no key that JSON could have.
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto named = anchors_.find(anchor);
    if (named != anchors_.end()) {
      take_scalar(mark, named->second);
    } else {
      take_node();
    }
  }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    take_node();
    open_.push_back({.is_map = false, .keys = {}});
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    take_node();
    open_.push_back({.is_map = true, .keys = {}});
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  struct Collection {
    bool is_map = false;
    bool at_value = false;            // the next node is the value of a key
    std::map<std::string, int> keys;  // with the line of each
  };

  // Counts a node of the innermost collection; returns whether it is a key.
  bool take_node() {
    if (open_.empty() || !open_.back().is_map) return false;
    const bool is_key = !open_.back().at_value;
    open_.back().at_value = is_key;
    return is_key;
  }

  void take_scalar(const YAML::Mark& mark, const std::string& value) {
    if (!take_node() || found_) return;
    const int line = mark.line + 1;
    const auto [first, is_new] = open_.back().keys.emplace(value, line);
    if (!is_new) found_ = RepeatedKey{.key = value, .line = line, .first_line = first->second};
  }

  std::vector<Collection> open_;
  std::map<YAML::anchor_t, std::string> anchors_;  // of scalars
  std::optional<RepeatedKey> found_;
};

}  // namespace

std::optional<RepeatedKey> find_repeated_key(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  KeyWatch watch;
  parser.HandleNextDocument(watch);
  return watch.found();
}

}  // namespace elector::kube
