#!/usr/bin/env bash
# Runs everything a CUDA device can show of a published crosspt: conformance, verification, kernels, products, steps; ends with one short table.
# usage: gpu.sh CROSSPT [RESULTS [DEVICE [BENCHMARKS]]]
# CROSSPT is the single file of a publish (dotnet publish -c Release -r linux-x64 CrossPT.Runner); no .NET and no CUDA toolkit are needed,
# only an NVIDIA driver. RESULTS is a folder for every command's output (gpu-results), DEVICE a device (cuda). BENCHMARKS is the program in the folder of another
# publish (dotnet publish -c Release -r linux-x64 --self-contained bench/CrossPT.Benchmarks): with it BenchmarkDotNet times every kernel too, on
# cuda:0, and the versions of the product that bench/CrossPT.Benchmarks/Products keeps, and the PTX is audited with the driver's registers and spills.
set -uo pipefail
crosspt=$(realpath "$1") results=${2:-gpu-results} device=${3:-cuda} benchmarks=${4:+$(realpath "$4")}
top=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$results"
failed=0
table=()

# One command, its output in a file, its last line (or lines, where that is set) in the table; a failure is told there and the rest goes on.
run() { call "$1" "$crosspt" "${@:2}" --device "$device" --quiet; } # NAME arguments…

call() { # NAME command…
    local name=$1 start=$SECONDS code=0
    shift
    "$@" >"$results/$name.txt" 2>"$results/$name.err" || code=$?
    if [ $code -eq 0 ]; then state=ok; else state="FAILED ($code)"; failed=1; fi
    table+=("$(printf '%-34s %-12s %5d s  %s' "$name" "$state" $((SECONDS - start)) "$(tail -n "${lines:-1}" "$results/$name.txt" | paste -sd ' ' | cut -c 1-220)$(head -c 100 "$results/$name.err" | head -n 1)")")
    echo "${table[-1]}" >&2
}

{ date -u; "$crosspt" --version; nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,power.limit --format=csv; } >"$results/machine.txt" 2>&1
run doctor doctor
for precision in fp32 bf16; do
    run "conformance-$precision" doctor --conformance --precision $precision
    for golden in "$top"/tests/fixtures/*/golden.safetensors; do
        folder=$(dirname "$golden")
        # Fixtures of other tests have no model beside them.
        [ -f "$folder/config.json" ] || continue
        run "verify-$(basename "$folder")-$precision" verify --model "$folder" --golden "$golden" --precision $precision
    done
    run "kernels-$precision" bench kernels --precision $precision
    run "gemm-8192-3072-768-$precision" bench gemm --m 8192 --n 3072 --k 768 --precision $precision
    run "gemm-8192-768-3072-t-$precision" bench gemm --m 8192 --n 768 --k 3072 --transposed --precision $precision
    run "gemm-8192-cubed-$precision" bench gemm --m 8192 --n 8192 --k 8192 --precision $precision
    lines=2 run "step-small-8-$precision" bench step --preset t5-small --batch 8 --prompt 100 --source 64 --target 4 --precision $precision
    # Source lengths of texts drawn from GLUE.
    lines=2 run "step-base-32-$precision" bench step --preset t5-base --batch 32 --prompt 100 --lengths "$top/bench/glue-lengths.txt" --target 4 --precision $precision
    # The same mix of lengths at about 8,000 and about 60,000 tokens a batch: 50 and 375 examples.
    for batch in 50 375; do
        for i in $(seq $((batch * 8))); do echo $((20 + (i * 37) % 81)); done >"$results/lengths-$batch.txt"
        lines=2 run "step-base-$batch-$precision" bench step --preset t5-base --batch $batch --prompt 100 --lengths "$results/lengths-$batch.txt" --target 4 --precision $precision
    done
done
if [ -n "$benchmarks" ]; then
    call ptx-audit "$benchmarks" ptx-audit
    call products-bdn "$benchmarks" --filter '*CudaProductBenchmark*' --artifacts "$results/bdn"
    call kernels-bdn "$benchmarks" --filter '*CudaKernelBenchmark*' --artifacts "$results/bdn"
fi
printf '%s\n' "${table[@]}" >"$results/table.txt"
echo
cat "$results/machine.txt"
printf '%s\n' "${table[@]}"
exit $failed
