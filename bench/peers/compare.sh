#!/usr/bin/env bash
# Our prompt-tuning step and LibTorch's in turns, batch 16, 4 target tokens, two threads; one Markdown row a work, with
# medians and ranges of the ratio to the faster of LibTorch's two attentions.
# usage: compare.sh PAIRS [WORK …]    WORK: MODEL:PROMPT:SOURCE, SOURCE a length or a file of lengths
# TORCH_PEER: how to run the peer, where not as published here (LibTorch needs the libstdc++ of GCC 13 or newer).
# MKL runs its AVX2 kernels on other makers' processors, less than half as fast where there is AVX-512: preload a
# library whose mkl_serv_intel_cpu_true returns 1 to measure against its best.
set -euo pipefail
top=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
pairs=$1
shift
[ $# -gt 0 ] || set -- small:100:28 base:100:28 base:100:128 "small:10:$top/bench/glue-lengths.txt"
crosspt=${CROSSPT:-dotnet $top/CrossPT.Runner/bin/Release/net10.0/crosspt.dll}
if [ -z "${TORCH_PEER:-}" ]; then
    dotnet publish -c Release --self-contained -v q -nologo -o "$top/bench/peers/bin" "$top/bench/peers/CrossPT.TorchPeer" >&2
    TORCH_PEER=$top/bench/peers/bin/CrossPT.TorchPeer
fi
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-2}
# LibTorch keeps its memory between steps, as ours does.
export MALLOC_MMAP_THRESHOLD_=8589934592 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
echo "| work | ours, ms a step | eager | fused | ratio to the faster | memory, ours | LibTorch |"
echo "|---|---|---|---|---|---|---|"
for work in "$@"; do
    IFS=: read -r model prompt source <<<"$work"
    more=() length=$source
    if [ -f "$source" ]; then more=(--lengths "$source") length=1; fi
    : >"$lines"
    for _ in $(seq "$pairs"); do
        $crosspt bench step --preset "t5-$model" --batch 16 --prompt "$prompt" --source "$length" --target 4 \
            --threads "$OMP_NUM_THREADS" --json --quiet "${more[@]}" >>"$lines"
        $TORCH_PEER step "$model" 16 "$prompt" "$length" 4 "${more[@]}" >>"$lines"
        $TORCH_PEER step "$model" 16 "$prompt" "$length" 4 --sdpa "${more[@]}" >>"$lines"
    done
    /usr/bin/python3 - "$lines" "t5-$model, $prompt + $(basename "$source")" <<'PYTHON'
import json, statistics, sys
runs = [json.loads(line) for line in open(sys.argv[1])]
# Batches of one size are compared by their median step, batches of a file by the time of all.
key = "total_ms" if len({run["steps"] for run in runs}) == 1 and runs[0]["steps"] > 5 else "step_ms"
ours, eager, fused = ([run[key] for run in runs[i::3]] for i in range(3))
ratios = [a / min(b, c) for a, b, c in zip(ours, eager, fused)]
span = lambda values: f"{statistics.median(values):.0f} ({min(values):.0f} – {max(values):.0f})"
memory = lambda *which: max(run["peak_rss_mb"] for i in which for run in runs[i::3])
lesser = min(memory(1), memory(2))
print(f"| {sys.argv[2]} | {span(ours)} | {span(eager)} | {span(fused)} | {statistics.median(ratios):.2f} "
      f"({min(ratios):.2f} – {max(ratios):.2f}) | {memory(0):.0f} MB | {lesser:.0f} MB |")
PYTHON
done
