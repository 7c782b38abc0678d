# The front door for people; what each target does is in scripts/.
.DEFAULT_GOAL := help
.PHONY: help demo test check bench

help: ## This list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 8

demo: ## The whole product on a simulated cluster in trouble, until ctrl-c
	@scripts/demo.sh

test: ## Every test, with real Kafka and Prometheus; ends with "N passed, N failed"
	@scripts/test.sh

check: ## Format, lints, documentation, architecture, dependencies
	@scripts/check.sh

bench: ## What the documentation claims about cost, measured
	@scripts/bench.sh
