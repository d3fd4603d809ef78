#include "kube/base/one_line.h"

#include <cstddef>

namespace elector::kube {

std::string on_one_line(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) text[i] = ' ';
    // U+0080 to U+009F
    const bool two = byte == 0xc2 && i + 1 < text.size();
    if (two && (static_cast<unsigned char>(text[i + 1]) & 0xe0U) == 0x80U) {
      text.replace(i, 2, 1, ' ');
    }
  }
  return text;
}

}  // namespace elector::kube
