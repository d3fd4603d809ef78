# elector's image: nothing but elector, the libraries that it loads, and CA certificates; no shell. The
# folder that it is made of is `make rootfs`, which the tests run without a container engine.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY .ci/deps .ci/deps
RUN .ci/deps build && rm -rf /var/lib/apt/lists/*
COPY . .
RUN make rootfs BUILD=/build CMAKE_FLAGS=-DELECTOR_TESTS=OFF

FROM scratch
COPY --from=build /build/rootfs/ /
# Also what `COPY --from` and `elector --copy-to` take to other images: /opt/elector.
USER 65532:65532
WORKDIR /
ENTRYPOINT ["/usr/bin/elector"]
