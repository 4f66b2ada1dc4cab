using CrossPT.Runner.Experiments.Sweeps;

namespace CrossPT.Runner.Tests.Experiments.Sweeps;

public sealed class RunNamesTests
{
    [Theory]
    [InlineData("prompt.length=5,seed=1")]
    [InlineData("SIL,seed=1")]
    [InlineData("a+b=0.1+2")]
    public void WhatIsSafe_Stays(string text) => Assert.Equal(text, RunNames.ToFolder(text));

    [Theory]
    [InlineData("data.folder=../x/y")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("ends.")]
    [InlineData("-rf")]
    [InlineData(".hidden")]
    [InlineData("con")]
    [InlineData("COM1.json")]
    [InlineData("nul")]
    [InlineData("größe=1")]
    [InlineData("a:b*c?")]
    [InlineData("$(rm)")]
    public void WhatIsNot_GetsAHash(string text)
    {
        string name = RunNames.ToFolder(text);
        Assert.Matches("^[A-Za-z0-9_][A-Za-z0-9._=,+-]*-[0-9a-f]{8}$", name);
        Assert.DoesNotMatch("(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\\.|$)", name);
        Assert.Equal(name, RunNames.ToFolder(name));
    }

    [Fact]
    public void LongNames_AreCut_AndStayDifferent()
    {
        string start = new('x', 200);
        string[] names = RunNames.Of([$"{start}=1", $"{start}=2"]);
        Assert.All(names, static name => Assert.True(name.Length <= RunNames.Longest));
        Assert.NotEqual(names[0], names[1]);
    }

    [Fact]
    public void NamesThatDifferInCaseAlone_AreToldApart()
    {
        string[] names = RunNames.Of(["SIL", "sil", "other"]);
        Assert.Equal(3, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Equal("other", names[2]);
        Assert.StartsWith("SIL-", names[0]);
    }
}
