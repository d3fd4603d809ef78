// SPDX-License-Identifier: Apache-2.0
// The Kubernetes API itself.
#include "tests/apiserver/api.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <utility>

#include "tests/apiserver/selector.h"
#include "tests/apiserver/status.h"

namespace elector::tests::apiserver {
namespace {

constexpr std::chrono::seconds kDefaultWatch{1800};

std::string media_type(const std::string& header) {
  std::string type = header.substr(0, header.find(';'));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  return type;
}

// A whole number in a query parameter: nothing if absent or empty, a Status if it is not a number.
std::variant<std::optional<std::uint64_t>, Status> number_in(const Request& request,
                                                             const char* name) {
  const std::string text = request.parameter(name);
  if (text.empty()) return std::optional<std::uint64_t>();
  const bool digits = std::all_of(text.begin(), text.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
  if (!digits || text.size() > 19) {
    if (std::string_view(name) != "resourceVersion") {
      return bad_request("strconv.ParseInt: parsing " + quoted(text) + ": invalid syntax");
    }
    return plain_status(500, "",
                        std::string(name) + ": Invalid value: " + quoted(text) +
                            ": strconv.ParseUint: parsing " + quoted(text) + ": invalid syntax");
  }
  return std::optional<std::uint64_t>(std::stoull(text));
}

Key key_of(const Target& target) {
  return {target.resource, target.resource->namespaced ? target.ns : "", target.name};
}

Status bad_dry_run(const std::string& value, const std::string& verb) {
  const std::string kind = verb == "create"   ? "CreateOptions"
                           : verb == "update" ? "UpdateOptions"
                           : verb == "patch"  ? "PatchOptions"
                                              : "DeleteOptions";
  Status status;
  status.code = 422;
  status.reason = "Invalid";
  status.group = "meta.k8s.io";
  status.kind = kind;
  const std::string why =
      "Unsupported value: []string{" + quoted(value) + "}: supported values: \"All\"";
  status.causes.push_back({"FieldValueNotSupported", why, "dryRun"});
  status.message = kind + ".meta.k8s.io \"\" is invalid: dryRun: " + why;
  return status;
}

Reply object_reply(const Outcome& outcome, const Shape& shape) {
  if (outcome.error) return status_reply(*outcome.error);
  Reply reply;
  reply.code = outcome.created ? 201 : 200;
  reply.body = shaped(*outcome.object, shape, true) + "\n";
  return reply;
}

std::variant<Selector, Status> selector_of(const Request& request, const Target& target) {
  return Selector::parse(*target.resource, request.parameter("fieldSelector"),
                         request.parameter("labelSelector"));
}

// The key of an object in a continue token: "VERSION:NAMESPACE/NAME", in hexadecimal so that
// clients look no closer.
std::string to_token(std::uint64_t version, const Key& key) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : std::to_string(version) + ":" + key.ns + "/" + key.name) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 0xFU];
  }
  return out;
}

struct Continuation {
  std::uint64_t version = 0;
  std::string ns;
  std::string name;
};

std::optional<Continuation> from_token(const std::string& token) {
  std::string text;
  for (std::size_t i = 0; i + 1 < token.size(); i += 2) {
    unsigned byte = 0;
    for (const char c : {token[i], token[i + 1]}) {
      if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return {};
      byte = byte * 16 + static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    text += static_cast<char>(byte);
  }
  const std::size_t colon = text.find(':');
  const std::size_t slash = text.find('/');
  if (colon == std::string::npos || slash == std::string::npos || colon > slash || colon == 0 ||
      colon > 19 || text.find_first_not_of("0123456789") != colon) {
    return {};
  }
  return Continuation{std::stoull(text.substr(0, colon)), text.substr(colon + 1, slash - colon - 1),
                      text.substr(slash + 1)};
}

}  // namespace

Reply Api::serve(const Request& request, const Target& target, const std::string& user,
                 bool stale) {
  if (request.method == "HEAD" || target.verb.empty()) return status_reply(method_not_allowed());
  const std::optional<Shape> shape =
      shape_of(request.header("Accept"), request.parameter("includeObject"));
  if (!shape) {
    return status_reply(plain_status(
        406, "NotAcceptable", "only the following media types are accepted: application/json"));
  }
  Reply reply;
  if (target.verb == "get") {
    reply = get(request, target, *shape, stale);
  } else if (target.verb == "list") {
    reply = list(request, target, *shape);
  } else if (target.verb == "watch") {
    reply = watch(request, target, user, *shape);
  } else {
    reply = write(request, target, user, *shape);
  }
  const std::string pretty = request.parameter("pretty");
  if (pretty == "true" || pretty == "1") {
    if (const auto json = parse_json(reply.body)) reply.body = to_pretty_text(*json) + "\n";
  }
  return reply;
}

Reply Api::get(const Request& request, const Target& target, const Shape& shape, bool stale) {
  const Key key = key_of(target);
  auto asked = number_in(request, "resourceVersion");
  if (auto* status = std::get_if<Status>(&asked)) return status_reply(*status);
  const std::uint64_t version = std::get<std::optional<std::uint64_t>>(asked).value_or(0);
  if (version > store_.version()) return status_reply(version_too_large(version, store_.version()));
  ObjectPtr object = store_.get(key);
  if (stale) object = store_.previous(key);
  if (object == nullptr) return status_reply(not_found(*target.resource, target.name));
  Reply reply;
  reply.body = shaped(*object, shape, true) + "\n";
  return reply;
}

Reply Api::list(const Request& request, const Target& target, const Shape& shape) {
  auto selected = selector_of(request, target);
  if (auto* status = std::get_if<Status>(&selected)) return status_reply(*status);
  auto asked = number_in(request, "resourceVersion");
  auto limited = number_in(request, "limit");
  for (auto* number : {&asked, &limited}) {
    if (auto* status = std::get_if<Status>(number)) return status_reply(*status);
  }
  const std::uint64_t at = std::get<std::optional<std::uint64_t>>(asked).value_or(0);
  const std::uint64_t limit = std::get<std::optional<std::uint64_t>>(limited).value_or(0);
  if (at > store_.version()) return status_reply(version_too_large(at, store_.version()));
  ListInfo info;
  info.version = store_.version();
  if (at != 0 && request.parameter("resourceVersionMatch") == "Exact") info.version = at;
  std::optional<Continuation> from;
  if (const std::string token = request.parameter("continue"); !token.empty()) {
    from = from_token(token);
    if (!from) {
      return status_reply(
          bad_request("invalid continue token: continue key is not valid: " + quoted(token)));
    }
    info.version = from->version;
  }
  if (info.version < store_.oldest() && info.version != store_.version()) {
    return status_reply(
        plain_status(410, "Expired", "The resourceVersion for the provided list is too old."));
  }
  std::vector<ObjectPtr> page;
  for (const ObjectPtr& object : store_.list_at(*target.resource, target.ns, info.version)) {
    if (from && std::tie(object->key.ns, object->key.name) <= std::tie(from->ns, from->name))
      continue;
    if (!std::get<Selector>(selected).matches(*object)) continue;
    if (limit != 0 && page.size() == limit) {
      ++info.remaining;
    } else {
      page.push_back(object);
    }
  }
  if (info.remaining > 0) info.token = to_token(info.version, page.back()->key);
  Reply reply;
  reply.body = shaped_list(*target.resource, page, shape, info) + "\n";
  return reply;
}

Reply Api::watch(const Request& request, const Target& target, const std::string& user,
                 const Shape& shape) {
  auto selected = selector_of(request, target);
  if (auto* status = std::get_if<Status>(&selected)) return status_reply(*status);
  auto since = number_in(request, "resourceVersion");
  auto timeout = number_in(request, "timeoutSeconds");
  for (auto* number : {&since, &timeout}) {
    if (auto* status = std::get_if<Status>(number)) return status_reply(*status);
  }
  WatchOptions options;
  options.resource = target.resource;
  options.ns = target.ns;
  options.selector = std::get<Selector>(selected);
  options.since = std::get<std::optional<std::uint64_t>>(since);
  const std::uint64_t seconds = std::get<std::optional<std::uint64_t>>(timeout).value_or(0);
  options.timeout = seconds == 0
                        ? kDefaultWatch
                        : std::chrono::seconds(std::min<std::uint64_t>(seconds, 1U << 30U));
  options.bookmarks = request.flag("allowWatchBookmarks");
  options.user = user;
  options.render = [shape](const Object& object, bool first) {
    return shaped(object, shape, first);
  };
  Reply reply;
  reply.watch = hub_.open(std::move(options), Clock::now());
  return reply;
}

Reply Api::remove_all(const Request& request, const Target& target, const WriteOptions& options) {
  auto selected = selector_of(request, target);
  if (auto* status = std::get_if<Status>(&selected)) return status_reply(*status);
  std::vector<ObjectPtr> removed;
  for (const ObjectPtr& object : store_.list(*target.resource, target.ns)) {
    if (!std::get<Selector>(selected).matches(*object)) continue;
    removed.push_back(options.dry_run ? object : store_.remove(object->key, options.user));
  }
  ListInfo info;
  info.version = store_.version();
  Reply reply;
  reply.body = shaped_list(*target.resource, removed, Shape{}, info) + "\n";
  return reply;
}

Reply Api::write(const Request& request, const Target& target, const std::string& user,
                 const Shape& shape) {
  WriteOptions options;
  options.user = user;
  options.dry_run = request.parameter("dryRun") == "All";
  if (request.has_parameter("dryRun") && !options.dry_run) {
    return status_reply(bad_dry_run(request.parameter("dryRun"), target.verb));
  }
  const Key key = key_of(target);
  const std::string type = media_type(request.header("Content-Type"));
  if (target.verb == "deletecollection") return remove_all(request, target, options);
  if (target.verb == "delete") {
    const Outcome outcome = crud_.remove(key, request.body, options);
    if (outcome.error) return status_reply(*outcome.error);
    return deleted_reply(*target.resource, target.name, outcome.object->uid);
  }
  if (target.name.empty() != (target.verb == "create")) return status_reply(method_not_allowed());
  if (target.verb == "patch") {
    return object_reply(crud_.patch(key, request.body, type, options), shape);
  }
  if (!type.empty() && type != "application/json") {
    return status_reply(plain_status(
        415, "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json"));
  }
  if (target.verb == "create") {
    return object_reply(crud_.create(*target.resource, target.ns, request.body, options), shape);
  }
  return object_reply(crud_.update(key, request.body, options), shape);
}

}  // namespace elector::tests::apiserver
