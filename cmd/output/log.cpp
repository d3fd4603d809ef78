// SPDX-License-Identifier: Apache-2.0
#include "cmd/output/log.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "cmd/output/nonblocking_write.h"
#include "cmd/output/text.h"
#include "kube/base/json_text.h"
#include "kube/base/poller.h"
#include "kube/base/time_format.h"

namespace elector::cmd {
namespace {

using kube::json::quote;

// Limit on lines that have not been read yet.
constexpr std::size_t kMostPending = 1024;

std::string timestamp() {
  return kube::format_time(kube::now().wall, kube::TimePrecision::kMilliseconds);
}

// Quotes a value that would mislead a reader that splits at spaces, or a terminal.
std::string text_value(std::string_view value) {
  const bool plain = !value.empty() && value.find_first_of("\"= ") == std::string_view::npos &&
                     escaped(value) == value;
  return plain ? std::string(value) : quote(value);
}

// Keeps a line one line, and keeps control sequences from the terminal, whatever a server or a user
// put into the text.
std::string message_text(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  return escaped(line);
}

}  // namespace

std::string Log::format_line(LogFormat format, std::string_view level, std::string_view message,
                             Fields fields) {
  std::string out;
  if (format == LogFormat::kJson) {
    out = "{\"time\":\"" + timestamp() + "\",\"level\":\"" + std::string(level) +
          "\",\"msg\":" + quote(message);
    for (const Field& field : fields) {
      out += ',' + quote(field.key) + ':' + quote(field.value);
    }
    out += '}';
  } else {
    out = timestamp() + ' ' + std::string(level) + ' ' + message_text(message);
    for (const Field& field : fields) {
      out += ' ' + std::string(field.key) + '=' + text_value(field.value);
    }
  }
  return out;
}

void Log::line(std::string_view level, std::string_view message, Fields fields) const {
  pending_.push_back(format_line(format_, level, message, fields) + "\n");
  flush();
}

// A line is one write (except to a terminal, see write_unblocked), so that lines of several
// processes do not mix. A log that is not read, or cannot be written (closed, full disk), must not
// end an election.
void Log::flush() const {
  while (!pending_.empty()) {
    std::string& line = pending_.front();
    const ssize_t written = write_unblocked(STDERR_FILENO, line);
    if (written < 0 && (errno == EAGAIN || errno == EINTR)) break;
    line.erase(0, written < 0 ? line.size() : static_cast<std::size_t>(written));
    if (line.empty()) pending_.pop_front();
  }
  if (pending_.size() > kMostPending) pending_.pop_front();
}

}  // namespace elector::cmd
