using CrossPT.Runner.Sweeps;

namespace CrossPT.Runner.Tests.Sweeps;

public sealed class LiveLinesTests
{
    [Fact]
    public void Show_WritesOverTheLinesBefore_AndCutsThemToTheWidth()
    {
        using StringWriter terminal = new();
        LiveLines sut = new(terminal, static () => 24);
        sut.Show(["one", new string('x', 40)]);
        Assert.Equal($"one\n{new string('x', 22)}…\n", terminal.ToString());
        sut.Show(["two"]);
        Assert.EndsWith("\r\u001b[1A\u001b[1A\u001b[Jtwo\n", terminal.ToString());
        sut.Clear();
        sut.Clear();
        Assert.EndsWith("two\n\r\u001b[1A\u001b[J", terminal.ToString());
    }
}
