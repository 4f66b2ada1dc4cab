#!/usr/bin/env bash
# Examples a second of ranking two labels with t5-base: ours (input order, batch 32) beside LibTorch's, whose batches are
# sorted by length and padded, at its best of several batch sizes and of both attentions; in turns.
# usage: predict.sh PAIRS ROWS [PROMPT]       source lengths like RTE's: log-normal, median 66, 20 to 256
# TORCH_PEER as for compare.sh; TORCH_BATCHES: batch sizes to try (8 16 32 64)
set -euo pipefail
pairs=$1 rows=$2 prompt=${3:-10}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-2}
export MALLOC_MMAP_THRESHOLD_=8589934592 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456
lengths=$(/usr/bin/python3 -c "
import math, random
random.seed(1)
for _ in range($rows): print(max(20, min(256, round(math.exp(random.gauss(math.log(66), 0.45))))))")
rate() { "$@" <<<"$lengths" | sed 's/.*"examples_per_second":\([0-9.]*\).*/\1/'; }
for _ in $(seq "$pairs"); do
    ours=$(rate $TORCH_PEER predict base 32 "$prompt" --ours)
    theirs=0 best=
    for batch in ${TORCH_BATCHES:-8 16 32 64}; do
        for attention in "" --sdpa; do
            one=$(rate $TORCH_PEER predict base "$batch" "$prompt" $attention)
            if awk "BEGIN { exit !($one > $theirs) }"; then theirs=$one best="batch $batch ${attention:-eager}"; fi
        done
    done
    awk -v a="$ours" -v b="$theirs" -v w="$best" \
        'BEGIN { printf "ours %.2f   LibTorch %.2f (%s) examples a second   ratio %.2f\n", a, b, w, a / b }'
done
