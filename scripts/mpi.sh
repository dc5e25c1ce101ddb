#!/bin/bash
# Builds libferm-mpi.so, by which fer-train reaches MPI, into a folder: beside the program, or in ../lib/ferm from it.
#
# Usage: mpi.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
command -v mpicc > /dev/null || { echo "mpi.sh: there is no mpicc; install an MPI, on Debian by make setup-mpi" >&2; exit 1; }
mkdir -p "$1"
mpicc -std=c11 -O2 -Wall -Wextra -Werror -fPIC -shared -o "$1/libferm-mpi.so.part" Bindings/mpi/ferm-mpi.c
mv "$1/libferm-mpi.so.part" "$1/libferm-mpi.so"
