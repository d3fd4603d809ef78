// SPDX-License-Identifier: Apache-2.0
// What goes wrong outside this program, as a value: a kind that code can decide on and a sentence
// that a user can act on (what failed, on what, what to do). Nothing in kube/ throws across its
// borders.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace elector {

struct Error {
  enum class Kind {
    kUsage,        // a flag's value, or flags that contradict each other (exit code 2)
    kConfig,       // a kubeconfig, a certificate, the environment: wrong until someone changes it
    kCredentials,  // a token, a certificate or a plugin gives nothing usable now; it may later
    kNetwork,      // no connection, or one that broke: resolve, connect, reset, TLS
    kTimeout,      // a limit of ours ran out before the answer was complete
    kProtocol,     // what came back is not what the API promises
    kApi,          // the API server answered, and the answer is no
    kForbidden,    // that no is a 403: a permission is missing
    kSystem,       // the kernel refused a descriptor, a process, memory
  };
  Kind kind;
  std::string message;  // one line, no full stop at the end, never a secret
};

inline Error usage_error(std::string message) {
  return {Error::Kind::kUsage, std::move(message)};
}
inline Error config_error(std::string message) {
  return {Error::Kind::kConfig, std::move(message)};
}

// A T, or why there is none. A stand-in for C++23's std::expected<T, Error>, with the same names.
template <typename T>
class [[nodiscard]] Expected {
 public:
  Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Expected(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  // Only for a value that is there; asking for the other one is a bug of ours.
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& value() {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  const T& value() const {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  Error& error() {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }
  const Error& error() const {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

// For what yields nothing but may fail: empty is success.
using Failure = std::optional<Error>;

}  // namespace elector
