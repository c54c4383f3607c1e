# The commands of the project. Each may be run again at any time and then does only what changed.

NODE := js/node_modules/.bin/node

.PHONY: help setup build demo test simulate fuzz bench

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what building needs: Rust targets and npm packages
	@node js/build/setup.mjs

build: setup ## Compile the wasm and pack the npm package into pkg/
	@$(NODE) js/build/wasm.mjs
	@$(NODE) js/build/pack.mjs

demo: ## Pay official sellers on a local chain, from Node and a Worker, and show every step
	@node js/build/setup.mjs --peers
	@$(MAKE) --no-print-directory build
	@PATH="$(CURDIR)/js/node_modules/.bin:$$PATH" $(NODE) examples/demo/run.mjs

test: ## Run every check; CI runs the same
	@node js/build/setup.mjs --bench --browser --bundlers --peers --python --runner --runtimes --stores
	@$(MAKE) --no-print-directory build
	@$(NODE) js/build/test.mjs $(ONLY)

simulate: setup ## Try SCHEDULES (ten million) random schedules of faults against the core
	@cargo run --quiet --profile simulation --features bls --example simulate -- --schedules $(or $(SCHEDULES),10000000)

fuzz: setup ## Fuzz what strangers send for SECONDS (60) each, guided by coverage
	@$(NODE) tests/fuzz/run.mjs $(or $(SECONDS),60)

bench: ## Measure speed and size against the other SDKs
	@node js/build/setup.mjs --bench --browser --peers --stores
	@$(MAKE) --no-print-directory build
	@PATH="$(CURDIR)/js/node_modules/.bin:$$PATH" $(NODE) tests/bench/run.mjs
