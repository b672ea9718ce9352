# The only place that knows tools. Each is installed once, in a folder of its own and per version, outside the clone: a
# fresh clone installs nothing again, and no other project's tools are replaced.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test dev bench faults pictures readme-pictures clean-data tools browser-tools release site verifier check-rust test-rust test-browser

CARGO_LEPTOS := 0.3.10
# Must equal the version in Cargo.lock: another one builds pages that do not wake up.
WASM_BINDGEN := 0.2.130
BINARYEN := 132
NEXTEST := 0.9.143

TOOLS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/yidian-live-privacy
CARGO_LEPTOS_BIN := $(TOOLS)/cargo-leptos-$(CARGO_LEPTOS)/bin/cargo-leptos
WASM_BINDGEN_BIN := $(TOOLS)/wasm-bindgen-$(WASM_BINDGEN)/bin/wasm-bindgen
WASM_OPT_BIN := $(TOOLS)/binaryen-$(BINARYEN)/node_modules/.bin/wasm-opt
NEXTEST_BIN := $(shell command -v cargo-nextest || echo $(TOOLS)/cargo-nextest-$(NEXTEST)/bin/cargo-nextest)
WASM_TARGET := wasm32-unknown-unknown

export PATH := $(dir $(CARGO_LEPTOS_BIN)):$(dir $(WASM_BINDGEN_BIN)):$(dir $(WASM_OPT_BIN)):$(dir $(NEXTEST_BIN)):$(PATH)

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

run: release ## Build and start on http://127.0.0.1:3000 with demo people; data under data/
	@echo "demo: sign in at http://127.0.0.1:3000 with 13800138000, password yidian-demo-2026"
	target/release/privacy-centre serve --demo

test: check-rust test-rust test-browser ## Format, lints, tests on SQLite and PostgreSQL, then the browser

# 验证凭证 lets the server check here: each reload empties the folder that its WebAssembly would be in.
dev: tools ## Serve and reload on save
	cargo leptos watch -- serve --demo

bench: release ## Bytes of the first load; pages, toggles, a large account and its copy, a thousand cancellations, as ratios
	cargo bench --package server --bench centre
	.ci/with-postgres cargo bench --package server --bench account
	.ci/with-postgres cargo bench --package server --bench executions

faults: release end2end/node_modules/.package-lock.json ## Kills, full disks, lost databases, wrong clocks, half requests: a table of what came of each
	cd end2end && npx tsc --project faults && node faults/built/run.js

pictures: release browser-tools ## Every page as PNG under target/pictures
	cd end2end && npx playwright test --config pictures.config.ts pages

readme-pictures: release browser-tools ## The pictures of the README, into .pictures
	cd end2end && npx playwright test --config pictures.config.ts readme

clean-data: ## Remove the demo's data
	rm -rf data

release: tools
	cargo leptos build --release --precompress
	$(MAKE) verifier

site: tools
	cargo leptos build --release --frontend-only --precompress
	$(MAKE) verifier

# The check of 验证凭证: a WebAssembly of its own, so that no other page loads it. cargo-leptos builds one only.
verifier: tools ## The check that 验证凭证 loads, into target/site
	cargo build --package verifier --target $(WASM_TARGET) --profile wasm-release
	wasm-bindgen --target web --no-typescript --out-dir target/site/verifier target/$(WASM_TARGET)/wasm-release/verifier.wasm
	wasm-opt -Oz target/site/verifier/verifier_bg.wasm -o target/site/verifier/verifier_bg.wasm
	node -e 'const fs = require("fs"), zlib = require("zlib"), folder = "target/site/verifier/"; for (const name of ["verifier.js", "verifier_bg.wasm"]) fs.writeFileSync(folder + name + ".br", zlib.brotliCompressSync(fs.readFileSync(folder + name)))'

check-rust: tools
	cargo fmt --all --check
	cargo clippy --workspace --exclude frontend --exclude verifier --all-targets -- -D warnings
	cargo clippy --package frontend --target $(WASM_TARGET) -- -D warnings
	cargo clippy --package verifier --target $(WASM_TARGET) -- -D warnings

test-rust: tools $(NEXTEST_BIN)
	.ci/with-postgres cargo nextest run --workspace --exclude frontend --exclude verifier

# The browser's half as it is shipped; the server as the other tests build it, with its checks for overflows and the like, so that
# it is built once. `make run`, `make faults` and `make pictures` use the server that is shipped.
test-browser: site browser-tools
	cargo test --no-run --workspace --exclude frontend --exclude verifier
	cp target/release/hash.txt target/debug/
	cd end2end && npx tsc --noEmit && SERVER_BINARY=$(CURDIR)/target/debug/privacy-centre npx playwright test

# ---- tools ----

tools: $(CARGO_LEPTOS_BIN) $(WASM_BINDGEN_BIN) $(WASM_OPT_BIN)
	@rustc --print target-libdir --target $(WASM_TARGET) >/dev/null 2>&1 && [ -d "$$(rustc --print target-libdir --target $(WASM_TARGET))" ] \
		|| { echo "adding the Rust target $(WASM_TARGET) (the browser's half is built for it)"; rustup target add $(WASM_TARGET); }

# A build's debug information would double the time, and nobody debugs the tools.
install = $(if $(shell command -v cargo-binstall),cargo binstall --no-confirm --root $(2) $(1)@$(3) || )CARGO_PROFILE_DEV_DEBUG=0 cargo install $(1) --version $(3) --debug --root $(2) $(4)

# Cargo puts a binary in place only when it is whole, so its existence says that the install is done.
$(CARGO_LEPTOS_BIN):
	@echo "installing cargo-leptos $(CARGO_LEPTOS), which builds server, browser half and styles (once; about 6 minutes)"
	$(call install,cargo-leptos,$(TOOLS)/cargo-leptos-$(CARGO_LEPTOS),$(CARGO_LEPTOS),--locked)

$(WASM_BINDGEN_BIN):
	@echo "installing wasm-bindgen $(WASM_BINDGEN), which joins WebAssembly and JavaScript (once; about 2 minutes)"
	$(call install,wasm-bindgen-cli,$(TOOLS)/wasm-bindgen-$(WASM_BINDGEN),$(WASM_BINDGEN),)

$(WASM_OPT_BIN):
	@echo "installing binaryen $(BINARYEN), which makes WebAssembly small (once)"
	npm install --no-audit --no-fund --silent --prefix $(TOOLS)/binaryen-$(BINARYEN) binaryen@$(BINARYEN)

$(NEXTEST_BIN):
	@echo "installing cargo-nextest $(NEXTEST), which runs the tests (once)"
	$(call install,cargo-nextest,$(TOOLS)/cargo-nextest-$(NEXTEST),$(NEXTEST),--locked)

browser-tools: end2end/node_modules/.package-lock.json
	@.ci/need-chromium

end2end/node_modules/.package-lock.json: end2end/package-lock.json
	@echo "installing Playwright and the accessibility audit (once per clone)"
	cd end2end && npm ci --no-audit --no-fund --silent && touch node_modules/.package-lock.json
