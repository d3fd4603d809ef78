// SPDX-License-Identifier: Apache-2.0
// JSON as text: finding, reading and replacing single values while every other byte stays as it was
// read.
//
// A lock object belongs to others too. Sent back through a document model it would lose what that
// model cannot hold: the digits of a large number, the order of the fields. So nothing is taken
// apart here; a write copies the text that was read and replaces the spans that are ours.
// Everything but check() expects text that passed check(), or a piece of such text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace elector::kube::json {

// Deeper nesting is refused; Kubernetes's own objects stay far below.
inline constexpr int kMaxDepth = 500;

// Nothing if `text` is exactly one JSON value in valid UTF-8 (RFC 8259); else a kProtocol error
// that says what is wrong and at which byte. Needs no stack, whatever the nesting.
Failure check(std::string_view text);

enum class Type { kObject, kArray, kString, kNumber, kBool, kNull };
Type type(std::string_view value);
bool is_object(std::string_view value);

// The member's value, without surrounding white space. Nothing if `object` is no object, has no
// such member, or has null there: the API does not tell these apart. Of duplicates the last counts,
// as in Go.
std::optional<std::string_view> find(std::string_view object, std::string_view key);

// The same along a path: find_at(object, {"metadata", "annotations"}).
std::optional<std::string_view> find_at(std::string_view object,
                                        const std::vector<std::string_view>& path);

// The text of a string; nothing for another type.
std::optional<std::string> to_string(std::string_view value);
// An integer as Go reads one: nothing for another type, a fraction or an exponent, or more than 64
// bits.
std::optional<std::int64_t> to_integer(std::string_view value);
std::optional<bool> to_bool(std::string_view value);

// The string's text at that path; "" if there is none.
std::string string_at(std::string_view object, const std::vector<std::string_view>& path);

// The elements of an array; none for another type.
std::vector<std::string_view> elements(std::string_view array);

// The text as a JSON string, quotes included, escaped as Go's encoding/json does (with <, > and &
// escaped, as the API server and the 2016 sidecar write them), and so that it is a quoted string of
// YAML too and gives a terminal no orders: DEL and C1 are escaped. Bytes that are not UTF-8 become
// U+FFFD. All JSON that elector writes comes from here.
std::string quote(std::string_view text);

// The same JSON with the characters that Go escapes without need ("<", ">", "&", the line
// separators) as themselves: a sixth of the size where there are many.
std::string without_needless_escapes(std::string_view text);

// One change to an object: the member gets that value (JSON text); "" removes it.
struct Edit {
  std::string_view key;
  std::string value;
};

// `object` with those changes. Members that are there keep their place; new ones go to the end, in
// the order of the edits. Anything but an object counts as an object without members.
std::string edit(std::string_view object, const std::vector<Edit>& edits);

}  // namespace elector::kube::json
