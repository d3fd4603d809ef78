# SPDX-License-Identifier: Apache-2.0
# Run by CPack between installing into its staging folder and packing it: what Debian's policy (chapter 12)
# requires of a package's documentation.
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share)
set(documents ${root}/doc/elector)
file(MAKE_DIRECTORY ${documents})
file(COPY ${CPACK_PROJECT_SOURCE_FOLDER}/packaging/deb/copyright DESTINATION ${documents})
file(COPY ${CPACK_PROJECT_SOURCE_FOLDER}/packaging/deb/changelog DESTINATION ${documents})
file(RENAME ${documents}/changelog ${documents}/changelog.Debian)
file(COPY ${CPACK_PROJECT_SOURCE_FOLDER}/CHANGELOG.md DESTINATION ${documents})
file(RENAME ${documents}/CHANGELOG.md ${documents}/changelog)
file(COPY ${CPACK_PROJECT_SOURCE_FOLDER}/deploy/ DESTINATION ${documents}/examples)
file(COPY ${CPACK_PROJECT_SOURCE_FOLDER}/packaging/deb/lintian-overrides DESTINATION ${root}/lintian/overrides)
file(RENAME ${root}/lintian/overrides/lintian-overrides ${root}/lintian/overrides/elector)
file(GLOB pages ${root}/man/man*/*)
# Without the name and the time, so that the same sources make the same package.
execute_process(COMMAND gzip -9nf ${documents}/changelog.Debian ${documents}/changelog ${pages}
  COMMAND_ERROR_IS_FATAL ANY)
# Each program needs a manual page: the names by which kubectl calls elector link to elector's page.
foreach(name kubectl-elector kubectl_complete-elector)
  file(CREATE_LINK elector.1.gz ${root}/man/man1/${name}.1.gz SYMBOLIC)
endforeach()
execute_process(COMMAND find ${root} -type d -empty -delete COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND chmod -R u=rwX,go=rX ${CPACK_TEMPORARY_INSTALL_DIRECTORY}
  COMMAND_ERROR_IS_FATAL ANY)
