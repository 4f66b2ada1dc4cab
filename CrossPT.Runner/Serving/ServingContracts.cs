using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;

namespace CrossPT.Runner.Serving;

/// <summary>Answer of <c>GET /v1/tasks</c>.</summary>
internal sealed record TaskList(IReadOnlyList<TaskDescription> Tasks);

/// <summary>A task, its fields, label words and main metric.</summary>
internal sealed record TaskDescription(
    string Name, string Run, IReadOnlyList<string> Fields, IReadOnlyList<string> Labels, string Metric)
{
    /// <summary>How much of each source prompt the task's prompt takes; absent without a router.</summary>
    public IReadOnlyList<RouterWeight>? Router { get; init; }
}

/// <summary>A column of the router.</summary>
internal sealed record RouterWeight(string Source, double Weight);

/// <summary>Body of <c>POST /v1/tasks/{task}/predict</c>: the fields of each row.</summary>
internal sealed record PredictRequest(IReadOnlyList<Dictionary<string, JsonElement>> Rows);

/// <summary>Its answer.</summary>
internal sealed record PredictAnswer(string Task, IReadOnlyList<RowAnswer> Predictions);

/// <summary>The likeliest label word, its probability, and the probabilities of all.</summary>
internal sealed record RowAnswer(string Label, double Probability, IReadOnlyDictionary<string, double> Scores)
{
    /// <summary>
    /// What the text's prompt takes of each source prompt; absent where that does not depend on the text.
    /// </summary>
    public IReadOnlyList<RouterWeight>? Router { get; init; }
}

/// <summary>Body of <c>POST /v1/generate</c>.</summary>
internal sealed record GenerateRequest(IReadOnlyList<string> Texts)
{
    /// <summary>The task whose prompt stands beside the texts; none if absent.</summary>
    public string? Task { get; init; }

    /// <summary>Tokens to write at most for each text; 64 if absent.</summary>
    public int? MaxTokens { get; init; }
}

/// <summary>Its answer.</summary>
internal sealed record GenerateAnswer(IReadOnlyList<string> Texts);

/// <summary>Body of <c>PUT /v1/tasks/{task}</c>.</summary>
/// <param name="Run">A run folder or adapter below the root given with <c>--runs-root</c>.</param>
internal sealed record PutTaskRequest(string Run)
{
    /// <summary>Which of its tasks; that of the name in the address, or the only one, if absent.</summary>
    public string? Task { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TaskList))]
[JsonSerializable(typeof(TaskDescription))]
[JsonSerializable(typeof(PredictRequest))]
[JsonSerializable(typeof(PredictAnswer))]
[JsonSerializable(typeof(GenerateRequest))]
[JsonSerializable(typeof(GenerateAnswer))]
[JsonSerializable(typeof(PutTaskRequest))]
[JsonSerializable(typeof(ProblemDetails))]
[JsonSerializable(typeof(string))]
internal sealed partial class ServingJson : JsonSerializerContext;
