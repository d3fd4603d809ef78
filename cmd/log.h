// The program's log: one line an event, to standard error, as text or as JSON.
//
// It never waits for whoever reads it: what there is no room for follows with the next line that
// there is room for, and of a reader that never reads the oldest lines are forgotten.
#pragma once

#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace elector::cmd {

enum class LogFormat { kText, kJson };

class Log {
 public:
  struct Field {
    std::string_view key;
    std::string_view value;
  };
  using Fields = std::initializer_list<Field>;

  // verbosity: 0 for what an operator wants to know, 1 and more for what happened in between.
  explicit Log(LogFormat format = LogFormat::kText, int verbosity = 0)
      : format_(format), verbosity_(verbosity) {}
  ~Log() { flush(); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void error(std::string_view message, Fields fields = {}) const { line("error", message, fields); }
  void warn(std::string_view message, Fields fields = {}) const { line("warn", message, fields); }
  void info(std::string_view message, Fields fields = {}) const { line("info", message, fields); }
  void debug(std::string_view message, Fields fields = {}) const {
    if (verbosity_ > 0) line("debug", message, fields);
  }

 private:
  void line(std::string_view level, std::string_view message, Fields fields) const;

  void flush() const;

  LogFormat format_;
  int verbosity_;
  mutable std::deque<std::string> pending_;
};

// See kube::json::quote().
std::string json_string(std::string_view text);

}  // namespace elector::cmd
