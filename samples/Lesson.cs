namespace CrossPT.Samples;

/// <summary>A lesson: the file <c>samples/NN-….cs</c> holds it, and running it prints what it teaches.</summary>
/// <param name="Number">Its place in the course.</param>
/// <param name="Title">What it is about.</param>
/// <param name="Run">Gives it.</param>
internal sealed record Lesson(int Number, string Title, Action<TextWriter> Run)
{
    /// <summary>The lessons in order.</summary>
    public static IReadOnlyList<Lesson> All { get; } =
    [
        new(1, "Tensors", static output => TensorsLesson.Run(output)),
        new(2, "Gradients", static output => GradientsLesson.Run(output)),
        new(3, "One operation with its check", static output => OperationLesson.Run(output)),
        new(4, "Loading a T5", static output => ModelLesson.Run(output)),
        new(5, "One prompt", static output => PromptLesson.Run(output)),
        new(6, "A source bank and a router", static output => RouterLesson.Run(output)),
        new(7, "Training, saving, predicting", static output => PredictLesson.Run(output)),
        new(8, "Stopping and going on", static output => ResumeLesson.Run(output)),
    ];

    /// <summary>The checkpoint of the lessons: a T5 of 45,696 random weights, width 32, vocabulary 128.</summary>
    public static string TinyModel => Path.Combine(AppContext.BaseDirectory, "tiny_v10");

    /// <inheritdoc/>
    public override string ToString() => $"{Number}. {Title}";
}
