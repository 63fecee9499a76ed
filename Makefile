# Gatehouse: one verb per task. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
export PATH := $(CURDIR)/build/tools/node_modules/.bin:$(PATH)

RUNTIME := $(shell find runtime/src -name '*.ts' -not -name '*.test.ts' 2>/dev/null)
WORKERS := $(filter %.worker.ts,$(RUNTIME))
IMAGE := mkosi.conf $(shell find image overlays runtime/src/render/golden/boot -type f)
UI := $(shell find ui -type f -not -path '*/node_modules/*' 2>/dev/null)

.PHONY: help setup build image lab lab-check lab-shell dev test unit netns e2e fuzz bench bench-nat bench-nat-guest bench-tap bench-history lint fmt clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what this machine lacks (Debian 12 or 13); says what and why first
	@image/setup

build: setup build/gatehouse ## compile the one executable, build/gatehouse, with the UI inside

build/ui-assets.ts: $(UI) $(RUNTIME) bun.lock
	@echo "==> building the web UI"
	@cd ui && bun --bun vite build --logLevel warn
	@bun ui/embed.ts

# Inside the executable every module's URL is the executable's own: workers are found beside it, so they lie there flat. Without
# --format=esm, --bytecode would write this machine's paths in place of those URLs.
build/gatehouse: build/ui-assets.ts $(RUNTIME) bun.lock
	@echo "==> compiling build/gatehouse"
	@bun build --compile --minify --bytecode --format=esm --entry-naming='[name].[ext]' --sourcemap=none runtime/src/main.ts $(WORKERS) --outfile $@ >/dev/null

image: build build/image/gatehouse.raw ## build the flashable disk image, build/image/gatehouse.raw

build/image/gatehouse.raw: build/gatehouse $(IMAGE)
	@image/build

lab: image ## boot the image between a simulated provider and LAN clients; stays until Ctrl-C
	@image/lab-tools
	@bun qemu/lab.ts

lab-check: image ## from power-on to a client's first page, the time of each step, then down again
	@image/lab-tools
	@bun qemu/lab-check.ts

lab-shell: ## a shell as one of the running lab's machines: make lab-shell AT=client1
	@bun qemu/lab.ts shell $(or $(AT),client1)

dev: build ## the same lab without a virtual machine: the router in a namespace, up in seconds
	@image/toolbox
	@bun qemu/lab.ts --native

test: lint unit netns e2e ## everything; the last line counts all of it
	@bun test/run.ts summary

unit: setup build/ui-assets.ts ## tests without privileges or network, and the UI in a real browser
	@bun test/run.ts unit

netns: build ## tests against the real kernel, in network namespaces
	@image/toolbox
	@bun test/run.ts netns

e2e: image ## tests of the very image in QEMU, seen from outside
	@image/lab-tools
	@bun test/run.ts e2e

fuzz: setup ## fuzz and property tests from ever new seeds: make fuzz SECONDS=60; SEED=1 is one round from that seed
	@bun test/fuzz/run.ts $(or $(SECONDS),60) $(SEED)

bench: image ## every benchmark; tables here, figures in build/bench/*.json
	@image/lab-tools
	@$(MAKE) --no-print-directory bench-nat bench-tap bench-history
	@echo "==> bench: sizes"
	@bun test/bench/image.ts
	@echo "==> bench: from power-on to a client's first page"
	@bun qemu/lab-check.ts

bench-nat: setup ## what the NAT costs, under 12 minutes: ROUNDS=5; WRITE=1 puts the table into test/bench/README.md
	@echo "==> bench: NAT against plain forwarding and the kernel's masquerade ($(or $(ROUNDS),5) rounds)"
	@bun test/bench/nat.ts --rounds $(or $(ROUNDS),5) $(if $(WRITE),--write)

bench-nat-guest: image ## the same in the very image in QEMU, beside a flowtable: ROUNDS=3
	@image/lab-tools
	@bun test/bench/guest.ts $(or $(ROUNDS),3)

bench-tap: setup ## what the tap costs and holds, under 4 minutes: ROUNDS=3; WRITE=1 puts the tables into test/bench/README.md
	@echo "==> bench: the tap, from the frame to the live stream, and forwarding with and without it ($(or $(ROUNDS),3) rounds)"
	@bun test/bench/tap.ts --rounds $(or $(ROUNDS),3) $(if $(WRITE),--write)

bench-history: setup ## what traffic of a day takes in memory and of days on the disk, a minute or two for each: DAYS=7
	@echo "==> bench: the traffic's history, 24 h in memory"
	@bun test/bench/history.ts
	@echo "==> bench: what pages ask of a day"
	@bun test/bench/ranges.ts
	@echo "==> bench: the traffic's history, $(or $(DAYS),7) days on the disk"
	@bun test/bench/rollups.ts $(or $(DAYS),7)

lint: setup build/ui-assets.ts ## formatting, lint, types, shell scripts
	@echo "==> lint: format, rules, types"
	@bunx biome ci --error-on-warnings .
	@bunx tsc -p tsconfig.json
	@cd ui && bunx svelte-check --fail-on-warnings --output human
	@shellcheck .ci/run $$(git grep -lE '^#!.*bash' -- image overlays qemu test ':!*.ts' ':!*.md')

fmt: setup ## format and fix what can be fixed
	@bunx biome check --write .

clean: ## remove everything built
	@rm -rf build
