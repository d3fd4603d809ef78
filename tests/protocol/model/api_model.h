// SPDX-License-Identifier: Apache-2.0
// A model of the Kubernetes API for lock objects: what a linearisable API server answers, and the
// events that a watch on it would show.
//
// Pure: no clock, no randomness, no network. Every call happens at one instant, in the order of the
// calls; the caller (the simulator, the stories) decides when a request arrives and what gets lost
// on the way. What it models of the real API: one counter gives the versions of all objects,
// also across deletions; POST fails on what exists; PUT compares the version (an empty one is
// unconditional, as in the API); a PUT that changes nothing keeps the version and makes no event;
// each object keeps its record's times at its kind's precision.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/record.h"
#include "core/request.h"
#include "core/time.h"

namespace elector::tests {

// What happens to the annotation elector/claim when another client writes the record.
enum class Claims {
  kCarried,  // left as it was found, as client-go and the 2016 image do
  kRemoved,
};

class ApiModel {
 public:
  // One lock object for each entry, at the precision at which its record keeps times (1us for a
  // Lease, 1s for the annotation). None exists yet.
  explicit ApiModel(const std::vector<core::Duration>& precisions);

  std::size_t objects() const { return objects_.size(); }

  // ---- Requests of candidates

  // GET, POST or PUT of an elector. `request.lock` is ignored: `object` selects the object.
  core::Answer handle(std::size_t object, const core::Request& request);

  // PUT of a record by a candidate that is not elector; otherwise like kUpdate. Everything else in
  // the object stays, and `claims` determines what happens to the claim.
  core::Answer put_record(std::size_t object, std::string_view version, const core::Record& record,
                          Claims claims);
  // POST of a record by a candidate that is not elector; otherwise like kCreate.
  core::Answer post_record(std::size_t object, const core::Record& record);

  // PUT of the object as it was at `version`, with this request to resign or with none, as `resign`
  // writes it.
  core::Answer put_resign(std::size_t object, std::string_view version,
                          const std::optional<core::ResignRequest>& resign);

  // ---- What other clients do to the objects, unconditionally

  void remove(std::size_t object);
  // Sets all fields but the record and the claim to `other`. Without an object it does nothing.
  void edit(std::size_t object, std::string_view other);
  // Removes annotations of elector's: the claim, the request to resign. Without an object it does
  // nothing.
  void strip(std::size_t object, bool claim, bool resign);
  // Takes the record out of the object (kEmpty). Without an object it does nothing.
  void empty(std::size_t object, Claims claims);
  // Puts `raw`, which is not a record, in the record's place.
  void garble(std::size_t object, std::string_view raw, Claims claims);
  // Writes a record, creating the object if need be.
  void set_record(std::size_t object, const core::Record& record, Claims claims);
  // As `resign --force`: a vacancy with a fresh claim that is marked as forced.
  void force_vacancy(std::size_t object, std::string_view instance, std::string_view nonce,
                     core::WallTime wall);

  // As `resign`: asks the record's holder, and the instance of its claim if that is fresh.
  void ask_to_resign(std::size_t object, std::string_view to, std::string_view id);

  // What a backup of the store keeps.
  struct Backup {
    std::vector<core::Observation> objects{};
    std::uint64_t version = 0;
  };
  Backup backup() const;
  // The store shows all objects as the backup has them, at their versions of then. The versions of
  // later writes follow the backup's, so that some are given a second time (`reuse`), or are far
  // above all that were ever given, as after etcd's --bump-revision. In an object's history this is
  // one entry, where it changes anything; no watch shows it.
  void restore(const Backup& backup, bool reuse);

  // ---- What it shows

  // What a GET returns now: kAbsent with version "" if the object does not exist.
  core::Observation get(std::size_t object) const;
  bool exists(std::size_t object) const;

  // Every change so far, as a watch shows it, oldest first. A deletion is kAbsent with the version
  // at which it happened, as in the event's metadata. References stay valid.
  const std::deque<core::Observation>& history(std::size_t object) const {
    return objects_.at(object).history;
  }

  // The latest version that was given.
  std::uint64_t version() const { return version_; }

  // How many writes of electors changed a field that is neither the record nor the claim, or
  // dropped one (invariant 3: this stays 0).
  std::uint64_t foreign_changes() const { return foreign_changes_; }

 private:
  struct Object {
    core::Duration precision{};
    std::deque<core::Observation> history{};
  };

  core::Answer get_answer(std::size_t object) const;
  core::Observation blank(std::size_t object) const;
  void commit(std::size_t object, core::Observation next);
  core::Record stored(std::size_t object, core::Record record) const;

  std::vector<Object> objects_;
  std::uint64_t version_ = 100;
  std::uint64_t foreign_changes_ = 0;
};

}  // namespace elector::tests
