#!/usr/bin/env bash
# Test with several processes on one or more machines: dist_test.sh CONFIG CHECKPOINT NUM_PROCESSES [arguments of test.py]
# On one machine, a free port is chosen, so that several jobs run side by side; PORT chooses another one.
# On several machines, set NNODES, NODE_RANK and MASTER_ADDR, and the same PORT (default 29500) on all of them.
set -euo pipefail

usage='usage: dist_test.sh CONFIG CHECKPOINT NUM_PROCESSES [arguments of test.py]'
CONFIG=${1:?$usage}
CHECKPOINT=${2:?$usage}
NUM_PROCESSES=${3:?$usage}

if [ "${NNODES:-1}" = 1 ] && [ -z "${PORT:-}" ]; then
    rendezvous=(--standalone --local-addr=127.0.0.1)
else
    rendezvous=(--nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" \
        --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}")
fi

# The launcher takes the place of this shell. If it ends, even by kill -9, its processes end too.
export MMVIREID_LAUNCHER=$$
export PYTHONPATH="$(dirname "$0")/..${PYTHONPATH:+:$PYTHONPATH}"
exec python -m mmvireid.utils.launch "${rendezvous[@]}" --nproc_per_node="$NUM_PROCESSES" \
    "$(dirname "$0")/test.py" "$CONFIG" "$CHECKPOINT" --launcher pytorch "${@:4}"
