#!/usr/bin/env bash
# Our matrix product with a frozen weight beside LibTorch's, forward and transposed, in turns; the ratio of medians.
# usage: gemm.sh REPEATS [THREADS …]
# SIZES: "M N K;M N K" (the grid of docs/speed.md where unset); CROSSPT and TORCH_PEER as for compare.sh
set -euo pipefail
repeats=$1
shift
[ $# -gt 0 ] || set -- 1 2
top=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
crosspt=${CROSSPT:-dotnet $top/CrossPT.Runner/bin/Release/net10.0/crosspt.dll}
peer=${TORCH_PEER:-$top/bench/peers/bin/CrossPT.TorchPeer}
if [ -z "${SIZES:-}" ]; then
    SIZES="2048 3072 768;2048 768 3072"
    for m in 16 64 945 2048; do
        for n in 512 768 3072 32128; do
            for k in 512 768 3072; do SIZES+=";$m $n $k"; done
        done
    done
fi
rate() { "$@" | sed 's/.*"gflops_median": *\([0-9.]*\).*/\1/'; }
middle() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
echo "| M × N × K | threads | forward | LibTorch | ratio | transposed | LibTorch | ratio |"
echo "|---|---|---|---|---|---|---|---|"
for threads in "$@"; do
    while read -r m n k; do
        row="| $m × $n × $k | $threads |"
        for way in "" --transposed; do
            ours= theirs=
            for _ in $(seq "$repeats"); do
                ours+=$(rate $crosspt bench gemm --m "$m" --n "$n" --k "$k" $way --threads "$threads" --json --quiet)$'\n'
                theirs+=$(OMP_NUM_THREADS=$threads rate $peer gemm "$m" "$n" "$k" $way)$'\n'
            done
            a=$(printf %s "$ours" | middle) b=$(printf %s "$theirs" | middle)
            row+=$(awk -v a="$a" -v b="$b" 'BEGIN { printf " %.1f | %.1f | %.2f |", a, b, a / b }')
        done
        echo "$row"
    done < <(tr ';' '\n' <<<"$SIZES")
done
