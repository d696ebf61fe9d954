# SPDX-License-Identifier: GPL-3.0-or-later
# One non-recursive makefile. Sources are found by sorted wildcard; headers are tracked by the compiler.
VARIANT ?= release
BUILD   ?= build/$(VARIANT)
HKCTL   ?= hkctl
CC      ?= cc
V       ?= 0
Q        = $(if $(filter 1,$(V)),,@)

PKGS     := libfyaml yaml-0.1
WARN     := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef
OPT_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
LD_release  := -pie -Wl,-z,relro,-z,now
OPT_debug   := -O0 -g3
OPT_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LD_asan     := -fsanitize=address,undefined
CPPFLAGS_ALL := -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -Ilib -Icmd -I$(BUILD)/gen $(CPPFLAGS)
CFLAGS_ALL   := -std=c11 $(WARN) $(OPT_$(VARIANT)) $(shell pkg-config --cflags $(PKGS)) $(CFLAGS)
LDLIBS_ALL   := $(LD_$(VARIANT)) $(LDFLAGS) $(shell pkg-config --libs $(PKGS)) -lglpk -lm

LIB_SRC := $(sort $(shell find lib -name '*.c'))
CMD_SRC := $(sort $(wildcard cmd/*.c))
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o)
CMD_OBJ := $(CMD_SRC:%.c=$(BUILD)/%.o)
SCHEMAS := $(sort $(wildcard schemas/*.schema.json))
UNIT_SRC := $(sort $(shell find tests/unit -name 't_*.c' 2>/dev/null))
UNIT_BIN := $(UNIT_SRC:%.c=$(BUILD)/%)

all: $(HKCTL)

$(HKCTL): $(CMD_OBJ) $(BUILD)/libhkctl.a
	$(Q)$(CC) -o $@ $(CMD_OBJ) $(BUILD)/libhkctl.a $(LDLIBS_ALL)
	@echo "  LINK  $@"
$(BUILD)/libhkctl.a: $(LIB_OBJ)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<
$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libhkctl.a
	$(Q)$(CC) -o $@ $^ $(LDLIBS_ALL) -lcmocka
# The documents of schemas/ as byte arrays, so that an installed hkctl needs no files (lib/schema/builtin.c).
$(BUILD)/gen/schema_bytes.h: $(SCHEMAS)
	@mkdir -p $(@D)
	@echo "  GEN   $@"
	$(Q)for f in $(SCHEMAS); do \
		n=$$(basename $$f .schema.json | tr - _); \
		echo "static const unsigned char hk_schema_bytes_$$n[] = {"; \
		LC_ALL=C od -An -v -tu1 $$f | awk '{ gsub(/ +/, ","); sub(/^,/, ""); print $$0 "," }'; \
		echo "};"; \
	done >$@.tmp && mv $@.tmp $@
$(BUILD)/lib/schema/builtin.o: $(BUILD)/gen/schema_bytes.h
unit: $(UNIT_BIN)
	$(Q)set -e; for t in $(UNIT_BIN); do echo "  UNIT  $$t"; $$t; done
clean:
	rm -rf build hkctl
.PHONY: all unit clean
.SECONDARY:
-include $(LIB_OBJ:.o=.d) $(CMD_OBJ:.o=.d) $(UNIT_BIN:=.d)
