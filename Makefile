# SPDX-License-Identifier: GPL-3.0-or-later
# One makefile for everything; "make help" lists the targets. Sources are found by sorted wildcard; the compiler tracks headers; each variant has a tree of its own.
VARIANT ?= release
BUILD   ?= build/$(VARIANT)
HKCTL   ?= $(if $(filter release,$(VARIANT)),hkctl,$(BUILD)/hkctl)
V       ?= 0
WERROR  ?= 0
Q        = $(if $(filter 1,$(V)),,@)
say      = @$(if $(findstring s,$(firstword -$(MAKEFLAGS))),:,printf '  %-6s %s\n')
FUZZ_SECONDS ?= 20
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
LIBEXEC ?= $(PREFIX)/libexec/hkctl
DATADIR ?= $(PREFIX)/share
MANDIR  ?= $(DATADIR)/man
DOCDIR  ?= $(DATADIR)/doc/hkctl
export DESTDIR HKCTL VARIANT BUILD V

ifeq ($(origin CC),default)
CC := $(if $(filter fuzz,$(VARIANT)),clang,cc)
endif

# Compiling. pkg-config runs once, and only for goals that compile.
PKGS := libfyaml yaml-0.1
# Of lib/net and lib/apply, and so of the programs in libexec/ alone: the core must start in a millisecond (cmd/commands.c).
NET_PKGS := libssh2 libcurl libxml-2.0
WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef $(if $(filter 1,$(WERROR)),-Werror)
SANITIZE := -fsanitize=address,undefined
HARDEN   := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
OPT_release := -O2 -g $(HARDEN)
LD_release  := -pie -Wl,-z,relro,-z,now -Wl,--as-needed
OPT_debug   := -O0 -g3
OPT_asan    := -O1 -g $(SANITIZE) -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LD_asan     := $(SANITIZE)
OPT_cov     := -O0 -g --coverage
LD_cov      := --coverage
OPT_fuzz    := -O1 -g -fsanitize=fuzzer-no-link $(SANITIZE) -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LD_fuzz     := $(SANITIZE)
ifndef OPT_$(VARIANT)
$(error VARIANT=$(VARIANT) is none of release, debug, asan, cov, fuzz)
endif
ifneq ($(filter-out clean distclean dist dist-binary help lint setup uninstall,$(or $(MAKECMDGOALS),all)),)
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS))
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) || echo missing)
NET_CFLAGS := $(shell pkg-config --cflags $(NET_PKGS))
NET_LIBS   := $(shell pkg-config --libs $(NET_PKGS) || echo missing)
PKG_CFLAGS += -DHK_LIBFYAML_VERSION='"$(shell pkg-config --modversion libfyaml)"' -DHK_LIBYAML_VERSION='"$(shell pkg-config --modversion yaml-0.1)"'
ifneq ($(filter missing,$(PKG_LIBS) $(NET_LIBS)),)
$(error libraries are missing; run: sh scripts/setup.sh)
endif
endif
CPPFLAGS_ALL := -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -Ilib -Icmd -I$(BUILD)/gen $(CPPFLAGS)
CFLAGS_ALL   := -std=c11 -pthread $(WARN) $(OPT_$(VARIANT)) -ffile-prefix-map=$(CURDIR)=. $(PKG_CFLAGS) $(CFLAGS)
LDFLAGS_ALL  := $(LD_$(VARIANT)) $(LDFLAGS)
LDLIBS_ALL   := $(PKG_LIBS) -lglpk -lm -pthread $(LDLIBS)

NET_SRC  := $(sort $(shell find lib/net lib/apply -name '*.c' 2>/dev/null))
LIB_SRC  := $(sort $(filter-out $(NET_SRC),$(shell find lib -name '*.c')))
CMD_SRC  := $(sort $(wildcard cmd/*.c cmd/parts/*.c))
# Every other directory of cmd/ is a program of its own, libexec/hkctl/hkctl-NAME, with a table of verbs of its own and the rest of the core's command line.
HELPERS  := $(sort $(patsubst cmd/%/commands.c,%,$(wildcard cmd/*/commands.c)))
HELPER_SRC := $(sort $(foreach h,$(HELPERS),$(wildcard cmd/$h/*.c)))
HELPER_CMD := $(addprefix cmd/,main.c common.c help.c completion.c)
LIBEXEC_DIR := $(patsubst ./%,%,$(dir $(HKCTL))libexec/hkctl)
HELPER_BIN := $(HELPERS:%=$(LIBEXEC_DIR)/hkctl-%)
UNIT_SRC := $(sort $(shell find tests/unit -name 't_*.c' 2>/dev/null))
HELP_SRC := $(sort $(shell find tests/unit -name '*.c' ! -name 't_*.c' 2>/dev/null))
PROP_SRC := $(sort $(wildcard tests/property/p_*.c))
PART_SRC := $(sort $(filter-out $(PROP_SRC),$(wildcard tests/property/*.c)))
SCHEMAS  := $(sort $(wildcard schemas/*.schema.json))
DIALECTS := $(sort $(wildcard lib/net/dialects/*.yaml))
ADAPTERS := $(sort $(wildcard adapters/*.yaml))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/%.o)
CMD_OBJ  := $(CMD_SRC:%.c=$(BUILD)/%.o)
NET_OBJ  := $(NET_SRC:%.c=$(BUILD)/%.o)
HELPER_OBJ := $(HELPER_SRC:%.c=$(BUILD)/%.o)
HELP_OBJ := $(HELP_SRC:%.c=$(BUILD)/%.o)
PROP_BIN := $(PROP_SRC:%.c=$(BUILD)/%)
PART_OBJ := $(PART_SRC:%.c=$(BUILD)/%.o)
UNIT_BIN := $(UNIT_SRC:%.c=$(BUILD)/%)
SEED_BIN := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=$(BUILD)/tests/fuzz/replay_%)
TOOL_SRC := $(sort $(wildcard tests/schema/*.c))
TOOL_BIN := $(TOOL_SRC:%.c=$(BUILD)/%)
# Preloaded into hkctl by tests that kill it; not with a sanitizer of its own.
KILL_AT  := $(BUILD)/tests/net/kill_at.so
BENCH_BIN := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard bench/*.c)))
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=build/fuzz/tests/fuzz/fuzz_%)
ARCHIVE  := $(BUILD)/libhkctl.a
NET_ARCHIVE := $(BUILD)/libhkctl-net.a
# What a test is linked with says where it lies: tests of lib/net and lib/apply, fuzz targets and benchmarks called net_something.
net_of   = $(if $(or $(findstring /unit/net/,$1),$(findstring /unit/apply/,$1),$(findstring fuzz_net_,$1),$(findstring bench/net_,$1)),$2)

all: $(HKCTL) $(HELPER_BIN)

help:
	@echo 'all        hkctl and its programs in libexec/ (VARIANT=release|debug|asan|cov|fuzz, V=1 shows commands, WERROR=1 makes warnings errors)'
	@echo 'test       every test of this tree; the last line counts them ("check" is the same)'
	@echo 'programs   everything that is compiled, tests and benchmarks too'
	@echo 'unit       the unit tests alone'
	@echo 'check-deep property tests on PROPERTY_COUNT random worlds (default 5000); faults of the network 10 times as often, and at every record'
	@echo 'check-contracts adapters for network APIs against the contracts of the operators (docs/testing.md)'
	@echo 'check-kube what is rendered, applied to a real Kubernetes control plane that is built from its Go modules (docs/testing.md)'
	@echo 'valgrind   unit tests, seeds and some command-line tests under memcheck'
	@echo 'lint       budgets, layers, static analysis, manual pages, spelling'
	@echo 'fuzz       run every fuzz target for FUZZ_SECONDS (needs clang)'
	@echo 'bench      run bench/*.sh'
	@echo 'coverage   line coverage of lib/'
	@echo 'demo       validate, plan, show and render an example'
	@echo 'install    into PREFIX (default /usr/local), staged below DESTDIR; uninstall removes the same files'
	@echo 'dist       source archive from the last commit, and dist-binary an archive to run, each with its SHA-256, into DIST (default build)'
	@echo 'clean      removes what was built; distclean hkctl and libexec/ too'

# Anything that depends on the command line of the compiler is rebuilt when it changes.
$(BUILD)/flags: force
	@mkdir -p $(@D) && printf '%s\n' '$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) $(LDLIBS_ALL) $(NET_CFLAGS) $(NET_LIBS)' >$@.new && \
	if cmp -s $@.new $@; then rm -f $@.new; else mv -f $@.new $@; fi
$(BUILD)/gen/version.h: force
	@mkdir -p $(@D) && printf '#define HK_VERSION "%s"\n' "$$(sh scripts/version.sh)" >$@.new && \
	if cmp -s $@.new $@; then rm -f $@.new; else mv -f $@.new $@; fi

PERCENT := %
.SECONDEXPANSION:
$(HKCTL): $(CMD_OBJ) $(ARCHIVE)
	$(if $(CMD_SRC),,$(error there is no cmd/*.c to build $@ from))
	$(say) LINK $@
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $(CMD_OBJ) $(ARCHIVE) $(LDLIBS_ALL)
$(ARCHIVE): $(LIB_OBJ)
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcsD $@ $(LIB_OBJ)
$(HELPER_BIN): $(LIBEXEC_DIR)/hkctl-%: $(HELPER_CMD:%.c=$(BUILD)/%.o) $$(filter $(BUILD)/cmd/%/$$(PERCENT),$$(HELPER_OBJ)) $(NET_ARCHIVE) $(ARCHIVE)
	$(say) LINK $@
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(NET_ARCHIVE) $(ARCHIVE) $(NET_LIBS) $(LDLIBS_ALL)
$(NET_ARCHIVE): $(NET_OBJ)
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcsD $@ $(NET_OBJ)
$(NET_OBJ): OWN_CFLAGS := $(NET_CFLAGS)
$(CMD_OBJ) $(HELPER_OBJ): $(BUILD)/gen/version.h
# The documents of schemas/ as byte arrays, so that an installed hkctl needs no files (lib/schema/builtin.c).
$(BUILD)/gen/schema_bytes.h: $(SCHEMAS)
	$(say) GEN $@
	$(Q)mkdir -p $(@D) && for f in $(SCHEMAS); do \
		n=$$(basename $$f .schema.json | tr - _); \
		echo "static const unsigned char hk_schema_bytes_$$n[] = {"; \
		LC_ALL=C od -An -v -tu1 $$f | awk '{ gsub(/ +/, ","); sub(/^,/, ""); print $$0 "," }'; \
		echo "};"; \
	done >$@
$(BUILD)/lib/schema/builtin.o: $(BUILD)/gen/schema_bytes.h
# The same for dialects of network devices (lib/net/cli_table.c).
$(BUILD)/gen/dialect_bytes.h: $(DIALECTS)
	$(say) GEN $@
	$(Q)mkdir -p $(@D) && for f in $(DIALECTS); do \
		echo "static const unsigned char hk_dialect_bytes_$$(basename $$f .yaml)[] = {"; \
		LC_ALL=C od -An -v -tu1 $$f | awk '{ gsub(/ +/, ","); sub(/^,/, ""); print $$0 "," }'; \
		echo "};"; \
	done >$@
$(BUILD)/lib/net/cli_table.o: $(BUILD)/gen/dialect_bytes.h
# The adapters of adapters/ in the same way, and a table of them by name (lib/net/api_shipped.c).
$(BUILD)/gen/adapter_bytes.h: $(ADAPTERS)
	$(say) GEN $@
	$(Q)mkdir -p $(@D) && { for f in $(ADAPTERS); do \
		n=$$(basename $$f .yaml | tr .- __); \
		echo "static const unsigned char adapter_bytes_$$n[] = {"; \
		LC_ALL=C od -An -v -tu1 $$f | awk '{ gsub(/ +/, ","); sub(/^,/, ""); print $$0 "," }'; \
		echo "};"; \
	done; \
	echo "static const struct hk_api_shipped shipped_adapters[] = {"; \
	for f in $(ADAPTERS); do \
		n=$$(basename $$f .yaml); s=$$(echo $$n | tr .- __); \
		echo "{ \"$$n\", { (const char *)adapter_bytes_$$s, sizeof adapter_bytes_$$s } },"; \
	done; \
	echo "};"; } >$@
$(BUILD)/lib/net/api_shipped.o: $(BUILD)/gen/adapter_bytes.h
$(BUILD)/%.o: %.c $(BUILD)/flags
	$(say) CC $<
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(OWN_CFLAGS) -MMD -MP -c -o $@ $<

# Tests. Other .c files next to unit tests are helpers that every unit test of the same directory is linked with.
$(UNIT_BIN): $(BUILD)/%: $(BUILD)/%.o $$(filter $$(dir $(BUILD)/$$*)$$(PERCENT),$(HELP_OBJ)) $$(call net_of,$(BUILD)/$$*,$(NET_ARCHIVE)) $(ARCHIVE)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(call net_of,$@,$(NET_LIBS)) $(LDLIBS_ALL) -lcmocka
# Every property test is linked with the generator and the brute force beside it.
$(PROP_BIN): $(BUILD)/%: $(BUILD)/%.o $(PART_OBJ) $(ARCHIVE)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(ARCHIVE) $(LDLIBS_ALL) -lcmocka
# Command-line tests that read, plan, show, render and fail; the others repeat these paths.
MEMCHECK_SH := $(wildcard $(addprefix tests/cli/,0200-validate.sh 0300-plan.sh 0320-plan-infeasible.sh 0400-show.sh 0410-graph.sh 0420-explain.sh 0500-render.sh 0600-init.sh 0610-fmt.sh))
valgrind: $(HKCTL) $(HELPER_BIN) $(UNIT_BIN) $(SEED_BIN)
	$(Q)sh scripts/valgrind.sh $(UNIT_BIN) $(SEED_BIN) $(MEMCHECK_SH)
# ... and ten times as many faults and kill points of the transaction, and a real one killed at every record of its journal.
DEEP_NET := $(filter $(BUILD)/tests/unit/apply/%,$(UNIT_BIN)) $(addprefix tests/cli/,1320-net-killed.sh 1325-net-faults.sh 1340-apply-sessions.sh)
check-deep: $(PROP_BIN) $(HKCTL) $(HELPER_BIN) $(KILL_AT) $(filter $(BUILD)/tests/unit/apply/%,$(UNIT_BIN))
	$(Q)PROPERTY_COUNT=$(or $(PROPERTY_COUNT),5000) TEST_TIMES=$(or $(TEST_TIMES),10) KILL_STEP=1 python3 tests/run $(PROP_BIN) $(DEEP_NET)
# Every verb of every adapter against the contracts of ../shared; with PRISM=.../dist/index.js Prism judges the requests as well.
check-contracts: $(HKCTL) $(HELPER_BIN)
	$(Q)python3 tests/net/contract_check.py --every $(or $(EVERY),1) $(HKCTL) adapters $(or $(CONTRACTS),../shared/contracts/openapi)
	$(Q)test -z '$(PRISM)' || python3 tests/net/contract_check.py --prism '$(PRISM)' $(HKCTL) adapters $(or $(CONTRACTS),../shared/contracts/openapi)
	$(Q)test -z '$(PRISM)' || python3 tests/net/contract_lives.py '$(PRISM)' $(HKCTL) adapters $(or $(CONTRACTS),../shared/contracts/openapi)
check-kube: $(HKCTL)
	$(Q)python3 tests/kube/check.py build/kube/kube
$(SEED_BIN): $(BUILD)/tests/fuzz/replay_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o $$(call net_of,fuzz_$$*,$(NET_ARCHIVE)) $(ARCHIVE)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(call net_of,fuzz_$*,$(NET_LIBS)) $(LDLIBS_ALL)
# Programs that scripts in tests/cli/ run beside hkctl.
$(TOOL_BIN): $(BUILD)/%: $(BUILD)/%.o $(ARCHIVE)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(ARCHIVE) $(LDLIBS_ALL)
$(KILL_AT): tests/net/kill_at.c $(BUILD)/flags
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS_ALL) -std=c11 $(WARN) -O2 -fPIC -shared -o $@ $< -ldl
# Everything that is compiled, without running it.
programs: $(HKCTL) $(HELPER_BIN) $(UNIT_BIN) $(PROP_BIN) $(SEED_BIN) $(TOOL_BIN) $(KILL_AT) $(BENCH_BIN)
unit: $(UNIT_BIN)
	$(Q)python3 tests/run $(UNIT_BIN)
test check: $(HKCTL) $(HELPER_BIN) $(UNIT_BIN) $(PROP_BIN) $(SEED_BIN) $(TOOL_BIN) $(KILL_AT)
	$(Q)python3 tests/run $(UNIT_BIN) $(PROP_BIN) $(SEED_BIN) $(sort $(wildcard tests/cli/*.sh tests/docs/*.sh tests/build/*.sh))

ifeq ($(VARIANT),fuzz)
$(FUZZ_BIN): build/fuzz/tests/fuzz/%: build/fuzz/tests/fuzz/%.o $$(call net_of,$$*,build/fuzz/libhkctl-net.a) build/fuzz/libhkctl.a
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -fsanitize=fuzzer -o $@ $< $(filter %.a,$^) $(call net_of,$*,$(NET_LIBS)) $(LDLIBS_ALL)
fuzz: $(FUZZ_BIN)
	$(Q)FUZZ_SECONDS=$(FUZZ_SECONDS) sh scripts/fuzz.sh $(FUZZ_BIN)
else
fuzz:
	@command -v clang >/dev/null || { echo 'fuzz: needs clang; run: sh scripts/setup.sh lint' >&2; exit 1; }
	$(Q)$(MAKE) --no-print-directory VARIANT=fuzz BUILD=build/fuzz HKCTL=build/fuzz/hkctl CC=clang fuzz
endif
# The generator of bench/ draws from the same family as the tests of the solver.
$(BUILD)/bench/generate: $(addprefix $(BUILD)/tests/unit/place/,family.o planted.o planted_bad.o planted_make.o planted_write.o)
# ... and the controllers of bench/net_scale are those of tests of lib/net.
$(BUILD)/bench/net_scale: $(BUILD)/tests/unit/net/peer.o
$(BENCH_BIN): $(BUILD)/%: $(BUILD)/%.o $$(call net_of,$$*,$(NET_ARCHIVE)) $(ARCHIVE)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(call net_of,$@,$(NET_LIBS)) $(LDLIBS_ALL)
bench: $(HKCTL) $(HELPER_BIN) $(BENCH_BIN)
	$(Q)set -e; for b in $(sort $(wildcard bench/*.sh)); do echo "== $$b"; sh $$b; done
lint:
	$(Q)sh tests/lint/run
coverage:
	$(Q)$(MAKE) --no-print-directory VARIANT=cov BUILD=build/cov HKCTL=build/cov/hkctl test
	$(Q)sh scripts/coverage.sh
demo: $(HKCTL) $(HELPER_BIN)
	$(Q)sh scripts/demo.sh
setup:
	$(Q)sh scripts/setup.sh

# Installing: every row of scripts/install.sh is a file and where it goes, used both ways.
install: $(HKCTL) $(HELPER_BIN)
	$(Q)sh scripts/install.sh install $(BINDIR) $(LIBEXEC) $(DATADIR) $(MANDIR) $(DOCDIR)
uninstall:
	$(Q)sh scripts/install.sh uninstall $(BINDIR) $(LIBEXEC) $(DATADIR) $(MANDIR) $(DOCDIR)
# Release archives with their SHA-256, for action.yml and ci/gitlab.yml. The binary of the second finds the libraries that go along (scripts/dist.sh).
DIST ?= build
DIST_RPATH := -Wl,--disable-new-dtags,-rpath,\$$$$ORIGIN/../lib/hkctl:\$$$$ORIGIN/../../lib/hkctl
dist:
	$(Q)sh scripts/dist.sh source $(DIST)
dist-binary:
	$(Q)$(MAKE) --no-print-directory VARIANT=release BUILD=build/dist HKCTL=build/dist/hkctl LDFLAGS='$(LDFLAGS) $(DIST_RPATH)' all
	$(Q)sh scripts/dist.sh binary $(DIST) build/dist/hkctl
clean:
	$(Q)rm -rf build
distclean: clean
	$(Q)rm -rf hkctl libexec

.PHONY: all help programs unit test check check-deep check-contracts check-kube valgrind fuzz bench lint coverage demo setup install uninstall dist dist-binary clean distclean force
.SECONDARY:
.DELETE_ON_ERROR:
-include $(LIB_OBJ:.o=.d) $(NET_OBJ:.o=.d) $(CMD_OBJ:.o=.d) $(HELPER_OBJ:.o=.d) $(UNIT_BIN:=.d) $(HELP_OBJ:.o=.d) $(PROP_BIN:=.d) $(PART_OBJ:.o=.d) $(TOOL_BIN:=.d) $(BENCH_BIN:=.d) $(FUZZ_SRC:%.c=$(BUILD)/%.d)
