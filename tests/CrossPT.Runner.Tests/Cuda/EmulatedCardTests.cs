using System.Globalization;
using System.Text.Json;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;
using CrossPT.TestKit.Cuda.Driver;

namespace CrossPT.Runner.Tests.Cuda;

/// <summary>
/// The command line on an emulated card: from the driver's library to the numbers, everything but the card itself is
/// what runs on a real one.
/// </summary>
public sealed class EmulatedCardTests : IDisposable
{
    private static readonly string[] s_benchGemm =
        ["bench", "gemm", "--m", "17", "--n", "24", "--k", "40", "--device", "cuda", "--json"];

    private readonly TempFolder _folder = new();

    [EmulatedFact]
    public void Doctor_TellsOfTheCard()
    {
        JsonElement json = Done([], "doctor", "--json").Json, card = json.GetProperty("devices")[1];
        Assert.Equal(
            ("cuda:0", "Emulated card", "9.0", 1024, "12.4"),
            (card.GetProperty("name").GetString(), card.GetProperty("description")
                .GetString(), card.GetProperty("compute_capability").GetString(),
                card.GetProperty("memory_mb").GetInt32(), json.GetProperty("cuda_driver").GetString()));
    }

    [EmulatedFact]
    public void Doctor_DriverThatDoesNotWork_TellsWhatItSays()
    {
        JsonElement json = Done(new() { ["INIT"] = "803" }, "doctor", "--json").Json;
        Assert.Equal(1, json.GetProperty("devices").GetArrayLength());
        Assert.Equal(
            "system has unsupported display driver / cuda driver combination (error 803)",
            json.GetProperty("cuda_driver_fault").GetString());
    }

    // With processors to spare, where large kernels are compiled ahead by other threads: a command that needs few of
    // them, and one that waits for some.
    [EmulatedFact]
    public void BenchGemm_KernelsCompiledAhead_Measures()
    {
        JsonElement json = Done(
            new() { ["PROCESSORS"] = "4" }, "bench", "gemm", "--m", "17", "--n", "24", "--k", "40", "--device", "cuda",
            "--json").Json;
        Assert.InRange(
            json.GetProperty("gflops_median").GetDouble(), double.Epsilon, json.GetProperty("gflops_max").GetDouble());
        // NVIDIA's libraries are not here, which is no failure.
        foreach (string part in (string[])["cublas", "clocks"])
            Assert.Contains("not available", json.GetProperty(part).GetProperty("absent").GetString());
    }

    // By the threads that compile ahead, and by the one that launches.
    [EmulatedFact]
    public void BenchStep_SecondProcess_CompilesNothing()
    {
        string cache = Path.Combine(_folder.FullName, "cache");
        Assert.InRange(CompilationsOf(cache, "4"), 20, 60);
        Assert.Equal(0, CompilationsOf(cache, "4"));
        Assert.Equal(0, CompilationsOf(cache, "1"));

        foreach (string entry in Directory.GetFiles(cache, "*.ptx", SearchOption.AllDirectories).Order().Take(2))
            File.WriteAllText(entry, "broken");
        Assert.Equal(2, CompilationsOf(cache, "4"));
        Assert.Equal(0, CompilationsOf(cache, "4"));
    }

    [EmulatedFact]
    public void BenchGemm_CacheThatCannotBe_CompilesEachTime()
    {
        string cache = _folder.Write("file", "");
        string log = Path.Combine(_folder.FullName, "log");
        Done(new() { ["CACHE"] = cache, ["LOG"] = log }, s_benchGemm);
        Assert.InRange(CompilationsIn(log), 1, 60);
    }

    // In several orders: numbers that hang on one nobody asked for are wrong in another.
    [EmulatedTheory]
    [InlineData("fp32", "KernelsFirst", "prompt.", "4")]
    [InlineData("bf16", "CopiesFirst", "prompt.f64", "1")]
    [InlineData("fp32-split", "KernelsFirst", "prompt.f64", "1")]
    public void Verify_OnTheCard_Passes(string precision, string order, string results, string processors)
    {
        string model = RepositoryFolder.PathOf("tests/fixtures/tiny_v10");
        string golden = WithResults(Path.Combine(model, "golden.safetensors"), results);
        CliRun run = Done(
            new() { ["ORDER"] = order, ["PROCESSORS"] = processors }, "verify", "--model", model, "--golden", golden,
            "--device", "cuda", "--precision", precision, "--json");
        Assert.True(run.Json.GetProperty("passed").GetBoolean());
    }

    [EmulatedFact]
    public void Train_WhateverComesFirst_SameBitsAndLabels()
    {
        string configuration = TinyRun.WriteConfiguration(_folder);
        string kernels = Path.Combine(_folder.FullName, "kernels");
        string copies = Path.Combine(_folder.FullName, "copies");
        string[] train =
        [
            "train", configuration, "--set", "training.steps=2", "--set", "evaluation.examples=2", "--device", "cuda",
            "--quiet", "--out",
        ];
        Done(new() { ["ORDER"] = "KernelsFirst" }, [.. train, kernels]);
        Done(new() { ["ORDER"] = "CopiesFirst" }, [.. train, copies]);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(kernels, "prompts.safetensors")),
            File.ReadAllBytes(Path.Combine(copies, "prompts.safetensors")));

        string rows = _folder.Write("rows.jsonl", "{\"sentence1\": \"a note\", \"sentence2\": \"a note\"}\n");
        string[] predict = ["predict", "--run", kernels, "--task", "rte", "--input", rows, "--device"];
        JsonElement predicted = Done([], [.. predict, "cuda"]).Json, expected = CliRun.Of([.. predict, "cpu"]).Json;
        Assert.Equal(expected.GetProperty("prediction").GetString(), predicted.GetProperty("prediction").GetString());
        Assert.Equal(
            expected.GetProperty("probability").GetDouble(), predicted.GetProperty("probability").GetDouble(), 1e-4);
    }

    [EmulatedTheory]
    [InlineData("DEVICES", "1", "cuda:9", "fp32", "cuda:9: no such device, expected cuda:0")]
    [InlineData("DEVICES", "2", "cuda:9", "fp32", "cuda:9: no such device, expected cuda:0 to cuda:1")]
    [InlineData("DEVICES", "0", "cuda", "fp32", "cuda:0: the NVIDIA driver shows no device")]
    [InlineData(
        "INIT", "100", "cuda", "fp32",
        "cuda:0: the NVIDIA driver does not work: no CUDA-capable device is detected (error 100)")]
    [InlineData(
        "DRIVER", "8000", "cuda", "fp32",
        "cuda:0: the driver, CUDA 8.0, or the device, Emulated card, is too old or unknown to ILGPU 1.5.3")]
    [InlineData("CAPABILITY", "21", "cuda", "fp32", "is too old or unknown to ILGPU 1.5.3")]
    [InlineData(
        "CAPABILITY", "75", "cuda", "bf16",
        "--precision bf16 on Emulated card of compute capability 7.5, expected 8.0 or higher")]
    [InlineData(
        "CAPABILITY", "75", "cuda", "fp32-split",
        "--precision fp32-split on Emulated card of compute capability 7.5, expected 8.0 or higher")]
    public void Device_ThatCannotBeUsed_IsBadInput(
        string setting, string value, string device, string precision, string message)
        => CardProcess.Run(
            new() { [setting] = value }, "bench", "gemm", "--m", "8", "--n", "8", "--k", "8", "--device", device,
            "--precision", precision)
            .AssertBadInput(message);

    [EmulatedTheory]
    [InlineData(
        "FAULT", "cuda:0: a kernel or a copy failed in or before kernel ", "an illegal memory access was encountered")]
    [InlineData("REFUSED", "cuda:0: launching kernel ", " failed: too many resources requested for launch")]
    public void Train_LaunchThatFails_NamesTheKernelInOneLine(string setting, string message, string reason)
    {
        CliRun run = CardProcess.Run(
            new() { [setting] = "9" }, "train", TinyRun.WriteConfiguration(_folder), "--device", "cuda", "--quiet",
            "--out", Path.Combine(_folder.FullName, "run"));
        Assert.Equal((1, ""), (run.Code, run.Output));
        run.AssertOneLine(message, reason);
    }

    [EmulatedTheory]
    [InlineData("1")]
    [InlineData("4")]
    public void BenchGemm_ModuleThatHasNoRoomAtFirst_IsLoadedAfterThePoolGaveBackWhatItDoesNotUse(string processors)
        => Done(new() { ["FULL"] = "1", ["PROCESSORS"] = processors }, s_benchGemm);

    [EmulatedTheory]
    [InlineData("1")]
    [InlineData("4")]
    public void BenchGemm_ModuleThatHasNoRoom_IsOutOfMemoryAndNamesTheKernel(string processors)
    {
        CliRun run = CardProcess.Run(new() { ["FULL"] = "1000", ["PROCESSORS"] = processors }, s_benchGemm);
        Assert.Equal((1, ""), (run.Code, run.Output));
        run.AssertOneLine("out of memory: cuda:0: kernel ", " does not load; ", "are held", "are free on the device");
    }

    [EmulatedFact]
    public void BenchGemm_KernelThatAThreadCannotLoad_SaysWhatTheDriversCompilerSays()
    {
        CliRun run = CardProcess.Run(new() { ["UNLOADABLE"] = "Kernel_", ["PROCESSORS"] = "4" }, s_benchGemm);
        Assert.Equal((1, ""), (run.Code, run.Output));
        run.AssertOneLine("cuda:0: kernel ", " does not load, CUDA_ERROR_INVALID_PTX: ptxas fatal: as was asked for");
    }

    [EmulatedFact]
    public void Train_KernelThatDoesNotLoad_SaysWhatTheDriversCompilerSays()
    {
        CliRun run = CardProcess.Run(
            new() { ["UNLOADABLE"] = "CrossEntropy" }, "train", TinyRun.WriteConfiguration(_folder), "--device", "cuda",
            "--quiet", "--out", Path.Combine(_folder.FullName, "run"));
        Assert.Equal((1, ""), (run.Code, run.Output));
        run.AssertOneLine(
            "cuda:0: kernel CudaLoss.CrossEntropyRow does not load, CUDA_ERROR_INVALID_PTX: ptxas fatal: as was asked "
                + "for");
    }

    // An idle card, for nothing needs to be computed to run out of memory.
    [EmulatedFact]
    public void Train_BatchTooLarge_SaysWhatFits()
    {
        CliRun run = CardProcess.Run(
            new() { ["KIND"] = "idle", ["MEMORY"] = "24" }, "train", TinyRun.WriteConfiguration(_folder, "pt"), "--set",
            "prompt.length=12000",
            "--set", "prompt.private.start=uniform", "--device", "cuda", "--quiet", "--out",
            Path.Combine(_folder.FullName, "run"));
        Assert.True(run.Code == 1 && run.Output.Length == 0, run.Error);
        run.AssertOneLine(
            "out of memory: step 1: a batch of 4 examples", "does not fit", "MiB were asked for", "are in use",
            "are held", "are free on the device");
    }

    [EmulatedFact]
    public void BenchStep_OnAnIdleCard_TellsOfItsMemory()
    {
        string model = RepositoryFolder.PathOf("tests/fixtures/tiny_v10");
        JsonElement json = Done(
            new() { ["KIND"] = "idle" }, "bench", "step", "--model", model, "--batch", "2", "--prompt", "3", "--source",
            "5", "--device", "cuda", "--json").Json;
        Assert.InRange(json.GetProperty("steps").GetInt32(), 5, 100);
        Assert.InRange(json.GetProperty("peak_device_mb").GetDouble(), 8, 64);
    }

    // Of a batch the loss of every target and their sum; of a step the norms of the gradients and whether the new
    // values are finite. "pt" has a batch for each of its two tasks. Of the router, nothing but what router.jsonl
    // takes: in every step of so short a run, or where an evaluation is due, here after the last.
    [EmulatedFact]
    public void Train_AStep_ReadsBackLossesNormsAndNothingElse()
    {
        (double copies, double bytes) = ReadBacksOfAStep("pt");
        Assert.Equal(6, copies);
        Assert.InRange(bytes, 1, 512);
        (double routed, double routedBytes) = ReadBacksOfAStep("crosspt-evidence");
        Assert.Equal(4 + 2, routed);
        Assert.InRange(routedBytes, 1, 512);
        (double between, _) = ReadBacksOfAStep(
            "crosspt-evidence", "--set", "training.evaluateEvery={0}", "--set", "tasks[0].train=more.jsonl", "--set",
            "tasks[1].train=more.jsonl");
        Assert.Equal(4, between);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// What two runs that differ in two steps differ in, by step; {0} in an option is the number of steps.
    /// </summary>
    private (double Copies, double Bytes) ReadBacksOfAStep(string method, params string[] options)
    {
        (int copies, long bytes) = ReadBacks(method, steps: 1, options);
        (int moreCopies, long moreBytes) = ReadBacks(method, steps: 3, options);
        return ((moreCopies - copies) / 2.0, (moreBytes - bytes) / 2.0);
    }

    private (int Copies, long Bytes) ReadBacks(string method, int steps, string[] options)
    {
        string run = Path.Combine(_folder.FullName, $"{method}-{steps}-{options.Length}"), log = run + ".log";
        _folder.Write("more.jsonl", string.Concat(Enumerable.Range(1, 24).Select(static i =>
            $$"""{"sentence1": "{{new string('o', i)}}", "sentence2": "a note", "label": {{i % 2}}}""" + "\n")));
        Done(
            new() { ["LOG"] = log },
            [
                "train", TinyRun.WriteConfiguration(_folder, method), "--set", $"training.steps={steps}", "--device",
                "cuda", "--quiet", "--out", run,
                .. options.Select(option => string.Format(CultureInfo.InvariantCulture, option, steps)),
            ]);
        long[] sizes =
        [
            .. File.ReadLines(log).Select(static line => line.Split('\t'))
                .Where(static line => line[1] == "cuMemcpyAsync"
                    && line[2].StartsWith("Device to", StringComparison.Ordinal)
                    && !line[2].StartsWith("Device to Device", StringComparison.Ordinal))
                .Select(static line => long.Parse(line[2].Split(", ")[1], CultureInfo.InvariantCulture)),
        ];
        return (sizes.Length, sizes.Sum());
    }

    /// <summary>The golden file with its inputs and only those results whose names begin so.</summary>
    private string WithResults(string golden, string results)
    {
        using ITensorSource file = SafetensorsFile.Open(golden);
        SafetensorsWriter writer = new();
        foreach (TensorEntry entry in file.Entries)
        {
            if (entry.Name.Contains('.', StringComparison.Ordinal)
                && !entry.Name.StartsWith(results, StringComparison.Ordinal)) continue;
            byte[] bytes = new byte[entry.ByteLength];
            file.Read(entry, 0, bytes);
            writer.Add(entry.Name, entry.DType, entry.Shape, bytes);
        }
        string path = Path.Combine(_folder.FullName, "golden.safetensors");
        writer.Save(path);
        return path;
    }

    private int CompilationsOf(string cache, string processors)
    {
        string model = RepositoryFolder.PathOf("tests/fixtures/tiny_v10"), log = Path.Combine(_folder.FullName, "log");
        Dictionary<string, string> card = new()
        {
            ["KIND"] = "idle",
            ["CACHE"] = cache,
            ["LOG"] = log,
            ["PROCESSORS"] = processors,
        };
        Done(
            card, "bench", "step", "--model", model, "--batch", "2", "--prompt", "3", "--source", "5",
            "--device", "cuda", "--json");
        return CompilationsIn(log);
    }

    private static int CompilationsIn(string log)
    {
        string[] last = File.ReadLines(log).Last().Split('\t');
        Assert.Equal(CardLog.Compilations, last[1]);
        return int.Parse(last[2], CultureInfo.InvariantCulture);
    }

    private static CliRun Done(Dictionary<string, string> card, params string[] args)
    {
        CliRun run = CardProcess.Run(card, args);
        Assert.True(run.Code == 0, run.Error + run.Output);
        return run;
    }
}
