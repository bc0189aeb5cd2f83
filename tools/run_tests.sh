#!/usr/bin/env bash
# Set up an environment, check style, run the tests: run_tests.sh [arguments of pytest]
# MMVIREID_VENV names the environment's folder (default .venv).
set -euo pipefail
cd "$(dirname "$0")/.."

environment=${MMVIREID_VENV:-.venv}
bash tools/setup_env.sh "$environment" tests
# shellcheck disable=SC1091
source "$environment/bin/activate"

pre-commit run --all-files
# Two processes with one thread each, because more threads than cores wait for each other.
OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} python -m pytest -n 2 --dist loadfile "$@"
