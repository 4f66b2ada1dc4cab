using System.Text.Json;

namespace CrossPT.Runner.Tests.Commands;

public sealed class BenchStepCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Json_HasTheKeysOfTheSpecification()
    {
        CliRun run = Bench("--source", "6", "--json");
        Assert.Equal(0, run.Code);
        Assert.Equal(
            [
                "forward_ms", "backward_ms", "step_ms", "tokens_per_second", "steps", "total_ms", "peak_rss_mb",
                "load_ms"],
            run.Json.EnumerateObject().Select(member => member.Name));
        Assert.All(run.Json.EnumerateObject(), member => Assert.True(member.Value.GetDouble() > 0, member.Name));
        Assert.True(run.Json.GetProperty("steps").GetInt32() >= 5);
    }

    [Fact]
    public void Lengths_GiveEveryWholeBatchOnce()
    {
        JsonElement json = Bench("--lengths", _folder.Write("lengths.txt", "5\n1\n7\n3\n4\n"), "--json").Json;
        Assert.Equal(2, json.GetProperty("steps").GetInt32());
        Assert.True(json.GetProperty("total_ms").GetDouble() >= json.GetProperty("step_ms").GetDouble());
    }

    [Fact]
    public void Text_TellsTheSame() => Assert.Contains("ms a step", Bench("--source", "3").Output);

    [Fact]
    public void Profile_SharesTheStepAmongTheKernels()
    {
        CliRun run = Bench("--source", "6", "--profile", "--json");
        Assert.Equal(0, run.Code);
        JsonElement[] kernels = [.. run.Json.GetProperty("profile").GetProperty("kernels").EnumerateArray()];
        string[] names = [.. kernels.Select(static kernel => kernel.GetProperty("kernel").GetString()!)];
        Assert.Superset(
            new HashSet<string> { "RmsNorm", "AttentionForward", "AttentionBackward", "CrossEntropy" },
            names.ToHashSet());
        Assert.Contains(names, static name => name.StartsWith("LinearTransposed ", StringComparison.Ordinal));
        Assert.InRange(kernels.Sum(static kernel => kernel.GetProperty("share").GetDouble()), 0.01, 1.01);
    }

    [Fact]
    public void Profile_OfText_IsATable() =>
        Assert.Contains("between kernels", Bench("--source", "3", "--profile").Output);

    [Theory]
    [InlineData("5\nx\n", "lengths.txt:2: found 'x'")]
    [InlineData("5\n0\n", "lengths.txt:2: found '0'")]
    [InlineData("5\n-1\n", "lengths.txt:2: found '-1'")]
    [InlineData("5\n99999999999\n", "lengths.txt:2")]
    [InlineData("5\n\n5", "lengths.txt:2: found ''")]
    [InlineData("5", "has 1 lines, expected at least 2")]
    public void Lengths_ThatAreNone_AreBadInput(string text, string words) =>
        Bench("--lengths", _folder.Write("lengths.txt", text)).AssertBadInput(words);

    [Theory]
    [InlineData("", "either --preset or --model")]
    [InlineData("--preset t5-small --model x", "either --preset or --model")]
    [InlineData("--preset t5-smal", "'t5-smal'", "t5-small, t5-base")]
    [InlineData("--preset t5-small --batch 0", "--batch", "'0'")]
    [InlineData("--preset t5-small --prompt -4", "--prompt", "'-4'")]
    [InlineData("--preset t5-small --source 0", "--source", "'0'")]
    [InlineData("--preset t5-small --target 1e9", "--target", "'1e9'")]
    [InlineData("--preset t5-small --precision bf16", "--precision", "fp32")]
    [InlineData("--preset t5-small --precision fp64", "--precision", "'fp64'")]
    [InlineData("--model /none", "/none: no such folder")]
    [InlineData("--preset t5-small --lengths /none", "/none: no such file")]
    public void BadUsage_IsRefused(string options, params string[] words) =>
        CliRun.Of(["bench", "step", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)])
            .AssertBadInput(words);

    private CliRun Bench(params string[] more)
    {
        TinyModel.Write(_folder.FullName);
        return CliRun.Of(
            [
                "bench", "step", "--model", _folder.FullName, "--batch", "2", "--prompt", "3", "--target", "2",
                "--threads", "1", .. more]);
    }
}
