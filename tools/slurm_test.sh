#!/usr/bin/env bash
# Test on a Slurm cluster: slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [arguments of test.py]
# GPUS, GPUS_PER_NODE, CPUS_PER_TASK and SRUN_ARGS change the job; PORT chooses the port of the first machine.
set -euo pipefail

usage='usage: slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [arguments of test.py]'
PARTITION=${1:?$usage}
JOB_NAME=${2:?$usage}
CONFIG=${3:?$usage}
CHECKPOINT=${4:?$usage}
GPUS=${GPUS:-8}
# A job with fewer GPUS than a machine asks for no more than it uses.
GPUS_PER_NODE=${GPUS_PER_NODE:-$((GPUS < 8 ? GPUS : 8))}

# All tasks get the same port, and jobs that share a machine hardly ever choose the same one.
export MASTER_PORT=${PORT:-${MASTER_PORT:-$((20000 + RANDOM % 12000))}}
export PYTHONPATH="$(dirname "$0")/..${PYTHONPATH:+:$PYTHONPATH}"
# shellcheck disable=SC2086  (SRUN_ARGS is a list of words)
exec srun --partition="$PARTITION" --job-name="$JOB_NAME" --gres=gpu:"$GPUS_PER_NODE" --ntasks="$GPUS" \
    --ntasks-per-node="$GPUS_PER_NODE" --cpus-per-task="${CPUS_PER_TASK:-5}" --kill-on-bad-exit=1 ${SRUN_ARGS:-} \
    python -u "$(dirname "$0")/test.py" "$CONFIG" "$CHECKPOINT" --launcher slurm "${@:5}"
