#!/usr/bin/env bash
# Runs our prompt-tuning step and PyTorch's at the same work, one process after the other, and prints a line a pair and the median ratios.
# usage: side-by-side.sh PAIRS small|base PROMPT SOURCE [--lengths FILE]
# PEERS: the folder that holds torch.sh (PyTorch) and is described in its README. The machine must be quiet otherwise.
set -euo pipefail
pairs=$1 size=$2 prompt=$3 source=$4
shift 4
top=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
peers=${PEERS:-$top/../shared/peers}
crosspt="dotnet $top/CrossPT.Runner/bin/Release/net10.0/crosspt.dll"
ratios=$(mktemp)
trap 'rm -f "$ratios"' EXIT
for _ in $(seq "$pairs"); do
    ours=$($crosspt bench step --preset "t5-$size" --batch 16 --prompt "$prompt" --source "$source" --target 4 --json --quiet "$@")
    theirs=$("$peers/torch.sh" "$size" 16 "$prompt" "$source" 4 "$@")
    printf '%s\n%s\n' "$ours" "$theirs" | /usr/bin/python3 -c '
import json, sys
a, b = (json.loads(line) for line in sys.stdin.read().strip().splitlines())
print("ours {:7.0f} ms a step, {:8.0f} ms in all, {:5.0f} MB   PyTorch {:7.0f} ms, {:8.0f} ms, {:5.0f} MB   step {:.3f}   total {:.3f}".format(
    a["step_ms"], a["total_ms"], a["peak_rss_mb"], b["step_ms"], b["total_ms"], b["peak_rss_mb"], a["step_ms"] / b["step_ms"], a["total_ms"] / b["total_ms"]))' | tee -a "$ratios"
done
awk '{ s[NR] = $(NF - 2); t[NR] = $NF } END { asort_n(s, NR); asort_n(t, NR); printf "median ratio: step %.3f, total %.3f over %d pairs\n", s[int((NR + 1) / 2)], t[int((NR + 1) / 2)], NR }
function asort_n(a, n,   i, j, x) { for (i = 2; i <= n; i++) { x = a[i]; for (j = i - 1; j > 0 && a[j] + 0 > x + 0; j--) a[j + 1] = a[j]; a[j + 1] = x } }' "$ratios"
