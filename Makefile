# SPDX-License-Identifier: Apache-2.0
# The commands of this project; CMake does the work. `make help` lists them.
BUILD ?= build
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
DESTDIR ?=
# Only if it is given to make: whoever has it in the environment does not mean a test by that.
cluster = $(if $(filter command,$(firstword $(origin KUBECONFIG))),$(KUBECONFIG))

CMAKE_FLAGS ?=
FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?=
FUZZ_SEED ?=
SOAK_SECONDS ?= 1800
SOAK_VALGRIND_SECONDS ?= 60

# The version, never latest: with that Kubernetes would look for a newer one at each start.
IMAGE ?= elector:$(shell sed -n 's/^project.elector VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
IMAGE_FLAGS ?=
PLATFORM ?=
ROOTFS ?=

.PHONY: all everything deps deps-build static rootfs bundle image deb release demo test test-real test-static test-trixie test-image test-pods test-hostile test-mixed lint lint-tests sanitize coverage mutation fuzz bench chaos soak install clean help

all: ## build the program: build/elector
	@$(MAKE) --no-print-directory $(BUILD)/Makefile
	cmake --build $(BUILD) --target elector -j$(JOBS)

$(BUILD)/Makefile: CMakeLists.txt tests/CMakeLists.txt
	@mkdir -p $(BUILD)
	cmake -S . -B $(BUILD) -DCMAKE_INSTALL_PREFIX=$(PREFIX) $(CMAKE_FLAGS)

everything: $(BUILD)/Makefile
	cmake --build $(BUILD) -j$(JOBS)

deps: ## install missing dependencies of building and testing
	@.ci/deps

demo: deps $(BUILD)/Makefile ## three candidates on a test API server: elect, fail over, show the times
	cmake --build $(BUILD) --target elector elector-apiserver -j$(JOBS)
	@BUILD=$(BUILD) tests/system/demo

test: deps everything ## all tests, on the test API server of this project
	cd $(BUILD) && ctest --output-on-failure -j3

test-real: deps everything ## the end-to-end tests on the API server of KUBECONFIG=FILE
	@test -n "$(cluster)" || { echo 'usage: make test-real KUBECONFIG=FILE'; exit 2; }
	ELECTOR_TEST_KUBECONFIG=$(abspath $(cluster)) ELECTOR_BINARY=$(abspath $(BUILD))/elector \
	  ELECTOR_APISERVER=$(abspath $(BUILD))/elector-apiserver \
	  sh -c '$(BUILD)/tests/e2e_test && $(BUILD)/tests/delivery_test'

test-static: deps everything rootfs bundle ## the tests on the static file: all of the end-to-end suite, image, bundle, manifests at work
	ELECTOR_STATIC=$(abspath $(BUILD))/static ELECTOR_SHARED=$(abspath $(BUILD))/elector ELECTOR_BINARY=$(abspath $(BUILD))/static/elector \
	  ELECTOR_APISERVER=$(abspath $(BUILD))/elector-apiserver \
	  $(if $(cluster),ELECTOR_TEST_KUBECONFIG=$(abspath $(cluster))) \
	  sh -c '$(BUILD)/tests/static_test && $(BUILD)/tests/e2e_test'

test-trixie: deps everything static ## run each command of the static file once in a Debian trixie root, made by mmdebstrap
	@tests/system/trixie/run $(BUILD)

test-image: deps $(BUILD)/Makefile ## build and run the container image with podman, from a local base image; ROOTFS=build/static/rootfs packs that folder
	cmake --build $(BUILD) --target elector-apiserver -j$(JOBS)
	@tests/system/image/run $(BUILD)

test-pods: ## walk-through, manifests and faults as real pods on the disposable cluster of KUBECONFIG=FILE; IMAGE, ROUNDS=3
	@test -n "$(cluster)" || { echo 'usage: make test-pods KUBECONFIG=FILE [IMAGE=localhost/elector:test] [ROUNDS=3]'; exit 2; }
	@ROUNDS=$(ROUNDS) tests/system/pods/run $(cluster) $(if $(filter command,$(firstword $(origin IMAGE))),$(IMAGE))

test-hostile: deps everything ## all peers that send endless data (make test tries one in five); PEER='HTTP/2' selects some
	ELECTOR_TEST_PEERS='$(PEER)' ELECTOR_BINARY=$(abspath $(BUILD))/elector \
	  ELECTOR_APISERVER=$(abspath $(BUILD))/elector-apiserver \
	  $(BUILD)/tests/e2e_test --test-suite='a peer that sends without end'

test-mixed: deps everything ## 1000 hand-overs between elector and other clients; also on KUBECONFIG=FILE, there with client-go: RIVAL='COMMAND'
	$(if $(cluster),ELECTOR_TEST_KUBECONFIG=$(abspath $(cluster))) $(if $(RIVAL),ELECTOR_TEST_RIVAL='$(RIVAL)') \
	  ELECTOR_BINARY=$(abspath $(BUILD))/elector ELECTOR_APISERVER=$(abspath $(BUILD))/elector-apiserver \
	  $(BUILD)/tests/mixed_test

bench: deps everything ## benchmarks, on the test API server or that of KUBECONFIG=FILE; ELECTOR=build/static/elector
	@$(BUILD)/elector-bench --elector $(or $(ELECTOR),$(BUILD)/elector) --apiserver $(BUILD)/elector-apiserver \
	  $(if $(cluster),--kubeconfig $(cluster))

chaos: deps everything ## faults on real candidates: SECONDS=600, SEED=N, KUBECONFIG=FILE for a real server
	@$(BUILD)/elector-chaos --elector $(BUILD)/elector --apiserver $(BUILD)/elector-apiserver \
	  --seconds $(or $(SECONDS),600) $(if $(SEED),--seed $(SEED)) \
	  $(if $(cluster),--kubeconfig $(cluster)) $(CHAOS)

soak: deps everything ## an election at 50 times normal speed, SOAK_SECONDS=1800; then valgrind
	@.ci/deps soak
	@$(BUILD)/elector-soak --elector=$(BUILD)/elector --apiserver=$(BUILD)/elector-apiserver \
	  --seconds=$(SOAK_SECONDS) --valgrind-seconds=$(SOAK_VALGRIND_SECONDS) \
	  $(if $(cluster),--kubeconfig=$(cluster))

sanitize: deps ## the tests under AddressSanitizer and UndefinedBehaviorSanitizer; UNITS=1: those of core, kube and cmd
	@mkdir -p $(BUILD)-sanitize
	cmake -S . -B $(BUILD)-sanitize -DELECTOR_SANITIZE=ON -DCMAKE_BUILD_TYPE=RelWithDebInfo $(CMAKE_FLAGS)
	cmake --build $(BUILD)-sanitize -j$(JOBS) $(if $(UNITS),--target core_test kube_test cmd_test)
	cd $(BUILD)-sanitize && ctest --output-on-failure -j2 $(if $(UNITS),-R '^(core|kube|cmd)$$')

coverage: deps ## the share of lines that the tests run, by folder; COVERAGE=core/ lists the other lines of core/
	@mkdir -p $(BUILD)-coverage
	cmake -S . -B $(BUILD)-coverage -DELECTOR_COVERAGE=ON -DCMAKE_BUILD_TYPE=Debug $(CMAKE_FLAGS)
	cmake --build $(BUILD)-coverage -j$(JOBS)
	find $(BUILD)-coverage -name '*.gcda' -delete
	cd $(BUILD)-coverage && ctest --output-on-failure -j2
	@tests/coverage/report $(BUILD)-coverage '$(COVERAGE)'

mutation: deps ## break core/ in COUNT=100 ways chosen by SEED=1: the tests must detect 95 of them; REMOVALS=1: remove each rule; FOLDERS="cmd kube": break those, 60 ways
ifdef FOLDERS
	@BUILD=$(BUILD)-mutation FOLDERS='$(FOLDERS)' COUNT=$(or $(COUNT),60) SEED=$(or $(SEED),1) JOBS=$(JOBS) tests/protocol/mutation/folders
else
	@BUILD=$(BUILD)-mutation COUNT=$(or $(COUNT),100) SEED=$(or $(SEED),1) JOBS=$(JOBS) tests/protocol/mutation/run $(if $(REMOVALS),removals)
endif

fuzz: deps ## run libFuzzer on each target of tests/fuzz for FUZZ_SECONDS=60; FUZZ_TARGETS selects some; FUZZ_SEED
	@.ci/deps clang
	@mkdir -p $(BUILD)-fuzz
	cmake -S . -B $(BUILD)-fuzz -DELECTOR_FUZZ=ON -DCMAKE_CXX_COMPILER=clang++ \
	  -DCMAKE_BUILD_TYPE=RelWithDebInfo $(CMAKE_FLAGS)
	cmake --build $(BUILD)-fuzz --target fuzz_targets -j$(JOBS)
	@BUILD=$(BUILD)-fuzz FUZZ_SEED=$(FUZZ_SEED) tests/fuzz/run $(FUZZ_SECONDS) $(FUZZ_TARGETS)

sources = $(shell git ls-files '*.cpp' '*.h')
shipped = $(filter core/%.cpp kube/%.cpp cmd/%.cpp packaging/%.cpp,$(sources))
tidy = printf '%s\n' $(1) | xargs -P$(JOBS) -n2 clang-tidy --quiet -p $(BUILD) --warnings-as-errors='*'

lint: deps everything ## clang-format on everything, the order of the layers, clang-tidy on the shipped code
	@.ci/deps lint
	@clang-format --dry-run --Werror $(sources)
	@tests/layering
	@! git grep -L 'SPDX-License-Identifier: Apache-2.0' -- '*.cpp' '*.h' || { echo 'the files above lack an SPDX line'; exit 1; }
	@$(call tidy,$(shipped))

lint-tests: deps everything ## clang-tidy on the tests, which takes as long again
	@.ci/deps lint
	@$(call tidy,$(filter tests/%.cpp,$(sources)))

static: $(BUILD)/static/Makefile ## one file that runs on any Linux, without libraries: build/static/elector
	cmake --build $(BUILD)/static --target elector -j$(JOBS)
	@ls -sh $(BUILD)/static/elector

# Sources of its own in build/sources, unless CMAKE_FLAGS names others (see cmake/static.cmake).
$(BUILD)/static/Makefile: CMakeLists.txt cmake/static.cmake cmake/licenses.cmake packaging/packaging.cmake
	$(if $(findstring FETCHCONTENT_SOURCE_DIR,$(CMAKE_FLAGS)),,BUILD=$(BUILD) .ci/deps static)
	@mkdir -p $(BUILD)/static
	cmake -S . -B $(BUILD)/static -DELECTOR_STATIC=ON -DELECTOR_TESTS=OFF \
	  -DELECTOR_SOURCES=$(abspath $(BUILD))/sources $(CMAKE_FLAGS)

rootfs: $(BUILD)/static/Makefile ## the image's content, in build/static/rootfs
	cmake --build $(BUILD)/static --target rootfs -j$(JOBS)
	@du -sh --apparent-size $(BUILD)/static/rootfs

bundle: $(BUILD)/static/Makefile ## the static file, licences and CA certificates as a tar: build/static/bundle
	cmake --build $(BUILD)/static --target bundle -j$(JOBS)
	@ls -sh $(BUILD)/static/bundle/*.tar.gz

image: ## the container image: IMAGE=NAME:TAG, PLATFORM=linux/arm64, IMAGE_FLAGS=, ROOTFS=build/static/rootfs; by docker, podman or buildah
	@ROOTFS='$(ROOTFS)' packaging/image "$(IMAGE)" "$(PLATFORM)" $(IMAGE_FLAGS)

deps-build:
	@.ci/deps build

deb: deps-build $(BUILD)/Makefile ## a Debian package, in build/deb
	@.ci/deps deb
	cmake --build $(BUILD) --target deb -j$(JOBS)
	lintian --fail-on error,warning --allow-root $(BUILD)/deb/*.deb

# Packed again, with the commit's time, so that the same commit on the same system gives the same files.
release: ## the release artefacts, in build/release: file, tar, deb, image archive, SBOM, SHA256SUMS
	rm -f $(BUILD)/static/bundle.stamp $(BUILD)/deb.stamp
	$(MAKE) --no-print-directory bundle deb image \
	  SOURCE_DATE_EPOCH=$(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2> /dev/null || echo 0))
	@packaging/release $(BUILD) "$(IMAGE)"

install: all ## install program, manual pages and completions; DESTDIR and PREFIX are honoured
	DESTDIR=$(DESTDIR) cmake --install $(BUILD) --prefix $(PREFIX) --strip

clean: ## remove what was built
	rm -rf $(BUILD) $(BUILD)-sanitize $(BUILD)-coverage $(BUILD)-mutation $(BUILD)-fuzz

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14
