#!/usr/bin/env bash
# Train and test DF2AM on synthetic data, from an empty machine: quickstart.sh
# The script sets up .venv, makes data/synthetic_sysu_small, and trains and tests in work_dirs/quickstart. It reuses
# existing files. Remove work_dirs/quickstart after a change of code or config.
# MMVIREID_VENV names another folder for the environment.
set -euo pipefail
cd "$(dirname "$0")/.."

config=configs/df2am/df2am_r18_synthetic.py
data=data/synthetic_sysu_small
out=work_dirs/quickstart
environment=${MMVIREID_VENV:-.venv}

step() { printf '\n== %s\n' "$*"; }
show_progress() { grep --line-buffered 'Epoch(train)' || [ $? -eq 1 ]; }  # a finished run has no such line

step "1/5 Environment ($environment)"
bash tools/setup_env.sh "$environment"
# shellcheck disable=SC1091
source "$environment/bin/activate"
export PYTHONWARNINGS=ignore
mkdir -p "$out"

amp=
if python -c 'import sys; from mmvireid.utils.hardware import bfloat16_is_fast; sys.exit(not bfloat16_is_fast())'; then
    amp=--amp
    echo "Training in bfloat16."
else
    echo "This processor has no bfloat16 instructions. Training in float32, which takes about twice as long."
fi

step "2/5 Synthetic data ($data)"
python tools/dataset_converters/make_synthetic.py --layout sysu --preset small --out "$data"

step "3/5 Test before training"
if [ ! -f "$out/untrained.json" ]; then
    python tools/test.py "$config" none --work-dir "$out" --out "$out/untrained.json" > "$out/untrained.log" 2>&1 \
        || { tail -n 20 "$out/untrained.log" >&2; exit 1; }
fi
echo "$out/untrained.json"

step "4/5 Training (log: $out/train.log)"
if [ ! -f "$out/trained.json" ]; then
    python tools/train.py "$config" --work-dir "$out" --resume $amp 2>&1 | tee "$out/train.log" \
        | show_progress || { tail -n 20 "$out/train.log" >&2; exit 1; }
fi
checkpoint=$(cat "$out/last_checkpoint")
echo "$checkpoint"

step "5/5 Test after training"
if [ ! -f "$out/trained.json" ]; then
    python tools/test.py "$config" "$checkpoint" --work-dir "$out" \
        --out "$out/trained.json" --out-features "$out/features.npz" > "$out/trained.log" 2>&1 \
        || { tail -n 20 "$out/trained.log" >&2; exit 1; }
fi
python tools/visualizations/draw_ranked_list.py "$config" "$out/features.npz" --out "$out/ranked_list.png"
python tools/visualizations/plot_cmc.py "$out/untrained.json" "$out/trained.json" --max-rank 20 --out "$out/cmc.png"
python tools/analysis_tools/show_results.py "$out/untrained.json" "$out/trained.json" --json "$out/results.json"
printf '\nResults: %s\nCMC: %s\nRanked lists: %s\n' "$out/results.json" "$out/cmc.png" "$out/ranked_list.png"
