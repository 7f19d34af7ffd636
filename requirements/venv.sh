#!/bin/sh
# Makes a virtual environment: venv.sh PYTHON FOLDER
set -eu
python=$1
folder=$2

if ! command -v "$python" >/dev/null 2>&1; then
    echo "There is no $python here: slipwatch needs Python 3.11 or newer. Try: make PYTHON=python3.12 …" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "slipwatch needs Python 3.11 or newer; $python is $("$python" -V 2>&1). Try: make PYTHON=python3.12 …" >&2
    exit 1
fi
# Debian keeps ensurepip in a package of its own, python3-venv.
if ! "$python" -m ensurepip --version >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing python3-venv from Debian …"
        apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
    else
        echo "$python cannot make virtual environments: install python3-venv (Debian, Ubuntu) first." >&2
        exit 1
    fi
fi
"$python" -m venv "$folder"
