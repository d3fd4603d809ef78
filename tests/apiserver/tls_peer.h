// SPDX-License-Identifier: Apache-2.0
// Identifies the peer of a TLS connection by its certificate.
#pragma once

#include <optional>

#include "tests/apiserver/message.h"

struct MHD_Connection;

namespace elector::tests::apiserver {

// The user (CN) and groups (O) of the client's certificate, as the real server reads them; nothing
// if it showed none, an Identity without a user if the connection's client authority has not signed
// it or its time is over.
std::optional<Identity> peer_identity(MHD_Connection* connection);

}  // namespace elector::tests::apiserver
