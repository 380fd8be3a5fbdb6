#!/usr/bin/env bash
# Makes the captures anew: make.sh [CASE…]   (all cases when none is named; --list names them)
#
# Root is needed for network namespaces and the capture. Every namespace, process, key and temporary
# file is gone when it ends, however it ends; the installed tools stay in $LAB_TOOLS.
set -euo pipefail

lab=$(cd "$(dirname "$0")" && pwd)
export LAB_TOOLS=${LAB_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/interloper-lab}
export PYTHONDONTWRITEBYTECODE=1

"$lab/install.sh"
"$LAB_TOOLS/venv/bin/python" "$lab/build.py" "$@"
