// SPDX-License-Identifier: Apache-2.0
#include "cmd/cli/about.h"

#include <microhttpd.h>
#include <rapidjson/rapidjson.h>

#include <CLI/Version.hpp>
#include <algorithm>
#include <vector>

#include "kube/base/libraries.h"

namespace elector::cmd {

std::string library_lines() {
  std::string lines =
      kube::kOneFile ? "one static file, with\n" : "with shared libraries of the system:\n";
  std::vector<kube::Library> all = kube::libraries();
  all.push_back({"libmicrohttpd", MHD_get_version()});
  all.push_back({"CLI11", CLI11_VERSION});
  all.push_back({"RapidJSON", RAPIDJSON_VERSION_STRING});
  all.push_back({"GCC", std::to_string(__GNUC__) + "." + std::to_string(__GNUC_MINOR__)});
  std::sort(all.begin(), all.end(),
            [](const kube::Library& a, const kube::Library& b) { return a.name < b.name; });
  for (const kube::Library& library : all) lines += library.name + " " + library.version + "\n";
  return lines;
}

}  // namespace elector::cmd
