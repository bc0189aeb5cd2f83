#!/usr/bin/env bash
# Train with several processes on one or more machines: dist_train.sh CONFIG NUM_PROCESSES [arguments of train.py]
set -euo pipefail

CONFIG=$1
NUM_PROCESSES=$2

PYTHONPATH="$(dirname "$0")/..:${PYTHONPATH:-}" python -m mmvireid.utils.launch \
    --nnodes="${NNODES:-1}" \
    --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" \
    --nproc_per_node="$NUM_PROCESSES" \
    "$(dirname "$0")/train.py" "$CONFIG" --launcher pytorch "${@:3}"
