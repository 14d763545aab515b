# Two commands do everything, set-up included: `make lecture` and `make test`. Paths are relative: any clone path will do.
.DEFAULT_GOAL := help
.PHONY: help lecture site watch test bench system setup doctor clean

LECTURE = .venv/bin/python -m render.cli

help:
	@echo "make lecture   set up, capture, speak, render and stitch 09-lora/merge in Chinese and English"
	@echo "make site      set up and build the site to learn from below build/site; make watch serves it"
	@echo "make test      set up and run the whole suite"
	@echo "make bench     measure builds against stock manim (about an hour; leave the machine alone), write docs/benchmarks.md"
	@echo "make system    install what the system lacks (apt-get or brew; says what)"
	@echo "make setup     make .venv from constraints.txt, with everything"
	@echo "make doctor    say what is missing and how to get it"
	@echo "make clean     remove what was built; .venv stays"

lecture: system
	@sh setup/venv capture
	@$(LECTURE) build 09-lora/merge --lang zh --lang en --quality m --capture

site: system
	@sh setup/venv site
	@$(LECTURE) site

watch: site
	@$(LECTURE) watch

test: setup
	.venv/bin/python -m pytest -n 2 --dist worksteal

bench: setup
	.venv/bin/python -m benchmarks

system:
	@sh setup/system

setup:
	@sh setup/system tests
	@sh setup/venv capture site slides dev

doctor:
	@$(LECTURE) doctor

clean:
	rm -rf build media .pytest_cache .ruff_cache .mypy_cache .hypothesis
