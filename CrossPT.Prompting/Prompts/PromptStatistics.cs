using CrossPT.Tensors;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Prompts;

/// <summary>The least, the mean and the largest of some numbers.</summary>
public readonly record struct Spread(double Least, double Mean, double Largest)
{
    /// <summary>Of at least one number.</summary>
    public static Spread Of(IReadOnlyCollection<double> values) => new(values.Min(), values.Average(), values.Max());
}

/// <summary>Statistics of the numbers of a prompt [P, H], in float64.</summary>
/// <param name="Mean">Mean of all elements.</param>
/// <param name="Deviation">Their standard deviation, over P·H (not P·H − 1).</param>
/// <param name="Least">The least element.</param>
/// <param name="Largest">The largest element.</param>
/// <param name="RootMeanSquare">Root of the mean of the squares.</param>
/// <param name="RowNorms">Euclidean norms of the P rows.</param>
public sealed record PromptStatistics(
    double Mean, double Deviation, double Least, double Largest, double RootMeanSquare, Spread RowNorms)
{
    /// <summary>Of the rows of a prompt, end to end.</summary>
    /// <exception cref="ArgumentException">The numbers are not whole rows, or there are none.</exception>
    public static PromptStatistics Of(ReadOnlySpan<float> rows, int width)
    {
        double[] norms = NormsOf(rows, width);
        double sum = 0, squares = 0, least = double.PositiveInfinity, largest = double.NegativeInfinity;
        foreach (float value in rows)
        {
            sum += value;
            least = Math.Min(least, value);
            largest = Math.Max(largest, value);
        }
        double mean = sum / rows.Length;
        foreach (float value in rows) squares += (value - mean) * (value - mean);
        double variance = squares / rows.Length;
        double rootMeanSquare = Math.Sqrt(variance + (mean * mean));
        return new PromptStatistics(mean, Math.Sqrt(variance), least, largest, rootMeanSquare, Spread.Of(norms));
    }

    /// <summary>Euclidean norms of rows.</summary>
    /// <exception cref="ArgumentException">The numbers are not whole rows, or there are none.</exception>
    public static double[] NormsOf(ReadOnlySpan<float> rows, int width)
    {
        if (width < 1 || rows.IsEmpty || rows.Length % width != 0)
            throw new ArgumentException($"NormsOf: {rows.Length} numbers, expected rows of {width}.", nameof(rows));
        double[] norms = new double[rows.Length / width];
        for (int row = 0; row < norms.Length; row++)
        {
            double squares = 0;
            foreach (float value in rows.Slice(row * width, width)) squares += (double)value * value;
            norms[row] = Math.Sqrt(squares);
        }
        return norms;
    }
}

/// <summary>How alike two prompts of one width are, computed in float64.</summary>
public static class PromptSimilarity
{
    /// <summary>Cosine of two vectors; NaN where one is zero.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Cosine(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        if (a.Length != b.Length)
            throw new ArgumentException($"Cosine: {a.Length} numbers and {b.Length}, expected as many.", nameof(b));
        double product = 0, left = 0, right = 0;
        for (int i = 0; i < a.Length; i++)
        {
            product += a[i] * b[i];
            left += a[i] * a[i];
            right += b[i] * b[i];
        }
        return left == 0 || right == 0 ? double.NaN : product / Math.Sqrt(left) / Math.Sqrt(right);
    }

    /// <summary>The rows end to end [P·H]: as prompts are compared row by row.</summary>
    public static double[] Flatten(ReadOnlySpan<float> rows)
    {
        double[] flat = new double[rows.Length];
        for (int i = 0; i < flat.Length; i++) flat[i] = rows[i];
        return flat;
    }

    /// <summary>
    /// The mean of the rows [H]: as prompts are compared whatever the order and number of their rows.
    /// </summary>
    public static double[] MeanPool(ReadOnlySpan<float> rows, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        double[] mean = new double[width];
        for (int i = 0; i < rows.Length; i++) mean[i % width] += rows[i];
        int count = rows.Length / width;
        for (int i = 0; i < width; i++) mean[i] /= count;
        return mean;
    }

    /// <summary>Cosines [n, n] of vectors; null where two are of different lengths, or one is zero.</summary>
    public static double?[,] Matrix(IReadOnlyList<double[]> vectors)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        double?[,] cosines = new double?[vectors.Count, vectors.Count];
        for (int i = 0; i < vectors.Count; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                if (vectors[i].Length != vectors[j].Length) continue;
                double cosine = Cosine(vectors[i], vectors[j]);
                if (!double.IsNaN(cosine)) cosines[i, j] = cosines[j, i] = cosine;
            }
        }
        return cosines;
    }
}

/// <summary>A row of the vocabulary near a row of a prompt.</summary>
/// <param name="Id">The row's place, which is its token's id.</param>
/// <param name="Cosine">Of the two rows.</param>
public readonly record struct VocabularyNeighbour(int Id, double Cosine);

/// <summary>
/// The input embeddings [V, H] of a model, alone: to see what a prompt's rows are near to, without the model.
/// </summary>
public sealed class VocabularyRows
{
    private const int Block = 4096;

    // The shared embedding is stored under one of several names.
    private static readonly string[] s_names =
        ["shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"];

    private readonly float[] _rows;
    private readonly double[] _norms;

    /// <summary>Embeddings from their rows.</summary>
    /// <param name="rows">V·H numbers, row after row; taken over, not copied.</param>
    /// <param name="width">H.</param>
    /// <exception cref="ArgumentException">The numbers are not whole rows, or there are none.</exception>
    public VocabularyRows(float[] rows, int width)
    {
        ArgumentNullException.ThrowIfNull(rows);
        _rows = rows;
        _norms = PromptStatistics.NormsOf(rows, width);
        Width = width;
    }

    /// <summary>H.</summary>
    public int Width { get; }

    /// <summary>V.</summary>
    public int Count => _norms.Length;

    /// <summary>Euclidean norms of the rows.</summary>
    public Spread Norms => Spread.Of(_norms);

    /// <summary>Reads them out of a model folder.</summary>
    /// <exception cref="T5FormatException">The configuration is no T5's.</exception>
    /// <exception cref="TensorFileException">There are no weights, or no embedding of the configuration's size among
    /// them.</exception>
    public static VocabularyRows Load(string folder)
    {
        T5Config config = T5Config.Load(folder);
        using ITensorSource source = TensorFiles.Open(folder);
        TensorEntry entry = Find(source) ?? source.Get(s_names[0]);
        if (entry.Shape != new Shape(config.VocabularySize, config.ModelWidth) || !entry.DType.IsFloatingPoint())
        {
            throw new TensorFileException(
                source.Path,
                $"holds {entry}, expected numbers [{config.VocabularySize}, {config.ModelWidth}], "
                + "the sizes of the configuration");
        }
        return new VocabularyRows(source.ReadSingles(entry.Name), config.ModelWidth);
    }

    /// <summary>
    /// The rows of the vocabulary nearest by cosine to every row of a prompt, nearest first, equal ones by id; rows of
    /// zeros are near nothing.
    /// </summary>
    /// <param name="prompt">P·H numbers, row after row.</param>
    /// <param name="count">How many of each.</param>
    /// <param name="limit">Only ids below this one: a vocabulary may be rounded up beyond its tokenizer's.</param>
    /// <param name="backend">Where to compute.</param>
    /// <exception cref="ArgumentException">The prompt is of another width.</exception>
    public VocabularyNeighbour[][] Nearest(ReadOnlySpan<float> prompt, int count, int limit, IBackend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        double[] norms = PromptStatistics.NormsOf(prompt, Width);
        List<VocabularyNeighbour>[] nearest = Array.ConvertAll(norms, _ => new List<VocabularyNeighbour>(count + 1));
        using TensorScope scope = new();
        Tensor rows = TensorData.FromSingles(backend, prompt, norms.Length, Width);
        int end = Math.Min(limit, Count);
        for (int start = 0; start < end; start += Block)
        {
            using TensorScope block = new();
            int size = Math.Min(Block, end - start);
            Tensor vocabulary = TensorData.FromSingles(backend, _rows.AsSpan(start * Width, size * Width), size, Width);
            Tensor products = Tensor.Allocate(backend, norms.Length, size);
            backend.Matrix.Product(rows, false, vocabulary, true, products);
            float[] values = products.ToSingles();
            for (int row = 0; row < norms.Length; row++)
            {
                for (int i = 0; i < size; i++)
                {
                    double scale = norms[row] * _norms[start + i];
                    if (!(scale > 0)) continue;
                    double cosine = values[(row * size) + i] / scale;
                    Offer(nearest[row], count, new VocabularyNeighbour(start + i, cosine));
                }
            }
        }
        return Array.ConvertAll(nearest, static list => list.ToArray());
    }

    // Under its own name, else behind a prefix.
    private static TensorEntry? Find(ITensorSource source)
    {
        foreach (string name in s_names)
        {
            if (source.TryGet(name, out TensorEntry? entry)) return entry;
            entry = source.Entries.FirstOrDefault(other => other.Name.EndsWith($".{name}", StringComparison.Ordinal));
            if (entry is not null) return entry;
        }
        return null;
    }

    private static void Offer(List<VocabularyNeighbour> list, int count, VocabularyNeighbour candidate)
    {
        if (list.Count == count && !(candidate.Cosine > list[^1].Cosine)) return;
        int place = list.Count;
        while (place > 0 && candidate.Cosine > list[place - 1].Cosine) place--;
        list.Insert(place, candidate);
        if (list.Count > count) list.RemoveAt(count);
    }
}
