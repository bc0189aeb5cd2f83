#!/usr/bin/env bash
# Make the environment for quickstart.sh and run_tests.sh: setup_env.sh FOLDER [EXTRA ...]
# The script installs mmvireid, editable, with the tested versions of its dependencies. It does nothing if the folder
# already holds the same environment. PYTHON names the interpreter (3.10 to 3.12); the default is the first one found.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$1
extras=$(IFS=,; echo "${*:2}")
stamp="$folder/mmvireid-setup"
wanted="$extras $(cat setup.py requirements/*.txt | cksum) $PWD"
[ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && exit 0

suits() { "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; }
for python in ${PYTHON:-python3 python python3.11 python3.12 python3.10}; do
    suits "$python" && break
    python=
done
[ -n "$python" ] || { echo "mmvireid needs Python 3.10, 3.11 or 3.12 with venv. Install it, or name the interpreter in PYTHON." >&2; exit 1; }

echo "Setting up $folder with $("$python" --version) ..."
"$python" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check \
    --editable ".${extras:+[$extras]}" --constraint requirements/constraints.txt

# onedl-mmcv requires opencv-python, which needs libGL. The headless build has the same module and needs no libGL.
if ! "$folder/bin/python" -c 'import cv2' 2>/dev/null; then
    echo "OpenCV does not load, because libGL is missing. Installing its headless build."
    "$folder/bin/python" -m pip uninstall --quiet --yes opencv-python
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check \
        opencv-python-headless --constraint requirements/constraints.txt
fi
echo "$wanted" > "$stamp"
