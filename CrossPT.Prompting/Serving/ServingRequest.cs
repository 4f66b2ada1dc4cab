using System.Diagnostics;

namespace CrossPT.Prompting.Serving;

/// <summary>An accepted request: its examples, and the answers as they come. Guarded by the server's lock.</summary>
internal sealed class ServingRequest
{
    private int _open;

    public ServingRequest(ServedTask? task, int[][] sources)
    {
        Task = task;
        Sources = sources;
        _open = sources.Length;
        Scores = new double[sources.Length][];
        Ids = new int[sources.Length][];
        Attention = new double[sources.Length][];
    }

    /// <summary>Whose prompt stands beside the texts; null for none.</summary>
    public ServedTask? Task { get; }

    /// <summary>Token ids of each text.</summary>
    public int[][] Sources { get; }

    /// <summary>Token ids of the answers to be ranked, by text; null to generate.</summary>
    public IReadOnlyList<int[]>[]? Answers { get; init; }

    /// <summary>Tokens to generate for a text at most.</summary>
    public int MaxTokens { get; init; }

    /// <summary>Log-likelihoods of the answers, by text.</summary>
    public double[][] Scores { get; }

    /// <summary>Generated ids, by text.</summary>
    public int[][] Ids { get; }

    /// <summary>The router's weights, by text; null where they do not depend on it.</summary>
    public double[]?[] Attention { get; }

    public long Arrived { get; } = Stopwatch.GetTimestamp();

    /// <summary>The first text that no batch has taken.</summary>
    public int Next { get; set; }

    /// <summary>Its texts that are being generated from.</summary>
    public int Generating { get; set; }

    /// <summary>Whether it is answered, failed or cancelled.</summary>
    public bool IsOver { get; set; }

    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool Generates => Answers is null;

    public int Waiting => IsOver ? 0 : Sources.Length - Next;

    /// <summary>Encoder rows of a text, with its prompt.</summary>
    public int LengthOf(int text) => Sources[text].Length + (Task?.Prompts.Value.Length ?? 0);

    /// <summary>One text has its answer.</summary>
    /// <returns>Whether it was the last.</returns>
    public bool Close() => --_open == 0;
}

/// <summary>One text of a request.</summary>
internal readonly record struct ServingExample(ServingRequest Request, int Text)
{
    public int[] Source => Request.Sources[Text];

    public int Length => Request.LengthOf(Text);
}
