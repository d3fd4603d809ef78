// SPDX-License-Identifier: Apache-2.0
#include "tests/system/mixed/mixed_election.h"

#include <algorithm>
#include <csignal>
#include <stdexcept>

namespace elector::tests {
namespace {

// Of dozens of elections at once, on a machine that may have other work.
constexpr Milliseconds kPatience = std::chrono::minutes(3);

// An object as it may be there before the election: nothing of it is either side's.
std::string foreign_object(const ObjectName& object) {
  std::string rest;
  if (object.resource == "endpoints") {
    rest = R"(,"subsets":[{"addresses":[{"ip":"10.1.2.3","hostname":"h"}],
               "ports":[{"name":"web","port":8080,"protocol":"TCP"}]}])";
  }
  if (object.resource == "configmaps") rest = R"(,"data":{"a":"1","empty":""})";
  return R"({"metadata":{"name":)" + json_quoted(object.name) +
         R"(,"labels":{"app":"web"},"annotations":{"note":"käse <&> \"q\"","n":"123456789012"}})" +
         rest + "}";
}

std::string foreign_part(Json object) {
  for (const char* ours :
       {"/metadata/resourceVersion", "/metadata/managedFields", "/metadata/generation",
        "/metadata/annotations/control-plane.alpha.kubernetes.io~1leader",
        "/metadata/annotations/elector~1claim", "/spec"}) {
    remove_at(object, ours);
  }
  return to_text(object);
}

}  // namespace

void MixedTally::add(const MixedTally& other) {
  to_rival += other.to_rival;
  to_elector += other.to_elector;
  releases += other.releases;
  deaths += other.deaths;
  stops += other.stops;
  claims += other.claims;
  longest_vacancy = std::max(longest_vacancy, other.longest_vacancy);
  violations.insert(violations.end(), other.violations.begin(), other.violations.end());
}

std::string MixedTally::text() const {
  std::string all;
  for (const std::string& violation : violations) all += "\n" + violation;
  return std::to_string(to_rival + to_elector) + " hand-overs (" + std::to_string(to_elector) +
         " to elector; " + std::to_string(releases) + " by release, " + std::to_string(deaths) +
         " by death, " + std::to_string(stops) + " of a stopped one), " + std::to_string(claims) +
         " claims, longest vacancy " + std::to_string(longest_vacancy.count()) + " ms, " +
         std::to_string(violations.size()) + " violations" + all;
}

MixedElection::MixedElection(Cluster& cluster, const MixedSetup& setup)
    : cluster_(cluster),
      setup_(setup),
      dice_(setup.seed),
      election_(cluster.api(), "mixed-" + setup.lock) {
  prepare_objects();
  add_elector();
  for (int i = 1; i <= setup.rivals; ++i) {
    rivals_.push_back(new_rival("rival-" + std::to_string(i)));
  }
}

MixedElection::~MixedElection() = default;

void MixedElection::prepare_objects() {
  for (const ObjectName& object : objects_of(setup_.lock, election_.text())) {
    cluster_.api().create(object, foreign_object(object));
    foreign_before_.push_back(foreign_part(std::move(*cluster_.api().get(object))));
  }
}

void MixedElection::add_elector() {
  elector_.reset();
  elector_ = std::make_unique<ElectorSide>(
      CandidateOptions{.kubeconfig = cluster_.kubeconfig(),
                       .election = election_.text(),
                       .id = "elector",
                       .ttl = std::to_string(kMixedTtl.count()) + "s",
                       .more = {"--lock=" + setup_.lock, "--retry-period=200ms"}},
      ledger_);
}

std::unique_ptr<Rival> MixedElection::new_rival(const std::string& id) {
  RivalOptions options{.lock = setup_.lock,
                       .election = election_.text(),
                       .id = id,
                       .style = setup_.style,
                       .ttl = kMixedTtl};
  if (setup_.style == RivalStyle::kSidecar2016)
    options = sidecar_2016(election_.text(), id, kMixedTtl);
  options.seed = dice();
  return std::make_unique<Rival>(cluster_.api(), options, ledger_);
}

MixedElection::Side MixedElection::leader() {
  const SteadyTime begin = std::chrono::steady_clock::now();
  Side side = Side::kElector;
  const bool found = eventually(
      [&] {
        side = Side::kElector;
        if (elector_->leads()) return true;
        side = Side::kRival;
        return std::any_of(rivals_.begin(), rivals_.end(),
                           [](const auto& rival) { return rival->leads(); });
      },
      kPatience);
  if (!found) {
    throw std::runtime_error("nobody leads " + setup_.lock + ": " + elector_->candidate().log());
  }
  tally_.longest_vacancy =
      std::max(tally_.longest_vacancy,
               std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - begin));
  return side;
}

// However it leaves, a rival leads next: there is no other elector.
void MixedElection::elector_leaves() {
  const std::uint32_t way = dice() % 10;
  if (way == 0) {
    ++tally_.stops;
    elector_->freeze();
  } else {
    ++(way == 1 ? tally_.deaths : tally_.releases);
    elector_->candidate().signal(way == 1 ? SIGKILL : SIGTERM);
    eventually([this] {
      elector_->leads();
      return !elector_->candidate().process().running();
    });
  }
  if (leader() != Side::kRival) throw std::runtime_error("it left, and leads");
  ++tally_.to_rival;
  if (elector_->frozen()) {
    elector_->thaw();
    elector_->leads();  // its very first answer
  } else {
    add_elector();
  }
}

void MixedElection::rival_leaves() {
  const auto leading = std::find_if(rivals_.begin(), rivals_.end(),
                                    [](const auto& rival) { return rival->leads(); });
  if (leading == rivals_.end()) return;  // it has lost the lock meanwhile
  const std::string id = (*leading)->id();
  if (setup_.style == RivalStyle::kSidecar2016 || dice() % 5 == 0) {
    ++tally_.deaths;
    (*leading)->die();
  } else {
    ++tally_.releases;
    (*leading)->cancel();
  }
  if (leader() == Side::kElector) ++tally_.to_elector;
  *leading = new_rival(id);
}

MixedTally MixedElection::run() {
  leader();
  tally_.longest_vacancy = Milliseconds(0);
  while (tally_.to_rival + tally_.to_elector < setup_.hand_overs) {
    if (leader() == Side::kElector) {
      elector_leaves();
    } else {
      rival_leaves();
    }
  }
  for (const auto& rival : rivals_) rival->cancel();
  elector_->candidate().terminate();
  judge();
  return tally_;
}

void MixedElection::judge() {
  tally_.claims = ledger_.claims();
  const auto add = [this](const std::vector<std::string>& found) {
    for (const std::string& one : found) {
      tally_.violations.push_back(election_.text() + " (seed " + std::to_string(setup_.seed) +
                                  "): " + one);
    }
  };
  add(ledger_.contradictions());
  const auto objects = objects_of(setup_.lock, election_.text());
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (foreign_part(std::move(*cluster_.api().get(objects[i]))) != foreign_before_[i]) {
      add({"fields that are nobody's have changed in " + objects[i].path()});
    }
    if (cluster_.server() == nullptr) continue;
    const auto writes = cluster_.server()->writes(objects[i]);
    add(ledger_.contradictions(history_of(writes)));
    const bool carried = std::any_of(writes.begin(), writes.end(), [](const Json& write) {
      const std::string claim = text_at(write, "/object/metadata/annotations/elector~1claim");
      Json object;
      object.CopyFrom(write["object"], object.GetAllocator());
      const auto record = record_in(object);
      return !claim.empty() && record && record->holder.starts_with("rival");
    });
    if (!carried) add({"no rival carried the claim along in " + objects[i].path()});
  }
}

}  // namespace elector::tests
