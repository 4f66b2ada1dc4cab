using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Tests.Configuration;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "abc", 0)]
    [InlineData("ABC", "abc", 0)]
    [InlineData("acb", "abc", 1)]
    [InlineData("abcd", "abc", 1)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_CountsEdits(string a, string b, int expected)
    {
        Assert.Equal(expected, NearestName.Distance(a, b));
        Assert.Equal(expected, NearestName.Distance(b, a));
    }

    [Fact]
    public void Of_LongNames_StaysFast() =>
        Assert.Equal("model", NearestName.Of(new string('x', 10_000_000), ["model", "methods"]));
}
