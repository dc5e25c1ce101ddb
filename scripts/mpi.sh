#!/bin/bash
# Builds libferm-mpi.so, by which fer-train reaches MPI, into a folder: beside the program, or in ../lib/ferm from it.
#
# Usage: mpi.sh FOLDER
set -euo pipefail
folder=$(realpath -m "$1")
cd "$(dirname "$0")/.."
command -v mpicc > /dev/null || { echo "mpi.sh: there is no mpicc; install an MPI, on Debian by make setup-mpi" >&2; exit 1; }
mkdir -p "$folder"
mpicc -std=c11 -O2 -Wall -Wextra -Werror -fPIC -shared -o "$folder/libferm-mpi.so.part" Bindings/mpi/ferm-mpi.c
mv "$folder/libferm-mpi.so.part" "$folder/libferm-mpi.so"
