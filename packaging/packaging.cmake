# What is built to be carried elsewhere: the root file system of the image, and the bundle. The folders
# are laid out by packaging/lay-out, which the Dockerfile calls, too.
set(ELECTOR_ROOTFS ${PROJECT_BINARY_DIR}/rootfs)
set(ELECTOR_BUNDLE ${PROJECT_BINARY_DIR}/bundle/elector-${PROJECT_VERSION})

# Nothing of the system may be needed to start it.
add_executable(launcher EXCLUDE_FROM_ALL packaging/launcher.cpp)
target_link_libraries(launcher PRIVATE elector_options)
set_target_properties(launcher PROPERTIES POSITION_INDEPENDENT_CODE OFF)
target_compile_options(launcher PRIVATE -fno-pie)
target_link_options(launcher PRIVATE -static -no-pie)

# elector_layout(KIND FOLDER): a target called KIND that lays out the folder.
function(elector_layout kind folder)
  set(stamp ${PROJECT_BINARY_DIR}/${kind}.stamp)
  add_custom_command(OUTPUT ${stamp}
    COMMAND ${PROJECT_SOURCE_DIR}/packaging/lay-out ${kind} ${folder}
      $<TARGET_FILE:elector> $<TARGET_FILE:launcher>
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    DEPENDS elector launcher ${PROJECT_SOURCE_DIR}/packaging/lay-out VERBATIM)
  add_custom_target(${kind} DEPENDS ${stamp})
endfunction()

elector_layout(rootfs ${ELECTOR_ROOTFS})
elector_layout(bundle ${ELECTOR_BUNDLE})
