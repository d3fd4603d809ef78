# SPDX-License-Identifier: Apache-2.0
# Generates the source of licenses() in cmd/cli/about.h: the licence texts of everything linked into the program, from
# packaging/licenses. The program contains them because it may be copied alone.
#
# Sets ELECTOR_LICENSES, the path of that source.
set(parts CLI11 RapidJSON yaml-cpp libstdc++)
set(copyleft GPL-3)
if(ELECTOR_STATIC)
  list(APPEND parts libcurl libmicrohttpd nghttp2 OpenSSL glibc)
  list(APPEND copyleft LGPL-2.1)
endif()
set(ELECTOR_LICENSES ${PROJECT_BINARY_DIR}/licenses.cpp)

string(REPEAT "=" 78 rule)
string(REPLACE ";" ", " names "${parts}")
set(text "elector is licensed under the Apache License 2.0, the first text below.
This program also contains ${names}.
The licence of each follows, and then the texts that these refer to.
")
# One literal for each text: a compiler need not accept one of more than 65536 characters.
set(literals "R\"~(${text})~\"")
macro(add_text name file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} text)
  string(APPEND literals ",\n    R\"~(\n${rule}\n${name}\n${rule}\n\n${text})~\"")
endmacro()
add_text(elector ${PROJECT_SOURCE_DIR}/LICENSE)
foreach(part ${parts} ${copyleft})
  add_text(${part} ${PROJECT_SOURCE_DIR}/packaging/licenses/${part}.txt)
endforeach()
file(CONFIGURE OUTPUT ${ELECTOR_LICENSES} @ONLY CONTENT "// Made by cmake/licenses.cmake.
#include \"cmd/cli/about.h\"

namespace elector::cmd {

std::string licenses() {
  std::string all;
  for (const char* const text : {
    @literals@}) all += text;
  return all;
}

}  // namespace elector::cmd
")
