# SPDX-License-Identifier: Apache-2.0
# elector's image: one static file and what containers, scanners and people look for beside it; no shell, no
# library. `make rootfs` makes its content, which the tests run without a container engine. `make image` builds it.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY .ci/deps .ci/deps
COPY packaging/fetch-sources packaging/fetch-sources
# A new value, and `make image` gives one each day, takes Debian's fixes of what is linked.
ARG REFRESH=never
RUN echo "$REFRESH" && .ci/deps static && rm -rf /var/lib/apt/lists/*
# Only what the file is made of: a change of the README compiles nothing.
COPY CMakeLists.txt Makefile LICENSE ./
COPY cmake cmake
COPY packaging packaging
COPY core core
COPY kube kube
COPY cmd cmd
ARG SOURCE_DATE_EPOCH=0
RUN make rootfs SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH"

FROM scratch
COPY --from=build /src/build/static/rootfs/ /
USER 65532:65532
WORKDIR /
EXPOSE 4040
ENTRYPOINT ["/usr/bin/elector"]
