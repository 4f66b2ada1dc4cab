#!/usr/bin/env bash
# Does the runs of a grid three ways: as one sweep, each by a "crosspt train" of its own one after another, and two of those at a time with half the threads each.
# Prints the seconds of each and the ratios, a line a round, then the medians; every round begins with another way. What the ways come to must be the same bytes.
# usage: sweep-sharing.sh ROUNDS [GRID]
# The machine must be quiet otherwise. "crosspt" is the build beside this script, or what CROSSPT says.
set -euo pipefail
rounds=$1
top=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
grid=${2:-$top/bench/sweep-sharing.json}
crosspt=${CROSSPT:-dotnet $top/CrossPT.Runner/bin/Release/net10.0/crosspt.dll}
threads=$(nproc)
half=$((threads > 1 ? threads / 2 : 1))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export crosspt half work

# The configuration of every run, as a sweep writes it down; this first sweep also warms the caches, and is not timed.
$crosspt sweep "$grid" --out "$work/first" --quiet > /dev/null
mkdir "$work/configurations"
/usr/bin/python3 - "$work/first/configurations.jsonl" "$work/configurations" <<'PY'
import json, pathlib, sys
for line in open(sys.argv[1]):
    run = json.loads(line)
    (pathlib.Path(sys.argv[2]) / (run["name"] + ".json")).write_text(json.dumps(run["configuration"]))
PY

sweep() { $crosspt sweep "$grid" --out "$work/sweep" --quiet > /dev/null; }
one() { for file in "$work"/configurations/*; do $crosspt train "$file" --out "$work/one/runs/$(basename "$file" .json)" --quiet > /dev/null; done; }
two() {
    find "$work/configurations" -name '*.json' -print0 | xargs -0 -P 2 -I{} bash -c '$crosspt train "$1" --out "$work/two/runs/$(basename "$1" .json)" --threads $half --quiet > /dev/null' _ {}
}

ways=(sweep one two)
declare -A seconds
for round in $(seq "$rounds"); do
    for i in 0 1 2; do
        way=${ways[$(((round - 1 + i) % 3))]}
        rm -rf "${work:?}/$way"
        start=$(date +%s.%N)
        $way
        seconds[$way]=$(echo "$(date +%s.%N) - $start" | bc)
    done
    for way in sweep one two; do
        for run in "$work"/first/runs/*; do cmp "$run/prompts.safetensors" "$work/$way/runs/$(basename "$run")/prompts.safetensors"; done
    done
    echo "${seconds[sweep]} ${seconds[one]} ${seconds[two]}"
done | /usr/bin/python3 -uc '
import statistics, sys
one, two = [], []
for line in sys.stdin:
    a, b, c = map(float, line.split())
    one.append(a / b)
    two.append(a / c)
    print(f"one sweep {a:6.1f} s   one after another {b:6.1f} s, ratio {a / b:.3f}   two at a time {c:6.1f} s, ratio {a / c:.3f}")
if one: print(f"median ratios over {len(one)} rounds: {statistics.median(one):.3f} to one after another, {statistics.median(two):.3f} to two at a time")'
