using System.Globalization;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Bench;

/// <summary>Source lengths of real examples, one a line.</summary>
internal static class LengthsFile
{
    private const int LongestSource = 1 << 20;

    /// <summary>Batch i takes lines B·i … B·i + B − 1; a rest that fills no batch is left out.</summary>
    public static int[][] Read(string path, int batch)
    {
        using StreamReader reader = new(InputFile.Open(path));
        List<int> lengths = [];
        while (reader.ReadLine() is { } line)
        {
            if (!int.TryParse(line.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
                || length is < 1 or > LongestSource)
                throw new UserException(
                    $"{path}:{lengths.Count + 1}: found '{(line.Length > 40 ? line[..40] + "…" : line)}', expected a "
                        + $"length from 1 to {LongestSource}");
            lengths.Add(length);
        }
        if (lengths.Count < batch)
            throw new UserException($"{path}: has {lengths.Count} lines, expected at least {batch}, a batch");
        return [.. lengths.Take(lengths.Count / batch * batch).Chunk(batch)];
    }
}
