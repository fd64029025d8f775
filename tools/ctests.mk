# Builds the C programs of the tests: make -f tools/ctests.mk MODE, for MODE one of
#   plain   as it is used
#   alloc   with the allocator of the tests, which can be told to fail
#   asan    the same under AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer
#   tsan    as it is used, under ThreadSanitizer: the programs that start threads
#   fuzz    the fuzz targets (clang's libFuzzer)
# Each tests/c/test_X.c becomes build/c/MODE/test_X, each tests/fuzz/fuzz_X.c build/c/fuzz/fuzz_X.

include csrc/warnings.mk

CORE := $(sort $(wildcard csrc/core/*.c csrc/core/*/*.c))
TESTS := $(sort $(wildcard tests/c/test_*.c))
HELPERS := $(filter-out $(TESTS),$(sort $(wildcard tests/c/*.c)))
THREADED := $(shell grep -l pthread_create $(TESTS))
FUZZERS := $(sort $(wildcard tests/fuzz/fuzz_*.c))

PKG_CONFIG ?= pkg-config
LIBRARIES := hiredis openssl
CHECKED := -fno-sanitize-recover=all -fno-omit-frame-pointer
ALL := -std=gnu11 -g -pthread $(WARNINGS) -Icsrc -Itests/c \
	$(shell $(PKG_CONFIG) --cflags $(LIBRARIES))
LINK := $(shell $(PKG_CONFIG) --libs $(LIBRARIES)) -pthread

FLAGS_plain := -O1
FLAGS_alloc := -O1 -DRC_TESTING
FLAGS_asan := -O1 -DRC_TESTING -fsanitize=address,undefined $(CHECKED)
FLAGS_tsan := -O1 -fsanitize=thread -fno-omit-frame-pointer
FLAGS_fuzz := -O1 -fsanitize=fuzzer-no-link,address,undefined $(CHECKED)
CC_fuzz := clang
LINK_fuzz := -fsanitize=fuzzer

# What one program alone is made of: helpers of its own, and system calls that they stand in for.
SIMULATED := socket connect send recv shutdown close fcntl setsockopt getsockopt getsockname getpeername \
	getaddrinfo freeaddrinfo poll clock_gettime pthread_cond_timedwait pthread_cond_wait \
	rc_random rc_backoff
PARTS_fuzz_core := $(filter-out $(FUZZERS),$(sort $(wildcard tests/fuzz/*.c)))
LINK_fuzz_core := $(SIMULATED:%=-Wl,--wrap=%)
FAILING := socket connect getsockopt send recv poll
LINK_test_system_call_failures := $(FAILING:%=-Wl,--wrap=%)
LINK_test_resolver := -Wl,--wrap=pthread_create
LINK_test_self_connection := -Wl,--wrap=socket

# build-mode MODE, PROGRAMS, SOURCES THAT ALL OF THEM NEED
define build-mode
.PHONY: $(1)
$(1): $(patsubst %.c,build/c/$(1)/%,$(notdir $(2)))

build/c/$(1)/obj/csrc/core/%.o: ALL += $(CORE_WARNINGS)
build/c/$(1)/obj/%.o: %.c tools/ctests.mk csrc/warnings.mk
	@mkdir -p $$(@D)
	$$(or $$(CC_$(1)),$$(CC)) $$(ALL) $$(FLAGS_$(1)) -MMD -MP -c -o $$@ $$<

$(foreach program,$(2),
build/c/$(1)/$(basename $(notdir $(program))): $(patsubst %.c,build/c/$(1)/obj/%.o,$(program) $(PARTS_$(basename $(notdir $(program)))) $(3))
	$$(or $$(CC_$(1)),$$(CC)) $$(FLAGS_$(1)) $$(LINK_$(1)) $$(LINK_$$(@F)) -o $$@ $$^ $$(LINK)
)
-include $(patsubst %.c,build/c/$(1)/obj/%.d,$(2) $(3) $(foreach program,$(2),$(PARTS_$(basename $(notdir $(program))))))
endef

$(eval $(call build-mode,plain,$(TESTS),$(CORE) $(HELPERS)))
$(eval $(call build-mode,alloc,$(TESTS),$(CORE) $(HELPERS)))
$(eval $(call build-mode,asan,$(TESTS),$(CORE) $(HELPERS)))
$(eval $(call build-mode,tsan,$(THREADED),$(CORE) $(HELPERS)))
$(eval $(call build-mode,fuzz,$(FUZZERS),$(CORE)))

# Its loops over all slots teach a fuzzer nothing and would take most of the time.
build/c/fuzz/obj/csrc/core/topology/slotmap.o: FLAGS_fuzz += -fno-sanitize=fuzzer-no-link

.SECONDARY:
