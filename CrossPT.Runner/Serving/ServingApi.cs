using System.Globalization;
using System.Text.Json;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Serving;
using CrossPT.Prompting.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using HttpResults = Microsoft.AspNetCore.Http.Results;

namespace CrossPT.Runner.Serving;

/// <summary>What each address answers. Errors are problem details (RFC 9457) with the field at fault.</summary>
internal sealed partial class ServingApi(PromptServer server, ServingSettings settings, ILogger logger)
{
    /// <summary>Rows of a request, and texts of one, at most.</summary>
    public const int MostRows = 1024;

    private const int LongestName = 200;
    private const int DefaultNewTokens = 64;

    private static readonly object s_rowsKey = new();

    private static readonly JsonDocumentOptions s_json = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/tasks", ListTasks).WithSummary("The tasks with their fields and labels")
            .Produces<TaskList>();
        Errors(app.MapPost("/v1/tasks/{task}/predict", Predict).WithSummary("Labels and probabilities of rows")
            .Accepts<PredictRequest>("application/json").Produces<PredictAnswer>(), 413, 415, 429, 503);
        Errors(app.MapPost("/v1/generate", Generate).WithSummary("Texts written by the model")
            .Accepts<GenerateRequest>("application/json").Produces<GenerateAnswer>(), 413, 415, 429, 503);
        Errors(app.MapPut("/v1/tasks/{task}", PutTask).WithSummary("Adds a task, or replaces it")
            .Accepts<PutTaskRequest>("application/json").Produces<TaskDescription>()
            .Produces<TaskDescription>(StatusCodes.Status201Created), 413, 415, 503);
        Errors(app.MapDelete("/v1/tasks/{task}", DeleteTask).WithSummary("Removes a task")
            .Produces(StatusCodes.Status204NoContent));
        app.MapGet("/health/live", static () => HttpResults.Text("live")).WithSummary("Whether the process answers")
            .Produces<string>(StatusCodes.Status200OK, "text/plain");
        app.MapGet("/health/ready", Ready).WithSummary("Whether requests are taken")
            .Produces<string>(StatusCodes.Status200OK, "text/plain")
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>A problem of RFC 9457.</summary>
    /// <param name="status">The status.</param>
    /// <param name="detail">What was found and what was expected.</param>
    /// <param name="field">The member of the body at fault; null where it is none.</param>
    public static IResult Problem(int status, string detail, string? field = null)
    {
        Dictionary<string, object?>? more = field is null ? null : new() { ["field"] = field };
        return HttpResults.Problem(detail, statusCode: status, extensions: more);
    }

    /// <summary>Rows of a request that was read, for the log.</summary>
    public static int RowsOf(HttpContext context) => context.Items[s_rowsKey] as int? ?? 0;

    private static void Errors(RouteHandlerBuilder endpoint, params int[] more)
    {
        foreach (int status in (int[])[400, 401, 404, .. more]) endpoint.ProducesProblem(status);
    }

    private static TaskDescription Describe(ServedTask task) => new(
        task.Name, task.Run, task.Declaration.Fields, [.. task.Declaration.Labels.Select(static label => label.Word)],
        TaskMetrics.NameOf(task.Declaration.Metrics[0]))
    {
        Router = WeightsOf(task.Router),
    };

    private static IReadOnlyList<RouterWeight>? WeightsOf(IReadOnlyList<(string Source, double Weight)> router) =>
        router.Count == 0
            ? null
            : [.. router.Select(static one => new RouterWeight(one.Source, Math.Round(one.Weight, 6)))];

    private IResult ListTasks()
    {
        IEnumerable<ServedTask> tasks = server.Tasks.Values.OrderBy(static task => task.Name, StringComparer.Ordinal);
        return HttpResults.Json(new TaskList([.. tasks.Select(Describe)]), ServingJson.Default.TaskList);
    }

    private IResult Ready() => server.IsDraining
        ? Problem(StatusCodes.Status503ServiceUnavailable, "the server is shutting down")
        : HttpResults.Text("ready");

    private Task<IResult> Predict(string task, HttpContext context) => Answer(context, async () =>
    {
        ServedTask served = Find(task);
        using JsonDocument body = await ReadAsync(context, "rows").ConfigureAwait(false);
        Row[] rows = ReadRows(context, body.RootElement, served.Declaration);
        Prediction[] predictions = await server.PredictAsync(served.Name, rows, context.RequestAborted)
            .ConfigureAwait(false);
        return HttpResults.Json(
            new PredictAnswer(served.Name, Array.ConvertAll(predictions, AnswerOf)), ServingJson.Default.PredictAnswer);
    });

    // With the context alone it would be taken for a delegate without a result.
    private Task<IResult> Generate(HttpContext context, CancellationToken aborted) => Answer(context, async () =>
    {
        using JsonDocument body = await ReadAsync(context, "texts", "task", "max_tokens").ConfigureAwait(false);
        JsonElement root = body.RootElement;
        JsonElement list = Require(root, "texts", JsonValueKind.Array, "a list of strings");
        CheckCount(context, list, "texts");
        string[] texts = [.. list.EnumerateArray().Select(static (text, i) => Text(text, $"texts[{i}]"))];
        string? task = null;
        if (root.TryGetProperty("task", out JsonElement name) && name.ValueKind != JsonValueKind.Null)
            task = Find(Text(name, "task"), isEscaped: false).Name;
        int most = DefaultNewTokens;
        if (root.TryGetProperty("max_tokens", out JsonElement tokens) && tokens.ValueKind != JsonValueKind.Null)
        {
            int limit = server.Options.MaxNewTokens;
            if (tokens.ValueKind != JsonValueKind.Number || !tokens.TryGetInt32(out most) || most < 1 || most > limit)
                throw new BadRequestException("max_tokens", $"{Show(tokens)}, expected an integer from 1 to {limit}");
        }
        string[] written = await server.GenerateAsync(texts, task, most, aborted).ConfigureAwait(false);
        return HttpResults.Json(new GenerateAnswer(written), ServingJson.Default.GenerateAnswer);
    });

    private Task<IResult> PutTask(string task, HttpContext context) => Answer(context, async () =>
    {
        string name = Unescape(task);
        if (name.Length > LongestName || name.Any(char.IsControl))
        {
            return Problem(
                StatusCodes.Status400BadRequest,
                $"the name has {name.Length} characters, expected {LongestName} at most, no control characters");
        }
        using JsonDocument body = await ReadAsync(context, "run", "task").ConfigureAwait(false);
        JsonElement root = body.RootElement;
        string run = Text(Require(root, "run", JsonValueKind.String, "a folder"), "run");
        string? chosen = root.TryGetProperty("task", out JsonElement one) && one.ValueKind != JsonValueKind.Null
            ? Text(one, "task")
            : null;
        if (settings.RunsRoot is null)
        {
            throw new BadRequestException(
                "run", "this server adds no runs: start it with --runs-root, the folder that they lie in");
        }
        string folder = RealPath.Below(settings.RunsRoot, run)
            ?? throw new BadRequestException("run", "leads out of the folder of --runs-root, expected one below it");
        try
        {
            (ServedTask added, bool isReplaced) =
                await server.PutTaskAsync(name, folder, chosen).ConfigureAwait(false);
            int status = isReplaced ? StatusCodes.Status200OK : StatusCodes.Status201Created;
            return HttpResults.Json(Describe(added), ServingJson.Default.TaskDescription, statusCode: status);
        }
        catch (Exception error) when (PromptServer.IsBadFolder(error))
        {
            throw new BadRequestException("run", error.Message);
        }
    });

    private Task<IResult> DeleteTask(string task, HttpContext context) => Answer(context, () =>
        Task.FromResult(server.Remove(Unescape(task)) ? HttpResults.NoContent() : throw Unknown(Unescape(task))));

    /// <summary>Runs a handler and turns what went wrong into a problem.</summary>
    private async Task<IResult> Answer(HttpContext context, Func<Task<IResult>> handler)
    {
        try
        {
            return await handler().ConfigureAwait(false);
        }
        catch (BadRequestException error)
        {
            return Problem(error.Status, $"{error.Field}: {error.Message}", error.Field);
        }
        catch (ServingException error)
        {
            if (error.Problem == ServingProblem.QueueFull)
            {
                double seconds = Math.Ceiling(error.RetryAfter.TotalSeconds);
                context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            }
            return Problem(StatusOf(error.Problem), error.Message);
        }
        catch (BadHttpRequestException error)
        {
            return Problem(error.StatusCode, error.Message.TrimEnd('.'));
        }
        catch (Exception error) when (error is OperationCanceledException or IOException
            && context.RequestAborted.IsCancellationRequested)
        {
            // Nobody reads it; the log has the status that nginx gives to a client that went away.
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return HttpResults.Empty;
        }
        catch (ArgumentException error)
        {
            return Problem(StatusCodes.Status400BadRequest, error.Message);
        }
        catch (Exception error)
        {
            LogFailure(logger, error, context.Request.Path.ToUriComponent());
            return Problem(StatusCodes.Status500InternalServerError, "the request failed; the server's log says why");
        }
    }

    private static int StatusOf(ServingProblem problem) => problem switch
    {
        ServingProblem.UnknownTask => StatusCodes.Status404NotFound,
        ServingProblem.QueueFull => StatusCodes.Status429TooManyRequests,
        ServingProblem.TooLarge => StatusCodes.Status413PayloadTooLarge,
        _ => StatusCodes.Status503ServiceUnavailable,
    };

    private static RowAnswer AnswerOf(Prediction prediction)
    {
        Dictionary<string, double> scores = [];
        foreach ((string word, double probability) in prediction.Scores) scores[word] = Math.Round(probability, 6);
        return new RowAnswer(prediction.Word, Math.Round(prediction.Probability, 6), scores)
        {
            Router = WeightsOf(prediction.Router),
        };
    }

    /// <summary>Reads the body, an object of some members.</summary>
    private static async Task<JsonDocument> ReadAsync(HttpContext context, params string[] members)
    {
        if (!context.Request.HasJsonContentType())
        {
            string type = context.Request.ContentType ?? "none";
            throw new BadRequestException(
                "Content-Type", $"{type}, expected application/json", StatusCodes.Status415UnsupportedMediaType);
        }
        JsonDocument body;
        try
        {
            body = await JsonDocument.ParseAsync(context.Request.Body, s_json, context.RequestAborted)
                .ConfigureAwait(false);
        }
        catch (JsonException error)
        {
            long line = (error.LineNumber ?? 0) + 1;
            long place = (error.BytePositionInLine ?? 0) + 1;
            throw new BadRequestException("body", $"not valid JSON at line {line}, byte {place}, expected an object");
        }
        try
        {
            if (body.RootElement.ValueKind != JsonValueKind.Object)
                throw new BadRequestException("body", $"{Show(body.RootElement)}, expected an object");
            foreach (JsonProperty member in body.RootElement.EnumerateObject())
            {
                if (members.Any(member.NameEquals)) continue;
                throw new BadRequestException("body", $"an unknown member, expected {string.Join(", ", members)}");
            }
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    private static Row[] ReadRows(HttpContext context, JsonElement root, TaskDeclaration task)
    {
        JsonElement list = Require(root, "rows", JsonValueKind.Array, "a list of objects");
        CheckCount(context, list, "rows");
        Row[] rows = new Row[list.GetArrayLength()];
        int i = 0;
        try
        {
            foreach (JsonElement row in list.EnumerateArray())
            {
                rows[i] = Row.Read(task, row, "", i + 1);
                i++;
            }
            return rows;
        }
        catch (TaskDataException error)
        {
            throw new BadRequestException($"rows[{i}]", error.Problem);
        }
    }

    private static void CheckCount(HttpContext context, JsonElement list, string field)
    {
        int count = list.GetArrayLength();
        context.Items[s_rowsKey] = count;
        if (count <= MostRows) return;
        throw new BadRequestException(
            field, $"{count}, expected {MostRows} at most", StatusCodes.Status413PayloadTooLarge);
    }

    private static JsonElement Require(JsonElement root, string member, JsonValueKind kind, string expected)
    {
        if (!root.TryGetProperty(member, out JsonElement value))
            throw new BadRequestException(member, $"missing, expected {expected}");
        return value.ValueKind == kind
            ? value
            : throw new BadRequestException(member, $"{Show(value)}, expected {expected}");
    }

    private static string Text(JsonElement value, string field)
    {
        if (value.ValueKind != JsonValueKind.String)
            throw new BadRequestException(field, $"{Show(value)}, expected a string");
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new BadRequestException(field, "a string that is no Unicode text");
        }
    }

    private static string Show(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "another number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        _ => "null",
    };

    private ServedTask Find(string name, bool isEscaped = true)
    {
        if (isEscaped) name = Unescape(name);
        return server.Tasks.TryGetValue(name, out ServedTask? task) ? task : throw Unknown(name);
    }

    // The one escape that routing leaves, for a slash is no part of a segment.
    private static string Unescape(string segment) =>
        segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static ServingException Unknown(string name) =>
        new(ServingProblem.UnknownTask, $"there is no task '{name}'; GET /v1/tasks lists them");

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} failed")]
    private static partial void LogFailure(ILogger logger, Exception error, string path);

    /// <summary>A request that cannot be answered as it is.</summary>
    private sealed class BadRequestException(
        string field, string message, int status = StatusCodes.Status400BadRequest) : Exception(message)
    {
        public string Field { get; } = field;

        public int Status { get; } = status;
    }
}
