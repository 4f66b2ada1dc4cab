#!/usr/bin/env bash
# Runs everything a CUDA device can show of a published crosspt: conformance, verification, kernels, products, steps,
# the first step with and without cached kernels, the demo on both devices. A part that fails is reported and the next
# one runs; the end is one table, and an archive of all output to bring home.
#
# usage: gpu.sh CROSSPT [RESULTS [DEVICE [BENCHMARKS]]]
#
# CROSSPT is the single file of a publish (dotnet publish -c Release -r linux-x64 CrossPT.Runner): no .NET and no CUDA
# toolkit are needed, only an NVIDIA driver; where cuBLAS is installed, the products are measured beside it. RESULTS is
# a folder for every command's output (gpu-results), DEVICE a device (cuda). BENCHMARKS is the program in the folder of
# another publish (dotnet publish -c Release -r linux-x64 --self-contained bench/CrossPT.Benchmarks): with it
# BenchmarkDotNet times every kernel too, on cuda:0, and the PTX is audited with the driver's registers and spills.
#
# GPU_REHEARSAL=TESTKIT, the path of CrossPT.TestKit.dll, rehearses all of it without a card, at small sizes, on the
# tests' emulated driver: what computes nothing but times does so on a card that computes nothing. CROSSPT is then the
# program of a build (CrossPT.Runner/bin/Release/net10.0/crosspt): a published file, trimmed, loads no startup hook.
set -uo pipefail
[ $# -ge 1 ] && [ -x "$1" ] || { echo "gpu.sh: expected the crosspt program, found '${1:-nothing}'" >&2; exit 2; }
crosspt=$(realpath "$1") results=${2:-gpu-results} device=${3:-cuda} benchmarks=${4:+$(realpath "$4")}
top=$(cd "$(dirname "$0")/.." && pwd)
rehearsal=${GPU_REHEARSAL:+$(realpath "$GPU_REHEARSAL")}
mkdir -p "$results"
results=$(realpath "$results")
failed=0
table=()

# One command, its output in a file, its last line (or lines, where that is set) in the table.
run() { call "$1" "$crosspt" "${@:2}" --device "${on:-$device}" --quiet; } # NAME arguments…

call() { # NAME command…
    local name=$1 start=$SECONDS code=0 state=ok
    shift
    if [ -n "$rehearsal" ]; then
        DOTNET_STARTUP_HOOKS=$rehearsal CROSSPT_CARD=${card:-idle} CROSSPT_CARD_MEMORY=16384 \
            "$@" >"$results/$name.txt" 2>"$results/$name.err" || code=$?
    else
        "$@" >"$results/$name.txt" 2>"$results/$name.err" || code=$?
    fi
    [ $code -eq 0 ] || { state="FAILED ($code)"; failed=$((failed + 1)); }
    table+=("$(printf '%-34s %-12s %5d s  %s' "$name" "$state" $((SECONDS - start)) "$(tail -n "${lines:-1}" \
        "$results/$name.txt" | paste -sd ' ' | cut -c 1-220)$(head -n 1 "$results/$name.err" | head -c 200)")")
    echo "${table[-1]}" >&2
}

# The sizes of a measurement; a rehearsal's.
size() { if [ -n "$rehearsal" ]; then echo "${*:2}"; else echo "$1"; fi; } # REAL SMALL…

{
    date -u
    "$crosspt" --version
    git -C "$top" rev-parse HEAD
    nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,power.limit --format=csv
} >"$results/machine.txt" 2>&1
run doctor doctor
for precision in fp32 bf16 fp32-split; do
    if [ -z "$rehearsal" ]; then run "conformance-$precision" doctor --conformance --precision $precision; fi
    for golden in "$top"/tests/fixtures/*/golden.safetensors; do
        folder=$(dirname "$golden")
        # Fixtures of other tests have no model beside them.
        [ -f "$folder/config.json" ] || continue
        if [ -n "$rehearsal" ] && [ "$(basename "$folder")" != tiny_v10 ]; then continue; fi
        card=emulated run "verify-$(basename "$folder")-$precision" verify --model "$folder" --golden "$golden" \
            --precision $precision
    done
    run "kernels-$precision" bench kernels --precision $precision $(size "" --preset t5-small --rows 64)
    run "gemm-8192-3072-768-$precision" bench gemm --m 8192 --n 3072 --k 768 --precision $precision
    run "gemm-8192-768-3072-t-$precision" bench gemm --m 8192 --n 768 --k 3072 --transposed --precision $precision
    cube=$(size 8192 512)
    run "gemm-cubed-$precision" bench gemm --m $cube --n $cube --k $cube --precision $precision
    lines=2 run "step-small-8-$precision" bench step --preset t5-small --batch 8 --prompt 100 --source 64 --target 4 \
        --precision $precision
    # Source lengths of texts drawn from GLUE.
    lines=2 run "step-base-32-$precision" bench step --preset $(size t5-base t5-small) --batch $(size 32 256) \
        --prompt 100 --lengths "$top/bench/glue-lengths.txt" --target 4 --precision $precision
    # The same mix of lengths at about 8,000 and about 60,000 tokens a batch: 50 and 375 examples.
    for batch in $(size "50 375" 8); do
        for i in $(seq $((batch * 8))); do echo $((20 + (i * 37) % 81)); done >"$results/lengths-$batch.txt"
        lines=2 run "step-base-$batch-$precision" bench step --preset $(size t5-base t5-small) --batch $batch \
            --prompt 100 --lengths "$results/lengths-$batch.txt" --target 4 --precision $precision
    done
    # A process's first step: load_ms runs to its start, total_ms holds the kernels that were not compiled before.
    cache=$(mktemp -d)
    for state in cold warm; do
        CROSSPT_CACHE=$cache run "first-step-$state-$precision" bench step --preset t5-small --batch 1 --prompt 100 \
            --source 32 --target 4 --precision $precision
    done
    rm -rf "$cache"
done
if [ -n "$rehearsal" ]; then
    # A demo takes the emulator hours: what is rehearsed is that a part that fails does not end the script.
    run demo-cuda demo --out "$results/demo-cuda" --no-such-option
else
    lines=20 on=cpu run demo-cpu demo --out "$results/demo-cpu"
    lines=20 run demo-cuda demo --out "$results/demo-cuda"
fi
if [ -n "$benchmarks" ]; then
    call ptx-audit "$benchmarks" ptx-audit
    call products-bdn "$benchmarks" --filter '*CudaProductBenchmark*' --artifacts "$results/bdn"
    call kernels-bdn "$benchmarks" --filter '*CudaKernelBenchmark*' --artifacts "$results/bdn"
fi
{
    cat "$results/machine.txt"
    printf '%s\n' "${table[@]}"
    echo "${#table[@]} parts, $failed failed"
} >"$results/table.txt"
tar -czf "$results.tar.gz" -C "$(dirname "$results")" "$(basename "$results")"
echo
cat "$results/table.txt"
echo "gpu.sh: bring home $results.tar.gz" >&2
[ $failed -eq 0 ]
