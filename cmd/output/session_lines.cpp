// SPDX-License-Identifier: Apache-2.0
#include "cmd/output/session_lines.h"

#include <string>

namespace elector::cmd {

kube::Session::Lines session_lines(const Log& log) {
  return {.warn = [&log](const std::string& text) { log.warn(text); },
          .debug = [&log](const std::string& text) { log.debug(text); },
          .trace =
              [&log](const kube::Client::Trace& trace) {
                log.debug("request", {{"method", trace.method},
                                      {"url", trace.url},
                                      {"status", std::to_string(trace.status)},
                                      {"ms", std::to_string(trace.time.count())}});
              }};
}

}  // namespace elector::cmd
