// SPDX-License-Identifier: Apache-2.0
#include "tests/support/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

#include "tests/support/candidate.h"

namespace elector::tests {

Terminal::Terminal(const std::string& script, const std::string& shell)
    : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
  std::array<char, 64> name{};
  if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0 ||
      ::ptsname_r(master_, name.data(), name.size()) != 0) {
    throw std::runtime_error("no pseudo-terminal to be had");
  }
  // The terminal becomes the new session's through standard input.
  const std::string begin = "exec setsid --ctty --wait \"$2\" -c \"$1\" <\"$0\" >\"$0\" 2>&1";
  Command command{.arguments = {"sh", "-c", begin, name.data(), script, shell},
                  .environment = clean_environment()};
  command.environment["PS1"] = "ready> ";
  command.environment["TERM"] = "dumb";
  process_ = std::make_unique<Process>(command);
  reader_ = std::thread([this] { read_screen(); });
}

Terminal::~Terminal() {
  process_.reset();
  end_ = true;
  reader_.join();
  ::close(master_);
}

void Terminal::type(const std::string& keys) const {
  (void)!::write(master_, keys.data(), keys.size());
}

void Terminal::resize(unsigned short rows, unsigned short columns) const {
  const winsize size{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  ::ioctl(master_, TIOCSWINSZ, &size);
}

bool Terminal::shows(const std::string& text, Milliseconds limit) {
  return eventually(
      [&] {
        const std::lock_guard lock(mutex_);
        const std::size_t found = screen_.find(text, seen_);
        if (found == std::string::npos) return false;
        seen_ = found + text.size();
        return true;
      },
      limit);
}

pid_t Terminal::foreground() const {
  return ::tcgetpgrp(master_);
}

std::string Terminal::screen() const {
  const std::lock_guard lock(mutex_);
  return screen_;
}

void Terminal::read_screen() {
  ::fcntl(master_, F_SETFL, O_NONBLOCK);
  while (!end_) {
    std::array<char, 4096> buffer{};
    const ssize_t size = ::read(master_, buffer.data(), buffer.size());
    if (size > 0) {
      const std::lock_guard lock(mutex_);
      screen_.append(buffer.data(), static_cast<std::size_t>(size));
    } else {
      std::this_thread::sleep_for(Milliseconds(10));
    }
  }
}

}  // namespace elector::tests
