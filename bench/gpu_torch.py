"""PyTorch and Hugging Face's T5 on a CUDA device at the sizes of bench/gpu.sh: prompt-tuning steps, products, a large copy.

usage: gpu_torch.py [--steps N] > torch.json     needs torch and transformers; weights are random, nothing is downloaded.
One JSON line a measurement. Steps: the model is frozen, a soft prompt of 100 rows goes before every example, AdamW steps it; float32 without TF32, and
autocast to bfloat16. A batch of ragged lengths is padded to its longest, as PyTorch computes it.
"""
import argparse
import json
import pathlib
import statistics

import torch
import torch.nn.functional as F
from transformers import T5Config, T5ForConditionalGeneration

SIZES = {
    "t5-small": dict(d_model=512, d_ff=2048, num_heads=8, num_layers=6, d_kv=64),
    "t5-base": dict(d_model=768, d_ff=3072, num_heads=12, num_layers=12, d_kv=64),
    "t5-large": dict(d_model=1024, d_ff=4096, num_heads=16, num_layers=24, d_kv=64),
}


def say(**values):
    print(json.dumps(values), flush=True)


def seconds(work, calls=20, samples=15):
    """Median time of a call on the device's own clock, calls launched one after the other."""
    for _ in range(3):
        work()
    times = []
    for _ in range(samples):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        for _ in range(calls):
            work()
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end) / 1e3 / calls)
    return statistics.median(times)


def product(m, n, k, dtype):
    x, w = torch.randn(m, k, device="cuda", dtype=dtype), torch.randn(n, k, device="cuda", dtype=dtype)
    t = seconds(lambda: F.linear(x, w))
    say(what="gemm", m=m, n=n, k=k, dtype=str(dtype), microseconds=t * 1e6, tflops=2 * m * n * k / t / 1e12)


def copy():
    x = torch.empty(1 << 28, device="cuda")
    y = torch.empty_like(x)
    t = seconds(lambda: y.copy_(x))
    say(what="copy", bytes=2 * x.numel() * 4, gb_per_second=2 * x.numel() * 4 / t / 1e9)


class Step:
    """One prompt-tuning step of a frozen T5."""

    def __init__(self, size, prompt_rows):
        torch.manual_seed(0)
        config = T5Config(vocab_size=32128, dropout_rate=0.0, **SIZES[size])
        self.model = T5ForConditionalGeneration(config).cuda().eval()
        for parameter in self.model.parameters():
            parameter.requires_grad_(False)
        self.prompt = torch.nn.Parameter(torch.randn(prompt_rows, config.d_model, device="cuda") * 0.5)
        self.optimizer = torch.optim.AdamW([self.prompt], lr=0.3)

    def run(self, lengths, target, autocast):
        rows, longest, prompt_rows = len(lengths), max(lengths), self.prompt.shape[0]
        ids = torch.randint(2, 32000, (rows, longest), device="cuda")
        labels = torch.randint(2, 32000, (rows, target), device="cuda")
        mask = torch.arange(longest, device="cuda")[None, :] < torch.tensor(lengths, device="cuda")[:, None]
        mask = torch.cat([torch.ones(rows, prompt_rows, dtype=torch.bool, device="cuda"), mask], 1).long()
        with torch.autocast("cuda", torch.bfloat16, enabled=autocast):
            embeddings = torch.cat([self.prompt[None].expand(rows, -1, -1), self.model.shared(ids)], 1)
            loss = self.model(inputs_embeds=embeddings, attention_mask=mask, labels=labels).loss
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)


def step(size, batches, target, autocast, steps, name):
    work = Step(size, 100)
    for lengths in batches[:2] * 2:
        work.run(lengths, target, autocast)
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    times = []
    for i in range(max(steps, len(batches))):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        work.run(batches[i % len(batches)], target, autocast)
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end))
    say(what="step", name=name, precision="bf16" if autocast else "fp32", step_ms=statistics.median(times), steps=len(times),
        max_memory_allocated_mb=torch.cuda.max_memory_allocated() / 2**20)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=20)
    arguments = parser.parse_args()
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    say(what="machine", device=torch.cuda.get_device_name(), torch=torch.__version__, cuda=torch.version.cuda)
    copy()
    for dtype in (torch.float32, torch.bfloat16):
        for m, n, k in ((8192, 3072, 768), (8192, 768, 3072), (8192, 8192, 8192)):
            product(m, n, k, dtype)
        # What "bench kernels" times: linear layers, the feed-forward's second product, the head.
        for size in SIZES.values():
            width, inner = size["d_model"], size["d_ff"]
            for m, n, k in ((8192, width, width), (8192, width, inner), (8192, inner, width), (160, 32128, width)):
                product(m, n, k, dtype)
    glue = [int(line) for line in (pathlib.Path(__file__).parent / "glue-lengths.txt").read_text().split()]
    for autocast in (False, True):
        step("t5-small", [[64] * 8], 4, autocast, arguments.steps, "step-small-8")
        step("t5-base", [glue[i:i + 32] for i in range(0, len(glue), 32)], 4, autocast, arguments.steps, "step-base-32")
        for batch in (50, 375):
            ragged = [20 + (i * 37) % 81 for i in range(1, batch * 8 + 1)]
            step("t5-base", [ragged[i:i + batch] for i in range(0, len(ragged), batch)], 4, autocast, arguments.steps, f"step-base-{batch}")


if __name__ == "__main__":
    main()
