// SPDX-License-Identifier: Apache-2.0
// Where a command may get a separate cgroup, by what the kernel shows of the groups.
#include "cmd/guard/cgroup_place.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/temp_dir.h"

namespace elector::tests {
namespace {

using cmd::CgroupFacts;

const std::string kV1 =
    "24 23 0:21 / /proc rw shared:5 - proc proc rw\n"
    "33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";

}  // namespace

TEST_CASE("the own group is that of the v2 hierarchy") {
  const std::vector<std::pair<std::string, std::optional<std::string>>> table{
      {"", {}},
      {"0::/\n", "/"},
      {"0::/a/b.service\n", "/a/b.service"},
      {"9:name=systemd:/\n4:memory:/x\n0::/unified\n", "/unified"},
      {"4:memory:/x\n1:name=0::/y:/z\n", {}},  // v1 alone
      {"10::/x\n", {}},
      {"0::/../other\n", {}},  // outside of the cgroup namespace
      {"0::/..\n", {}},
      {"0::/..a\n", "/..a"},
      {"0::/gone (deleted)\n", {}},
      {"0::/with space\n", "/with space"},
  };
  for (const auto& [text, expected] : table) {
    const auto& given = text;  // clang 14 captures no structured binding
    CAPTURE(given);
    CHECK(cmd::own_cgroup(text) == expected);
  }
}

TEST_CASE("the folder of a group is found below the mount that shows it") {
  const std::string plain = "30 25 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n";
  const std::string part = "41 31 0:38 /a /mnt/part rw - cgroup2 none rw\n";
  struct Row {
    std::string mountinfo;
    std::string group;
    std::optional<std::string> folder;
  };
  for (const Row& row : std::vector<Row>{
           {"", "/", {}},
           {kV1, "/", {}},
           {plain, "/", "/sys/fs/cgroup"},
           {plain, "/a/b", "/sys/fs/cgroup/a/b"},
           {kV1 + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n", "/a",
            "/sys/fs/cgroup/unified/a"},  // hybrid
           {part, "/a", "/mnt/part"},
           {part, "/a/b", "/mnt/part/b"},
           {part, "/ab", {}},
           {part, "/", {}},
           {"41 31 0:38 /../.. /mnt rw - cgroup2 none rw\n", "/", {}},  // of another namespace
           {"41 31 0:38 / /with\\040space rw - cgroup2 none rw\n", "/x", "/with space/x"},
           {"41 31 0:38 / /back\\134slash rw - cgroup2 none rw\n", "/", "/back\\slash"},
           {plain + "50 25 0:26 / /over rw - cgroup2 cgroup2 rw\n", "/a", "/over/a"},
           {"garbage\n- cgroup2\n1 2 3 - cgroup2 x\n", "/", {}},
       }) {
    CAPTURE(row.mountinfo);
    CAPTURE(row.group);
    CHECK(cmd::cgroup_folder(row.mountinfo, row.group) == row.folder);
  }
}

TEST_CASE("what speaks against a new group") {
  const CgroupFacts good{.name = "pod", .type = "domain", .writable = true};
  const auto with = [&](auto change) {
    CgroupFacts facts = good;
    change(facts);
    return cmd::reason_against(facts).value_or("nothing");
  };
  struct Row {
    std::string reason;
    std::string expected;
  };
  const std::string systemds = "systemd manages it, and it is not delegated";
  for (const Row& row : std::vector<Row>{
           {with([](CgroupFacts&) {}), "nothing"},
           {with([](CgroupFacts& facts) { facts.type = "threaded"; }), "its type is threaded"},
           {with([](CgroupFacts& facts) { facts.type = "domain threaded"; }),
            "its type is domain threaded"},
           {with([](CgroupFacts& facts) { facts.type = "domain invalid"; }),
            "its type is domain invalid"},
           {with([](CgroupFacts& facts) { facts.memory_max = "1073741824"; }), "it limits memory"},
           {with([](CgroupFacts& facts) { facts.memory_high = "0"; }), "it limits memory"},
           {with([](CgroupFacts& facts) { facts.cpu_max = "50000 100000"; }),
            "it limits processor time"},
           {with([](CgroupFacts& facts) { facts.cpu_max = "max 100000"; }), "nothing"},
           {with([](CgroupFacts& facts) { facts.name = "cron.service"; }), systemds},
           {with([](CgroupFacts& facts) { facts.name = "session-1.scope"; }), systemds},
           {with([](CgroupFacts& facts) { facts.name = "user.slice"; }), systemds},
           {with([](CgroupFacts& facts) {
              facts.name = "cron.service";
              facts.delegated = true;
            }),
            "nothing"},
           {with([](CgroupFacts& facts) {
              facts.name = "";
              facts.type.reset();
            }),
            "nothing"},
           {with([](CgroupFacts& facts) {
              facts.name = "";
              facts.type.reset();
              facts.systemd = true;
            }),
            systemds},
           {with([](CgroupFacts& facts) { facts.systemd = true; }), "nothing"},
           {with([](CgroupFacts& facts) { facts.writable = false; }), "it is not writable"},
       }) {
    CHECK(row.reason == row.expected);
  }
}

TEST_CASE("what is known of a group is read from its folder") {
  const TempDir dir;
  const CgroupFacts bare = cmd::read_cgroup(dir.path(), "/");
  CHECK(bare.name.empty());
  CHECK_FALSE(bare.type);
  CHECK(bare.memory_max == "max");
  CHECK(bare.memory_high == "max");
  CHECK(bare.cpu_max == "max");
  CHECK_FALSE(bare.delegated);
  CHECK_FALSE(bare.writable);  // no list of processes to write to

  dir.write("cgroup.procs", "");
  dir.write("cgroup.type", "domain\n");
  dir.write("memory.max", "4096\n");
  dir.write("memory.high", "2048\n");
  dir.write("cpu.max", "max 100000\n");
  const CgroupFacts full = cmd::read_cgroup(dir.path(), "/a/b.service");
  CHECK(full.name == "b.service");
  CHECK(full.type == "domain");
  CHECK(full.memory_max == "4096");
  CHECK(full.memory_high == "2048");
  CHECK(full.cpu_max == "max 100000");
  CHECK(full.writable);
}

}  // namespace elector::tests
