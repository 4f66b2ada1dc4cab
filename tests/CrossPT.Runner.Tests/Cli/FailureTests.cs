using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Tests.Cli;

public sealed class FailureTests
{
    [Fact]
    public void Unexpected_IsOneLineAndCode1() =>
        AssertReport(
            new InvalidOperationException("first\nsecond"), 1, "unexpected InvalidOperationException: first second");

    [Fact]
    public void OutOfMemory_IsCode1() => AssertReport(new OutOfMemoryException("4096 MB"), 1, "out of memory: 4096 MB");

    [Fact]
    public void DiskFull_IsCode1() => AssertReport(new IOException("No space left on device", 28), 1, "disk is full");

    [Fact]
    public void MissingFile_IsCode2() => AssertReport(new FileNotFoundException("x.bin: no such file"), 2, "x.bin");

    [Fact]
    public void Wrapped_IsReportedAsItsCause() =>
        AssertReport(new AggregateException(new UserException("bad shape")), 2, "bad shape");

    [Fact]
    public void BrokenPipe_IsQuiet()
    {
        using StringWriter error = new();
        using StandardStreams streams = new(Stream.Null, Stream.Null, error);
        Assert.Equal(0, Failure.Report(new IOException("Broken pipe", 32), streams, null));
        Assert.Equal("", error.ToString());
    }

    [Theory]
    [InlineData(ExitCode.Interrupted)]
    [InlineData(ExitCode.Terminated)]
    public void Signal_CancelsAndGivesItsCode(int code)
    {
        using Interruption interruption = new();
        CancellationToken token = interruption.Token;
        interruption.Stop(code);
        Assert.True(token.IsCancellationRequested);
        using StandardStreams streams = new(Stream.Null, Stream.Null, new StringWriter());
        Assert.Equal(code, Failure.Report(new OperationCanceledException(token), streams, interruption));
    }

    private static void AssertReport(Exception error, int code, string words)
    {
        using StringWriter text = new();
        using StandardStreams streams = new(Stream.Null, Stream.Null, text);
        int actual = Failure.Report(error, streams, null);
        new CliRun(actual, "", text.ToString()).AssertOneLine(words);
        Assert.Equal(code, actual);
    }
}
