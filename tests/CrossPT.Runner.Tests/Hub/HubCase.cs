using System.Collections.Concurrent;
using System.Text;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Hub;
using CrossPT.Runner.Hub.Transfer;
using CrossPT.Runner.Tests.Net;

namespace CrossPT.Runner.Tests.Hub;

/// <summary>A hub with a tiny T5 on it, and a cache of the test's own.</summary>
internal sealed class HubCase : IDisposable
{
    public const string Name = "owner/tiny";

    private static readonly Lazy<Dictionary<string, byte[]>> s_files = new(static () =>
    {
        using TempFolder folder = new();
        TinyRun.WriteConfiguration(folder);
        return HubServer.FilesOf(Path.Combine(folder.FullName, "model"));
    });

    public HubCase()
    {
        Folder.Write("token", "hf_secret\n");
        Commit = Server.Publish(Name, Files);
    }

    public TempFolder Folder { get; } = new();

    public HubServer Server { get; } = new();

    /// <summary>A model that trains: <c>config.json</c>, <c>model.safetensors</c>, <c>tokenizer.json</c>.</summary>
    public static Dictionary<string, byte[]> Files => new(s_files.Value);

    public string Commit { get; }

    public string Cache => Path.Combine(Folder.FullName, "hub");

    /// <summary>
    /// Short time-outs and two tries: for servers that are slow on purpose. Any other may be as slow as a busy machine
    /// makes it.
    /// </summary>
    public bool IsImpatient { get; set; }

    /// <summary>What the client waited for.</summary>
    public ConcurrentQueue<TimeSpan> Waits { get; } = new();

    public QuietProgress Progress { get; } = new();

    public Dictionary<string, string> Variables =>
        new()
        {
            ["HF_HOME"] = Folder.FullName,
            ["HF_ENDPOINT"] = Server.Address,
            ["CROSSPT_DATA"] = Path.Combine(Folder.FullName, "data"),
        };

    public HubSettings Settings => HubSettings.Read(name => Variables.GetValueOrDefault(name)) with
    {
        Transfer = new TransferSettings
        {
            AnswerTimeout = TimeSpan.FromSeconds(IsImpatient ? 1 : 60),
            DataTimeout = TimeSpan.FromSeconds(IsImpatient ? 0.5 : 60), Attempts = IsImpatient ? 2 : 5,
            Delay = (wait, _) =>
            {
                Waits.Enqueue(wait);
                return Task.CompletedTask;
            },
        },
    };

    public ModelPull Pull(string name = Name) =>
        new HubModels(Settings, Progress).PullAsync(HubName.Parse(name, null), weights: true, default).GetAwaiter()
            .GetResult();

    /// <summary>A pull that fails in one line.</summary>
    public UserException Fail(string name = Name)
    {
        UserException error = Assert.Throws<UserException>(() => Pull(name));
        Assert.DoesNotContain('\n', error.Message);
        return error;
    }

    public CliRun Run(params string[] args) => CliRun.In(Variables, args);

    /// <summary>A file's blob.</summary>
    public string BlobOf(string file, string repository = Name) =>
        Path.Combine(
            Cache, $"models--{repository.Replace("/", "--", StringComparison.Ordinal)}", "blobs",
            HubServer.EtagOf(file, Files[file]));

    /// <summary>
    /// Checks that everything under a final name is whole: snapshots and blobs hold what was published, and no
    /// reference leads to a part.
    /// </summary>
    public void AssertNothingHalfWritten()
    {
        if (!Directory.Exists(Cache)) return;
        HashSet<string> whole = [.. Files.Select(static file => HubServer.EtagOf(file.Key, file.Value))];
        foreach (string path in Directory.EnumerateFiles(Cache, "*", SearchOption.AllDirectories))
        {
            string part = Path.GetRelativePath(Cache, path);
            if (part.Contains("blobs", StringComparison.Ordinal)
                && !part.EndsWith(".incomplete", StringComparison.Ordinal))
                    Assert.Contains(Path.GetFileName(path), whole);
            if (part.Contains("snapshots", StringComparison.Ordinal))
                Assert.Equal(Files[Path.GetFileName(path)], File.ReadAllBytes(path));
        }
        Assert.All(
            Directory.EnumerateDirectories(Cache),
            static folder => Assert.False(Directory.Exists(Path.Combine(folder, "refs"))));
    }

    public static byte[] Json(string text) => Encoding.UTF8.GetBytes(text);

    public void Dispose()
    {
        Server.Dispose();
        Folder.Dispose();
    }
}
