using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Files;

/// <summary>A prompt that a file holds, not yet read.</summary>
/// <param name="Name">Its name within the file.</param>
/// <param name="Width">H.</param>
/// <param name="Type">Type of the elements in the file.</param>
/// <param name="Read">Reads the P·H numbers.</param>
internal sealed record PromptCandidate(string Name, int Width, DType Type, Func<float[]> Read)
{
    /// <summary>What reading leaves out or assumes.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>A matrix as it stands.</summary>
    /// <exception cref="TensorFileException">It is no matrix of numbers, or has no element.</exception>
    public static PromptCandidate Of(ITensorSource source, TensorEntry entry)
    {
        Require(source, entry, rank: 2);
        return new PromptCandidate(entry.Name, entry.Shape[1], entry.DType, () => source.ReadSingles(entry.Name));
    }

    /// <summary>Refuses what is no tensor of floating-point numbers of a rank.</summary>
    public static void Require(ITensorSource source, TensorEntry entry, int rank)
    {
        if (entry.Shape.Rank == rank && entry.Shape.Length > 0 && entry.DType.IsFloatingPoint()) return;
        string expected = rank switch { 1 => "a vector", 2 => "a prompt [P, H]", _ => $"{rank} sizes" };
        throw new TensorFileException(
            source.Path, $"holds {PromptNames.Show(entry)}, expected {expected} of floating-point numbers");
    }
}
