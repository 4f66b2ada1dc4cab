using CrossPT.Runner.Cli;
using CrossPT.Runner.Experiments.Sweeps.Slurm;

namespace CrossPT.Runner.Tests.Experiments.Sweeps;

public sealed class SlurmOptionsTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("  -p  short --time=60 ", "-p|short|--time=60")]
    [InlineData("--comment=\"two words\" --account='a b'", "--comment=two words|--account=a b")]
    [InlineData("--comment=\"say \\\"so\\\"\"", "--comment=say \"so\"")]
    [InlineData("--comment=a\\ b", "--comment=a b")]
    [InlineData("--comment='$(touch x); `y` \\'", "--comment=$(touch x); `y` \\")]
    [InlineData("--comment=\"\"", "--comment=")]
    [InlineData("-A ''", "-A|")]
    public void Parse_IsAShellsWords_WithNothingExpanded(string text, string words) =>
        Assert.Equal(words, string.Join('|', SlurmOptions.Parse(text)));

    [Theory]
    [InlineData("--comment='open", "a ' is not closed")]
    [InlineData("--array=0-3", "found --array, which the sweep says itself; --jobs limits")]
    [InlineData("-p x -a0-3", "which the sweep says itself")]
    [InlineData("--wrap=ls", "found --wrap")]
    [InlineData("-D /", "found -D")]
    [InlineData("short", "found 'short', expected options of sbatch")]
    [InlineData("-p x -- y", "found --,")]
    [InlineData("-p\u0001x", "control character")]
    public void Parse_RefusesWhatIsNotTheUsers(string text, string found) =>
        Assert.Contains(found, Assert.Throws<UserException>(() => SlurmOptions.Parse(text)).Message);

    [Fact]
    public void Script_QuotesTheProgram_AndBecomesIt()
    {
        string script = SlurmScript.Of(
            "e4", "slurm/array-1.txt", 24, 4, ["/opt/it's here/dotnet", "/x/crosspt.dll"], ["--device", "cuda:1"]);
        Assert.StartsWith("#!/bin/bash\n", script);
        Assert.Contains("#SBATCH --array=0-23%4\n", script);
        Assert.Contains("#SBATCH --requeue\n", script);
        Assert.Contains(
            "exec '/opt/it'\\''s here/dotnet' /x/crosspt.dll sweep . --run \"$run\" --device cuda:1 --threads "
                + "\"${SLURM_CPUS_PER_TASK:-${SLURM_CPUS_ON_NODE:-1}}\"\n", script);
        Assert.DoesNotContain("SLURM_CPUS", SlurmScript.Of("e4", "l", 1, null, ["crosspt"], ["--threads", "3"]));
    }
}
