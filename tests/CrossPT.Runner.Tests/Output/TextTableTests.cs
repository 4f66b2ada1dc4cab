using CrossPT.Runner.Output;

namespace CrossPT.Runner.Tests.Output;

public sealed class TextTableTests
{
    [Fact]
    public void Columns_AreAsWideAsTheirWidestCell()
    {
        TextTable sut = new("name", "n");
        sut.Add("a", "1.5");
        sut.Add("longer");
        using StringWriter text = new();
        sut.Write(text);
        Assert.Equal(["name      n", "──────  ───", "a       1.5", "longer"], text.ToString().TrimEnd().Split('\n').Select(static line => line.TrimEnd()));
    }
}
