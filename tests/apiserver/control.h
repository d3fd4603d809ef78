// SPDX-License-Identifier: Apache-2.0
// The paths under /_control, by which tests give the server orders and ask what it saw. No
// credentials are needed.
//
//   POST /_control/faults             add rules (a JSON array, see faults.h); DELETE forgets all;
//   GET shows them with hits POST /_control/compact            versions before the present one are
//   gone: watches that start there get 410 POST /_control/watches?action=A   end, stall, resume,
//   replay or gone; &resource= and &user= narrow it; answers a count GET  /_control/watches the
//   open watches, a line of JSON each POST /_control/tokens             add, replace or revoke
//   tokens (a JSON array, see auth.h) GET  /_control/requests           "resource verb code count"
//   lines; DELETE starts counting afresh GET  /_control/log?object=leases/default/x   every write
//   of the object, a line of JSON each (see store.h) GET  /_control/version            the present
//   version, a number
#pragma once

#include "tests/apiserver/message.h"

namespace elector::tests::apiserver {

class Server;

class Control {
 public:
  explicit Control(Server& server) : server_(server) {}
  Reply serve(const Request& request);

 private:
  Reply faults(const Request& request);
  Reply watches(const Request& request);
  Reply requests(const Request& request);
  Reply log(const Request& request);

  Server& server_;
};

}  // namespace elector::tests::apiserver
