// The `elector` of the bundle: starts the program that lies beside it, with the libraries and the
// loader that lie there, wherever that is and whatever the system around it is made of.
//
//   elector                   this
//   elector-runtime/elector   the dynamic loader of the C library that the program was built with
//   elector-runtime/program   the program
//   elector-runtime/*.so*     exactly the libraries that it loads
//
// A program names its loader by an absolute path, so one that shall run from any folder must be
// started through the loader; and a script could not do that where there is no shell. This is
// linked statically and needs nothing of the system. The loader is called `elector` because the
// kernel names a process after the file that it executes: ps, pkill and pidof find what they look
// for. It is told of the libraries by an argument, not by LD_LIBRARY_PATH, which the commands of
// `elector exec` would inherit; see ld.so(8).
#include <sys/auxv.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr const char* kRuntime = "/elector-runtime";
constexpr int kFailed = 125;  // as env(1): the command was not even looked for

// Where this file lies, symbolic links resolved. Without /proc, the name that the kernel was given
// has to do (getauxval(3)).
std::string own_path() {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length > 0) return {path.data(), static_cast<std::size_t>(length)};
  // NOLINTNEXTLINE(performance-no-int-to-ptr): an auxiliary value is a number, whatever it means
  const auto* name = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
  return name == nullptr ? "elector" : name;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string runtime = folder_of(own_path()) + kRuntime;
  const std::string loader = runtime + "/elector";
  // The system's libraries belong to another C library: neither they nor its cache are looked at.
  std::vector<std::string> words{argc > 0 ? argv[0] : "elector", "--inhibit-cache",
                                 "--library-path", runtime, "--argv0"};
  words.push_back(words.front());
  words.push_back(runtime + "/program");
  std::vector<char*> arguments;
  arguments.reserve(words.size() + static_cast<std::size_t>(argc));
  for (std::string& word : words) arguments.push_back(word.data());
  for (int i = 1; i < argc; ++i) arguments.push_back(argv[i]);
  arguments.push_back(nullptr);
  ::execv(loader.c_str(), arguments.data());
  const std::string_view advice =
      errno == ENOENT ? "; copy the whole folder, elector-runtime too, or use --copy-to" : "";
  const std::string message = "elector: cannot execute " + loader + std::string(advice) + "\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, message.data(), message.size());
  std::_Exit(kFailed);
}
