// SPDX-License-Identifier: Apache-2.0
// The program's log: one line per event, on standard error, as text or as JSON.
//
// It never waits for its reader: what there is no room for is written with a later line, and if the
// reader never reads, the oldest lines are dropped.
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

  // verbosity: 0 for what an operator needs to know, 1 and more for details in between. quiet: only
  // errors, and what warn_always() logs.
  explicit Log(LogFormat format = LogFormat::kText, int verbosity = 0, bool quiet = false)
      : format_(format), verbosity_(verbosity), quiet_(quiet) {}
  ~Log() { flush(); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void error(std::string_view message, Fields fields = {}) const { line("error", message, fields); }
  void warn(std::string_view message, Fields fields = {}) const {
    if (!quiet_) line("warn", message, fields);
  }
  void warn_always(std::string_view message, Fields fields = {}) const {
    line("warn", message, fields);
  }
  void info(std::string_view message, Fields fields = {}) const {
    if (!quiet_) line("info", message, fields);
  }
  void debug(std::string_view message, Fields fields = {}) const {
    if (verbosity_ > 0 && !quiet_) line("debug", message, fields);
  }

  // Returns an event as one line of this format, without a newline. For standard output that is
  // read as one stream with the log.
  static std::string format_line(LogFormat format, std::string_view level, std::string_view message,
                                 Fields fields);

 private:
  void line(std::string_view level, std::string_view message, Fields fields) const;

  void flush() const;

  LogFormat format_;
  int verbosity_;
  bool quiet_;
  mutable std::deque<std::string> pending_;
};

}  // namespace elector::cmd
