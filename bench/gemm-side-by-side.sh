#!/usr/bin/env bash
# Our matrix product with a frozen weight beside OpenBLAS at the same sizes, alternating; prints the ratio of medians for each size.
# usage: gemm-side-by-side.sh THREADS REPEATS "M N K" …      OPENBLAS_GEMM: the compiled yardstick (see the peers folder's README)
set -euo pipefail
threads=$1 repeats=$2
shift 2
top=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
crosspt="dotnet $top/CrossPT.Runner/bin/Release/net10.0/crosspt.dll"
value() { sed 's/.*"gflops_median": *\([0-9.]*\).*/\1/'; }
middle() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
unset OPENBLAS_L2_SIZE
for size in "$@"; do
    for way in plain transposed; do
        # Plain: W is [N, K] and used transposed; --transposed: W is [K, N] and used as it lies.
        if [ $way = plain ]; then ours_flag= theirs_flag=t; else ours_flag=--transposed theirs_flag=; fi
        read -r m n k <<<"$size"
        ours= theirs=
        for _ in $(seq "$repeats"); do
            ours+=$($crosspt bench gemm --m "$m" --n "$n" --k "$k" $ours_flag --threads "$threads" --json --quiet | value)$'\n'
            theirs+=$(LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu/openblas-openmp OPENBLAS_CORETYPE=SkylakeX OMP_NUM_THREADS=$threads OPENBLAS_NUM_THREADS=$threads \
                "$OPENBLAS_GEMM" "$m" "$n" "$k" $theirs_flag | value)$'\n'
        done
        a=$(printf %s "$ours" | middle) b=$(printf %s "$theirs" | middle)
        awk -v a="$a" -v b="$b" -v s="$m x $n x $k" -v w=$way -v t="$threads" 'BEGIN { printf "%-20s %-10s %d threads   ours %6.1f   OpenBLAS %6.1f GFLOP/s   ratio %.2f\n", s, w, t, a, b, a / b }'
    done
done
