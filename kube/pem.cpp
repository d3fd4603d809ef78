// PEM armour, base64, and the outermost layers of DER.
#include "kube/pem.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace elector::kube {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";

constexpr unsigned kSequence = 0x30;
constexpr unsigned kInteger = 0x02;
constexpr unsigned kBitString = 0x03;

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

constexpr std::array<std::int8_t, 256> make_values() {
  std::array<std::int8_t, 256> values{};
  for (auto& value : values) value = -1;
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}

struct Block {
  std::string_view label;  // "CERTIFICATE"
  std::string_view body;   // between the two lines
  bool complete;           // its END line is there
};

// All armoured blocks; text outside of them is a comment (RFC 7468, section 2).
std::vector<Block> find_blocks(std::string_view pem) {
  std::vector<Block> blocks;
  std::size_t at = 0;
  while ((at = pem.find(kBegin, at)) != std::string_view::npos) {
    const std::size_t label = at + kBegin.size();
    const std::size_t label_end = pem.find(kDashes, label);
    if (label_end == std::string_view::npos) break;
    Block block{pem.substr(label, label_end - label), {}, false};
    const std::size_t body = label_end + kDashes.size();
    const std::string end = std::string(kEnd) + std::string(block.label) + std::string(kDashes);
    const std::size_t body_end = pem.find(end, body);
    block.complete = body_end != std::string_view::npos;
    block.body = pem.substr(body, block.complete ? body_end - body : std::string_view::npos);
    blocks.push_back(block);
    at = block.complete ? body_end + end.size() : body;
  }
  return blocks;
}

// Takes one DER element (X.690, 8.1) off the front of `der` and returns its content; no value when
// it is not of that tag or longer than what is there.
std::optional<std::string_view> take_element(std::string_view& der, unsigned tag) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(der[i]));
  };
  if (der.size() < 2 || byte(0) != tag) return std::nullopt;
  std::size_t length = byte(1);
  std::size_t header = 2;
  if (length >= 0x80) {
    const std::size_t octets = length - 0x80;
    if (octets == 0 || octets > 4 || der.size() < 2 + octets) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < octets; ++i) length = (length << 8) | byte(2 + i);
    header += octets;
  }
  if (der.size() - header < length) return std::nullopt;
  const std::string_view content = der.substr(header, length);
  der.remove_prefix(header + length);
  return content;
}

// Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue } (RFC 5280, 4.1).
bool looks_like_certificate(std::string_view der) {
  auto outer = take_element(der, kSequence);
  return outer && der.empty() && take_element(*outer, kSequence) &&
         take_element(*outer, kSequence) && take_element(*outer, kBitString) && outer->empty();
}

// PKCS #8, RSAPrivateKey and ECPrivateKey alike begin with a version number.
bool looks_like_key(std::string_view der) {
  auto outer = take_element(der, kSequence);
  return outer && der.empty() && take_element(*outer, kInteger);
}

std::string nothing_in_it(std::string_view pem, const char* what) {
  for (const char c : pem) {
    if (!is_space(c)) return std::string("holds no PEM ") + what;
  }
  return "is empty";
}

}  // namespace

std::optional<std::string> certificate_problem(std::string_view pem) {
  bool found = false;
  for (const Block& block : find_blocks(pem)) {
    if (block.label != "CERTIFICATE") continue;
    if (!block.complete) return "ends in the middle of a certificate";
    const auto der = base64_decode(block.body);
    if (!der || !looks_like_certificate(*der)) return "holds a damaged certificate";
    found = true;
  }
  if (found) return std::nullopt;
  return nothing_in_it(pem, "certificate (no line -----BEGIN CERTIFICATE-----)");
}

std::optional<std::string> private_key_problem(std::string_view pem) {
  constexpr std::string_view kKey = "PRIVATE KEY";
  for (const Block& block : find_blocks(pem)) {
    if (!block.label.ends_with(kKey)) continue;
    if (!block.complete) return "ends in the middle of a private key";
    if (block.label.starts_with("ENCRYPTED") ||
        block.body.find("ENCRYPTED") != std::string_view::npos) {
      return "holds an encrypted private key; a key without a passphrase is needed";
    }
    const auto der = base64_decode(block.body);
    if (!der || !looks_like_key(*der)) return "holds a damaged private key";
    return std::nullopt;
  }
  return nothing_in_it(pem, "private key (no line -----BEGIN … PRIVATE KEY-----)");
}

std::optional<std::string> base64_decode(std::string_view text) {
  static constexpr std::array<std::int8_t, 256> kValues = make_values();
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  int digits = 0;
  int padding = 0;
  for (const char c : text) {
    if (is_space(c)) continue;
    if (c == '=') {
      if (++padding > 2) return std::nullopt;
      continue;
    }
    const int value = kValues[static_cast<unsigned char>(c)];
    if (value < 0 || padding > 0) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    if (++digits == 4) {
      for (int shift = 16; shift >= 0; shift -= 8)
        bytes.push_back(static_cast<char>(bits >> shift));
      bits = 0;
      digits = 0;
    }
  }
  if (digits == 0) return padding == 0 ? std::optional(bytes) : std::nullopt;
  if (digits + padding != 4) return std::nullopt;
  bytes.push_back(static_cast<char>(bits >> (digits == 2 ? 4 : 10)));
  if (digits == 3) bytes.push_back(static_cast<char>(bits >> 2));
  return bytes;
}

std::string base64_encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k) {
      bits = (bits << 8) | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text.push_back(k <= n ? kAlphabet[(bits >> (18 - 6 * k)) & 63U] : '=');
    }
  }
  return text;
}

}  // namespace elector::kube
