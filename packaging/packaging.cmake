# SPDX-License-Identifier: Apache-2.0
# The artifacts to distribute: with ELECTOR_STATIC the root file system of the image and the bundle, laid out by
# packaging/lay-out; otherwise the Debian package.
if(ELECTOR_STATIC)
  # A target called KIND that lays out its folder, in the build folder.
  foreach(kind rootfs bundle)
    set(folder ${PROJECT_BINARY_DIR}/${kind})
    if(kind STREQUAL bundle)
      string(APPEND folder /elector-${PROJECT_VERSION})
    endif()
    add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/${kind}.stamp
      COMMAND ${PROJECT_SOURCE_DIR}/packaging/lay-out ${kind} ${folder} $<TARGET_FILE:elector>
        "${ELECTOR_SOURCES}"
      COMMAND ${CMAKE_COMMAND} -E touch ${PROJECT_BINARY_DIR}/${kind}.stamp
      DEPENDS elector ${PROJECT_SOURCE_DIR}/packaging/lay-out ${PROJECT_SOURCE_DIR}/packaging/sbom VERBATIM)
    add_custom_target(${kind} DEPENDS ${PROJECT_BINARY_DIR}/${kind}.stamp)
  endforeach()
  return()
endif()

# ---- The Debian package --------------------------------------------------------------------------

set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # the package contains no tests: do not build them for it
set(CPACK_PACKAGE_NAME elector)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "leader election on the Kubernetes API, for pods and for jobs")
set(CPACK_PACKAGE_DESCRIPTION
  "elector elects one leader among any number of processes, with a Kubernetes\n\
API server as the arbiter. It serves who leads over HTTP, as a sidecar, or\n\
runs a command while this process leads and at no other moment, from cron\n\
on many hosts for example. It takes part in the elections of programs that\n\
use Kubernetes' client-go.")
set(CPACK_PACKAGE_CONTACT "The elector maintainers <maintainers@elector.invalid>")
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# dpkg-shlibdeps compares symbols, which libcurl's options are not: require the version of CMakeLists.txt.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libcurl4 (>= 7.85) | libcurl4t64 (>= 7.85)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS kubernetes-client)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
# Compresses what Debian requires, and puts the copyright where Debian expects it.
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/packaging/deb/staging.cmake)
set(CPACK_PROJECT_SOURCE_FOLDER ${PROJECT_SOURCE_DIR})
set(CPACK_GENERATOR DEB)
include(CPack)

file(GLOB packed CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/packaging/deb/* ${PROJECT_SOURCE_DIR}/deploy/*
  ${PROJECT_SOURCE_DIR}/man/* ${PROJECT_SOURCE_DIR}/completions/* ${PROJECT_SOURCE_DIR}/CHANGELOG.md)
add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/deb.stamp
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${PROJECT_BINARY_DIR}/deb
  COMMAND ${CMAKE_CPACK_COMMAND} -G DEB -B ${PROJECT_BINARY_DIR}/deb
    --config ${PROJECT_BINARY_DIR}/CPackConfig.cmake
  COMMAND ${CMAKE_COMMAND} -E touch ${PROJECT_BINARY_DIR}/deb.stamp
  DEPENDS elector ${packed} VERBATIM)
add_custom_target(deb DEPENDS ${PROJECT_BINARY_DIR}/deb.stamp)
