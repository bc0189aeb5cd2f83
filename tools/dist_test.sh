#!/usr/bin/env bash
# Test with several processes on one or more machines: dist_test.sh CONFIG CHECKPOINT NUM_PROCESSES [arguments of test.py]
set -euo pipefail

CONFIG=$1
CHECKPOINT=$2
NUM_PROCESSES=$3

PYTHONPATH="$(dirname "$0")/..:${PYTHONPATH:-}" python -m mmvireid.utils.launch \
    --nnodes="${NNODES:-1}" \
    --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" \
    --nproc_per_node="$NUM_PROCESSES" \
    "$(dirname "$0")/test.py" "$CONFIG" "$CHECKPOINT" --launcher pytorch "${@:4}"
