// SPDX-License-Identifier: Apache-2.0
// The API's rules for writing objects. Every rule and every sentence here was compared with
// kube-apiserver v1.20.
#include "tests/apiserver/crud.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <random>
#include <utility>

#include "tests/apiserver/patch.h"
#include "tests/apiserver/validate.h"

namespace elector::tests::apiserver {
namespace {

constexpr std::size_t kMaxObject = 1'572'864;  // etcd's limit for a request, in bytes

std::mt19937_64& random_source() {
  static std::mt19937_64 source{std::random_device{}()};
  return source;
}

std::string new_uid() {
  const std::uint64_t high = random_source()();
  const std::uint64_t low = random_source()();
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%08x-%04x-4%03x-%04x-%012llx",
                static_cast<unsigned>(high >> 32U), static_cast<unsigned>((high >> 16U) & 0xFFFFU),
                static_cast<unsigned>(high & 0xFFFU),
                static_cast<unsigned>(((low >> 48U) & 0x3FFFU) | 0x8000U),
                static_cast<unsigned long long>(low & 0xFFFFFFFFFFFFULL));
  return text.data();
}

// Five characters from the alphabet that the real server uses: no vowels, so no words.
std::string name_suffix() {
  static constexpr std::string_view kAlphabet = "bcdfghjklmnpqrstvwxz2456789";
  std::string suffix;
  for (int i = 0; i < 5; ++i) suffix += kAlphabet[random_source()() % kAlphabet.size()];
  return suffix;
}

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm tm{};
  gmtime_r(&now, &tm);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &tm);
  return text.data();
}

Outcome refuse(Status status) {
  Outcome outcome;
  outcome.error = std::move(status);
  return outcome;
}

Status modified(const Key& key) {
  return conflict(*key.resource, key.name,
                  "the object has been modified; please apply your changes to the latest version "
                  "and try again");
}

Status uid_mismatch(const Key& key, const std::string& asked, const std::string& actual) {
  return conflict(*key.resource, key.name,
                  "StorageError: invalid object, Code: 4, Key: /registry/" +
                      std::string(key.resource->plural) + "/" + key.ns + "/" + key.name +
                      ", ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in "
                      "precondition: " +
                      asked + ", UID in object meta: " + actual);
}

// The namespace of the body must be that of the path, or absent; it is then set.
std::optional<Status> settle_namespace(Json& document, const Resource& resource,
                                       const std::string& ns, bool update) {
  if (!resource.namespaced) return {};
  Value& metadata = object_at(document, document, "metadata");
  const std::string given = text_at(metadata, {"namespace"});
  if (!given.empty() && given != ns) {
    if (update) {
      return bad_request("the namespace of the object (" + given +
                         ") does not match the namespace on the request (" + ns + ")");
    }
    return bad_request(
        "the namespace of the provided object does not match the namespace sent on the request");
  }
  set_text(document, metadata, "namespace", ns);
  return {};
}

// A patch whose result is not an object of the kind.
Status bad_patch(const std::string& why) {
  Status status = plain_status(422, "Invalid", " \"\" is invalid: patch: Invalid value: " + why);
  status.bare = false;
  status.causes.push_back({"FieldValueInvalid", "Invalid value: " + why, "patch"});
  return status;
}

std::optional<Status> check_size(const Json& document) {
  if (to_text(document).size() <= kMaxObject) return {};
  return plain_status(500, "", "etcdserver: request is too large");
}

// The same object but for its version?
bool same(const Object& old, const Json& document) {
  Json before = document_of(old);
  remove_member(*find(before, {"metadata"}), "resourceVersion");
  Json after = copy_of(document);
  remove_member(*find(after, {"metadata"}), "resourceVersion");
  for (const char* name : {"kind", "apiVersion"}) {
    remove_member(before, name);
    remove_member(after, name);
  }
  return before == after;
}

// A resourceVersion in a body: nothing if it is absent or 0, which means the same.
std::variant<std::optional<std::uint64_t>, Status> version_in(const Json& document) {
  const std::string text = text_at(document, {"metadata", "resourceVersion"});
  if (text.empty()) return std::optional<std::uint64_t>();
  const bool digits = std::all_of(text.begin(), text.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
  if (!digits || text.size() > 19) {
    return plain_status(500, "", "strconv.ParseUint: parsing " + quoted(text) + ": invalid syntax");
  }
  const std::uint64_t version = std::stoull(text);
  return version == 0 ? std::optional<std::uint64_t>() : version;
}

// Whether the object meets the preconditions of a DeleteOptions.
std::optional<Status> check_preconditions(const Object& old, const Value& asked) {
  const std::string uid = text_at(asked, {"preconditions", "uid"});
  if (!uid.empty() && uid != old.uid) {
    return conflict(*old.key.resource, old.key.name,
                    "the UID in the precondition (" + uid + ") does not match the UID in record (" +
                        old.uid + "). The object might have been deleted and then recreated",
                    true);
  }
  const std::string version = text_at(asked, {"preconditions", "resourceVersion"});
  if (!version.empty() && version != std::to_string(old.version)) {
    return conflict(*old.key.resource, old.key.name,
                    "the ResourceVersion in the precondition (" + version +
                        ") does not match the ResourceVersion in record (" +
                        std::to_string(old.version) + "). The object might have been modified",
                    true);
  }
  return {};
}

}  // namespace

Outcome Crud::create(const Resource& resource, const std::string& ns, std::string_view body,
                     const WriteOptions& options) {
  auto read = read_object(resource, body);
  if (auto* status = std::get_if<Status>(&read)) return refuse(std::move(*status));
  Json document = std::move(std::get<Json>(read));
  if (auto status = settle_namespace(document, resource, ns, false))
    return refuse(std::move(*status));
  if (!text_at(document, {"metadata", "resourceVersion"}).empty()) {
    return refuse(
        plain_status(500, "", "resourceVersion should not be set on objects to be created"));
  }
  Key key{&resource, ns, text_at(document, {"metadata", "name"})};
  const std::string prefix = text_at(document, {"metadata", "generateName"});
  if (key.name.empty() && !prefix.empty()) {
    do {
      key.name = prefix + name_suffix();
    } while (store_.get(key) != nullptr);
    set_text(document, object_at(document, document, "metadata"), "name", key.name);
  }
  return insert(key, std::move(document), options);
}

Outcome Crud::insert(const Key& key, Json document, const WriteOptions& options) {
  Value& metadata = object_at(document, document, "metadata");
  remove_member(metadata, "resourceVersion");
  remove_member(metadata, "deletionTimestamp");
  set_text(document, metadata, "uid", new_uid());
  set_text(document, metadata, "creationTimestamp", now_text());
  normalise(*key.resource, document);
  if (auto status = check_object(*key.resource, document)) return refuse(std::move(*status));
  if (auto status = check_size(document)) return refuse(std::move(*status));
  if (store_.get(key) != nullptr) return refuse(already_exists(*key.resource, key.name));
  Outcome outcome;
  outcome.created = true;
  outcome.object = options.dry_run ? make_object(key, 0, std::move(document))
                                   : store_.put(key, std::move(document), options.user);
  return outcome;
}

Outcome Crud::update(const Key& key, std::string_view body, const WriteOptions& options) {
  auto read = read_object(*key.resource, body);
  if (auto* status = std::get_if<Status>(&read)) return refuse(std::move(*status));
  Json document = std::move(std::get<Json>(read));
  const std::string name = text_at(document, {"metadata", "name"});
  if (name.empty()) {
    return refuse(bad_request("the name of the object (" + key.name +
                              " based on URL) was undeterminable: name must be provided"));
  }
  if (name != key.name) {
    return refuse(bad_request("the name of the object (" + name +
                              ") does not match the name on the URL (" + key.name + ")"));
  }
  if (auto status = settle_namespace(document, *key.resource, key.ns, true)) {
    return refuse(std::move(*status));
  }
  auto asked = version_in(document);
  if (auto* status = std::get_if<Status>(&asked)) return refuse(std::move(*status));
  const std::optional<std::uint64_t> version = std::get<std::optional<std::uint64_t>>(asked);
  const std::string uid = text_at(document, {"metadata", "uid"});
  const ObjectPtr old = store_.get(key);
  if (!uid.empty() && (old == nullptr || uid != old->uid)) {
    return refuse(uid_mismatch(key, uid, old == nullptr ? "" : old->uid));
  }
  if (old == nullptr) {
    if (!key.resource->create_on_update) return refuse(not_found(*key.resource, key.name));
    return insert(key, std::move(document), options);  // whatever version it names
  }
  if (!version && !key.resource->unconditional_update) {
    return refuse(
        invalid(*key.resource, key.name,
                {{"FieldValueInvalid", "Invalid value: 0x0: must be specified for an update",
                  "metadata.resourceVersion"}},
                true));
  }
  if (version && *version != old->version) return refuse(modified(key));
  return replace(key, *old, std::move(document), options);
}

Outcome Crud::replace(const Key& key, const Object& old, Json document,
                      const WriteOptions& options) {
  const Json before = document_of(old);
  Value& metadata = object_at(document, document, "metadata");
  for (const char* name : {"uid", "creationTimestamp"}) {
    set_text(document, metadata, name, text_at(before, {"metadata", name}));
  }
  normalise(*key.resource, document);
  if (auto status = check_object(*key.resource, document)) return refuse(std::move(*status));
  if (auto status = check_size(document)) return refuse(std::move(*status));
  Outcome outcome;
  if (same(old, document)) {
    outcome.object = store_.get(key);  // a no-op: the version stays, no event
  } else if (options.dry_run) {
    outcome.object = make_object(key, old.version, std::move(document));
  } else {
    outcome.object = store_.put(key, std::move(document), options.user);
  }
  return outcome;
}

Outcome Crud::patch(const Key& key, std::string_view body, const std::string& content_type,
                    const WriteOptions& options) {
  const bool merge = content_type == "application/merge-patch+json";
  const bool strategic = content_type == "application/strategic-merge-patch+json";
  if (!merge && !strategic && content_type != "application/json-patch+json") {
    Status status = plain_status(415, "UnsupportedMediaType", "415: Unsupported Media Type");
    status.bare = false;
    return refuse(std::move(status));
  }
  const ObjectPtr old = store_.get(key);
  if (old == nullptr) return refuse(not_found(*key.resource, key.name));
  std::string error;
  const std::optional<Json> change = parse_json(body, &error);
  if (!change) return refuse(bad_request(error));
  Json document = document_of(*old);
  if (merge || strategic) {
    if (!change->IsObject()) return refuse(bad_patch("the patch is no JSON object"));
    merge_patch(document, document, *change, strategic);
  } else if (!json_patch(document, *change).empty()) {
    Status status = plain_status(422, "Invalid",
                                 "the server rejected our request due to an error in our request");
    status.bare = false;
    return refuse(std::move(status));
  }
  if (auto status = check_types(*key.resource, document)) return refuse(bad_patch(status->message));
  const std::string name = text_at(document, {"metadata", "name"});
  if (name != key.name) {
    return refuse(bad_request("the name of the object (" + name +
                              ") does not match the name on the URL (" + key.name + ")"));
  }
  const std::string uid = text_at(document, {"metadata", "uid"});
  if (!uid.empty() && uid != old->uid) return refuse(uid_mismatch(key, uid, old->uid));
  auto asked = version_in(document);
  if (auto* status = std::get_if<Status>(&asked)) return refuse(std::move(*status));
  const auto version = std::get<std::optional<std::uint64_t>>(asked);
  if (version && *version != old->version) return refuse(modified(key));
  return replace(key, *old, std::move(document), options);
}

Outcome Crud::remove(const Key& key, std::string_view body, const WriteOptions& options) {
  const ObjectPtr old = store_.get(key);
  if (old == nullptr) return refuse(not_found(*key.resource, key.name));
  std::string error;
  const std::optional<Json> asked = parse_json(body.empty() ? "{}" : body, &error);
  if (!asked) {
    return refuse(plain_status(500, "", "couldn't get version/kind; json parse error: " + error));
  }
  if (auto status = check_preconditions(*old, *asked)) return refuse(std::move(*status));
  Outcome outcome;
  outcome.object = options.dry_run ? old : store_.remove(key, options.user);
  return outcome;
}

}  // namespace elector::tests::apiserver
