using CrossPT.Runner.Cli;
using CrossPT.Runner.Hub;

namespace CrossPT.Runner.Tests.Hub;

public sealed class HubSettingsTests
{
    [Theory]
    [InlineData("/home/u/.cache/huggingface/hub")]
    [InlineData("/x/huggingface/hub", "XDG_CACHE_HOME=/x")]
    [InlineData("/h/hub", "HF_HOME=/h", "XDG_CACHE_HOME=/x")]
    [InlineData("/home/u/h/hub", "HF_HOME=~/h")]
    [InlineData("/old", "HUGGINGFACE_HUB_CACHE=/old", "HF_HOME=/h")]
    [InlineData("/new", "HF_HUB_CACHE=/new", "HUGGINGFACE_HUB_CACHE=/old", "HF_HOME=/h")]
    public void Cache_IsWherePythonHasIt(string expected, params string[] variables) =>
        Assert.Equal(expected, Read(variables).Cache);

    [Theory]
    [InlineData(true, "HF_HUB_OFFLINE=1")]
    [InlineData(true, "TRANSFORMERS_OFFLINE=true")]
    [InlineData(true, "HF_HUB_OFFLINE=On")]
    [InlineData(false, "HF_HUB_OFFLINE=0")]
    [InlineData(false)]
    public void Offline_IsAsPythonReadsIt(bool expected, params string[] variables) =>
        Assert.Equal(expected, Read(variables).Offline);

    [Fact]
    public void Token_ComesFromTheEnvironment_OrAFile()
    {
        using TempFolder folder = new();
        string path = folder.Write("token", " from_file\n");
        Assert.Equal("own", Read("HF_TOKEN=own\n", $"HF_TOKEN_PATH={path}").Token);
        Assert.Equal("from_file", Read($"HF_TOKEN_PATH={path}").Token);
        Assert.Equal("from_file", Read($"HF_HOME={folder.FullName}").Token);
        Assert.Null(Read("HF_HOME=/nowhere").Token);
        Assert.DoesNotContain(
            "sec", Assert.Throws<UserException>(() => Read("HF_TOKEN=sec ret")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HF_ENDPOINT=ftp://x")]
    [InlineData("HF_ENDPOINT=hub")]
    [InlineData("HF_HUB_ETAG_TIMEOUT=soon")]
    [InlineData("HF_HUB_DOWNLOAD_TIMEOUT=-1")]
    public void BadValue_IsNamed(string variable)
    {
        UserException error = Assert.Throws<UserException>(() => Read(variable));
        Assert.StartsWith(variable.Split('=')[0], error.Message, StringComparison.Ordinal);
        Assert.Equal(2, error.Code);
    }

    [Fact]
    public void Timeouts_AreRead()
    {
        HubSettings settings = Read("HF_HUB_ETAG_TIMEOUT=3", "HF_HUB_DOWNLOAD_TIMEOUT=4");
        Assert.Equal(
            (3, 4), (settings.Transfer.AnswerTimeout.TotalSeconds, settings.Transfer.DataTimeout.TotalSeconds));
        Assert.Equal(10, Read().Transfer.DataTimeout.TotalSeconds);
        Assert.Equal("https://huggingface.co/", Read().Endpoint.AbsoluteUri);
    }

    [Theory]
    [InlineData("t5-base", "t5-base", "main")]
    [InlineData("google/mt5-small@refs/pr/2", "google/mt5-small", "refs/pr/2")]
    [InlineData("a/b@v1.0", "a/b", "v1.0")]
    public void Name_IsRead(string text, string repository, string revision) =>
        Assert.Equal(new HubName(repository, revision), HubName.Parse(text, null));

    [Theory]
    [InlineData("")]
    [InlineData("a/b/c")]
    [InlineData("../a")]
    [InlineData("a/..")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a--b")]
    [InlineData("-a")]
    [InlineData("a b")]
    [InlineData("a\\b")]
    [InlineData("a@")]
    [InlineData("a@../x")]
    [InlineData("a@x//y")]
    [InlineData("a@-x")]
    [InlineData("a\n")]
    public void Name_ThatCanBeNone_IsRefused(string text) => Assert.False(HubName.TryParse(text, out _));

    private static HubSettings Read(params string[] variables) =>
        HubSettings.Read(
            name => name == "HOME"
                ? "/home/u"
                : variables.FirstOrDefault(
                    one => one.StartsWith($"{name}=", StringComparison.Ordinal))?[(name.Length + 1)..]);
}
