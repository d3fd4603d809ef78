# SPDX-License-Identifier: Apache-2.0
# Makes a deliberately broken copy of a source file:
#   cmake -DMUTANT=NAME.mutant -DROOT=REPOSITORY -DOUT=COPY.cpp -P mutate.cmake
#
# A mutant says in a sentence which rule it breaks, then gives one change or more, all to one file:
#   @@ core/file.cpp
#   the old text, which must be there exactly once
#   =>
#   the new text
# A text that no longer matches is an error: the mutant has to follow the code.
file(READ ${MUTANT} text)
string(FIND "${text}" "\n@@ " at)
if(at EQUAL -1)
  message(FATAL_ERROR "${MUTANT}: no line that begins with \"@@ \" and names a file")
endif()

set(path "")
while(NOT at EQUAL -1)
  math(EXPR at "${at} + 4")
  string(SUBSTRING "${text}" ${at} -1 text)
  string(FIND "${text}" "\n" end)
  string(SUBSTRING "${text}" 0 ${end} named)
  if(path STREQUAL "")
    set(path "${named}")
    file(READ ${ROOT}/${path} source)
  elseif(NOT path STREQUAL named)
    message(FATAL_ERROR "${MUTANT}: changes ${path} and ${named}; one file, please")
  endif()
  string(FIND "${text}" "\n=>\n" arrow)
  if(arrow EQUAL -1)
    message(FATAL_ERROR "${MUTANT}: no line \"=>\" between the old text and the new")
  endif()
  math(EXPR begin "${end} + 1")
  math(EXPR length "${arrow} + 1 - ${begin}")
  string(SUBSTRING "${text}" ${begin} ${length} old)
  math(EXPR begin "${arrow} + 4")
  string(SUBSTRING "${text}" ${begin} -1 text)
  string(FIND "${text}" "\n@@ " at)
  if(at EQUAL -1)
    set(new "${text}")
  else()
    math(EXPR length "${at} + 1")
    string(SUBSTRING "${text}" 0 ${length} new)
  endif()

  string(FIND "${source}" "${old}" first)
  string(FIND "${source}" "${old}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "${MUTANT}: this text must be in ${path} exactly once:\n${old}")
  endif()
  string(LENGTH "${old}" length)
  math(EXPR rest "${first} + ${length}")
  string(SUBSTRING "${source}" 0 ${first} before)
  string(SUBSTRING "${source}" ${rest} -1 after)
  set(source "${before}${new}${after}")
endwhile()
file(WRITE ${OUT} "${source}")
