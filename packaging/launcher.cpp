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
#include <cstring>

namespace {

constexpr const char* kRuntime = "/elector-runtime";
constexpr int kLoaderArguments = 7;
constexpr int kMaxArguments = 65536;  // what is longer is cut off nowhere: it is refused

using Path = std::array<char, PATH_MAX>;

void say(const char* text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, std::strlen(text));
}

[[noreturn]] void fail(const char* problem, const char* path, const char* advice) {
  say("elector: ");
  say(problem);
  say(path);
  say(advice);
  say("\n");
  ::_exit(125);  // as env(1): the command was not even looked for
}

// The folder of this file, symbolic links resolved. Without /proc, the name that the kernel was
// given has to do (getauxval(3), AT_EXECFN).
bool find_folder(Path& folder) {
  const ssize_t length = ::readlink("/proc/self/exe", folder.data(), folder.size() - 1);
  if (length > 0) {
    folder[static_cast<std::size_t>(length)] = '\0';
  } else {
    const auto* name = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
    if (name == nullptr || std::strlen(name) >= folder.size()) return false;
    std::strcpy(folder.data(), name);
  }
  char* slash = std::strrchr(folder.data(), '/');
  if (slash == nullptr) {
    std::strcpy(folder.data(), ".");
  } else {
    *slash = '\0';
  }
  return true;
}

bool append(Path& path, const char* text) {
  if (std::strlen(path.data()) + std::strlen(text) >= path.size()) return false;
  std::strcat(path.data(), text);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  static Path libraries;
  static Path loader;
  static Path program;
  static std::array<char*, kMaxArguments + kLoaderArguments + 1> arguments;
  if (argc > kMaxArguments) fail("too many arguments", "", "");
  if (!find_folder(libraries) || !append(libraries, kRuntime)) {
    fail("cannot tell where it lies; mount /proc", "", "");
  }
  loader = libraries;
  program = libraries;
  if (!append(loader, "/elector") || !append(program, "/program")) {
    fail("the path is too long: ", libraries.data(), "");
  }
  static char no_name[] = "elector";
  char* const name = argc > 0 ? argv[0] : no_name;
  static char no_cache[] = "--inhibit-cache";  // the system's libraries belong to another C library
  static char library_path[] = "--library-path";
  static char its_name[] = "--argv0";
  std::size_t count = 0;
  for (char* word :
       {name, no_cache, library_path, libraries.data(), its_name, name, program.data()}) {
    arguments[count++] = word;
  }
  for (int i = 1; i < argc; ++i) arguments[count++] = argv[i];
  ::execv(loader.data(), arguments.data());
  fail("cannot execute ", loader.data(),
       errno == ENOENT ? "; copy the whole folder, elector-runtime too, or use --copy-to" : "");
}
