namespace CrossPT.Tensors.Files.Tests;

internal static class Refused
{
    /// <summary>
    /// The action throws a <see cref="TensorFileException"/>: one sentence that begins with the file and says all of
    /// <paramref name="parts"/>.
    /// </summary>
    public static void With(string path, Action action, params string[] parts)
    {
        TensorFileException error = Assert.Throws<TensorFileException>(action);
        Assert.StartsWith(path + ": ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.DoesNotContain(
            "..", error.Message[path.Length..].Replace("'..", "", StringComparison.Ordinal), StringComparison.Ordinal);
        foreach (string part in parts) Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    public static void WhenOpened(string path, params string[] parts) =>
        With(path, () => TensorFiles.Open(path).Dispose(), parts);
}
