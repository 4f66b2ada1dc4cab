namespace CrossPT.Runner.Bench.Kernels;

/// <summary>The sizes of a T5 that decide how fast its kernels are.</summary>
/// <param name="Name">As <c>--preset</c> has it.</param>
/// <param name="Width">H.</param>
/// <param name="FeedForward">F.</param>
/// <param name="Heads">N, of width 64 each.</param>
internal sealed record KernelSizes(string Name, int Width, int FeedForward, int Heads)
{
    /// <summary>D.</summary>
    public const int HeadWidth = 64;

    /// <summary>V.</summary>
    public const int Vocabulary = 32128;

    public static KernelSizes[] All { get; } =
    [
        new("t5-small", 512, 2048, 8), new("t5-base", 768, 3072, 12), new("t5-large", 1024, 4096, 16),
    ];
}
