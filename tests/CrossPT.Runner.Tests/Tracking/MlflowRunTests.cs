using CrossPT.Runner.Tracking;

namespace CrossPT.Runner.Tests.Tracking;

/// <summary>Runs on an MLflow server: what is sent, and that a failing server costs a note and nothing else.</summary>
public sealed class MlflowRunTests : IDisposable
{
    private readonly MlflowStandIn _standIn = new();
    private readonly List<string> _notes = [];
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"mlflow-{Guid.NewGuid():N}.json");

    [Fact]
    public async Task Run_IsLoggedWhole()
    {
        await File.WriteAllTextAsync(_file, "{}");
        using MlflowServer server = Server();
        Dictionary<string, string> parameters = new() { ["method"] = "crosspt", ["long"] = new string('x', 900) };
        for (int i = 0; i < 230; i++) parameters[$"key.{i}"] = "1";
        using MlflowRun run = (await Begin(server, parameters))!;
        for (int step = 1; step <= 2500; step++) run.Log(step, ("loss", 1.0 / step), ("loss/rte#1", double.NaN));
        await run.FinishAsync(MlflowStatus.Finished, [_file, "absent.json"]);

        Assert.Empty(_notes);
        Assert.Contains("reviews", _standIn.Experiments);
        Assert.Equal("first-1", _standIn.RunName);
        Assert.Equal(232, _standIn.Parameters.Count);
        Assert.Equal(500, _standIn.Parameters["long"].Length);
        Assert.Equal(5000, _standIn.Metrics.Count);
        Assert.Contains(("loss", 1.0 / 2500, 2500), _standIn.Metrics);
        Assert.Contains(_standIn.Metrics, static one => one.Key == "loss/rte_1" && double.IsNaN(one.Value));
        Assert.Equal([$"7/abc/artifacts/{Path.GetFileName(_file)}"], _standIn.Files.Keys);
        Assert.Equal(["FINISHED"], _standIn.Statuses);
    }

    [Fact]
    public async Task Run_IsContinued_WithoutItsParameters()
    {
        using MlflowServer server = Server();
        using MlflowRun run = (await Begin(server, new() { ["a"] = "b" }, id: "abc"))!;
        run.Log(3, ("loss", 0.5));
        await run.FinishAsync(MlflowStatus.Killed, []);
        Assert.Equal(["RUNNING", "KILLED"], _standIn.Statuses);
        Assert.Empty(_standIn.Parameters);
        Assert.Single(_standIn.Metrics);
    }

    [Fact]
    public async Task Server_ThatRefuses_IsANote()
    {
        _standIn.Failing = 403;
        using MlflowServer server = Server();
        Assert.Null(await Begin(server, []));
        Assert.Equal(
            [$"MLflow: {_standIn.Address}: experiments/get-by-name?experiment_name=reviews: status 403, "
                + "the disk is full; the run is not logged to MLflow"],
            _notes);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"a word\"")]
    [InlineData("{\"experiment\": 5}")]
    [InlineData("<html>")]
    public async Task Answer_OfAnotherForm_IsANote(string answer)
    {
        _standIn.Answering = answer;
        using MlflowServer server = Server();
        Assert.Null(await Begin(server, []));
        Assert.Contains("the run is not logged to MLflow", Assert.Single(_notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_ThatIsNotThere_IsANote()
    {
        using MlflowServer server = Server();
        _standIn.Dispose();
        Assert.Null(await Begin(server, []));
        Assert.Contains("the run is not logged to MLflow", Assert.Single(_notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_ThatAreRefused_AreCounted()
    {
        using MlflowServer server = Server();
        using MlflowRun run = (await Begin(server, []))!;
        _standIn.Failing = 400;
        run.Log(1, ("loss", 1), ("rate", 2));
        await run.FinishAsync(MlflowStatus.Finished, []);
        Assert.Contains("2 metrics were not logged", _notes[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MLFLOW_TRACKING_TOKEN=secret", "Bearer secret")]
    [InlineData("MLFLOW_TRACKING_USERNAME=me MLFLOW_TRACKING_PASSWORD=word", "Basic bWU6d29yZA==")]
    [InlineData("", null)]
    public async Task Credentials_AreThoseOfTheEnvironment(string variables, string? authorization)
    {
        Dictionary<string, string> values = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(static one => one.Split('=')).ToDictionary(static one => one[0], static one => one[1]);
        values["MLFLOW_TRACKING_URI"] = _standIn.Address;
        using MlflowServer server = MlflowServer.FromEnvironment(values.GetValueOrDefault)!;
        using MlflowRun? run = await Begin(server, []);
        Assert.All(_standIn.Requests, request => Assert.Equal(authorization, request.Authorization));
    }

    [Fact]
    public void Address_WithCredentials_IsShownWithoutThem()
    {
        using MlflowServer server = MlflowServer.FromEnvironment(
            static name => name == "MLFLOW_TRACKING_URI" ? "https://me:word@example.org/ml" : null)!;
        Assert.Equal("https://example.org/ml", server.Address.AbsoluteUri);
    }

    [Theory]
    [InlineData("databricks")]
    [InlineData("file:mlruns")]
    public void Address_OfAnotherKind_IsRefused(string address)
    {
        FormatException error = Assert.Throws<FormatException>(() => MlflowServer.FromEnvironment(_ => address));
        Assert.Equal($"MLFLOW_TRACKING_URI is '{address}', expected http://… or https://…", error.Message);
    }

    public void Dispose()
    {
        _standIn.Dispose();
        File.Delete(_file);
    }

    private MlflowServer Server() =>
        MlflowServer.FromEnvironment(name => name == "MLFLOW_TRACKING_URI" ? _standIn.Address : null)!;

    private Task<MlflowRun?> Begin(MlflowServer server, Dictionary<string, string> parameters, string? id = null) =>
        MlflowRun.BeginAsync(server, "reviews", "first-1", id, parameters, _notes.Add, CancellationToken.None);
}
