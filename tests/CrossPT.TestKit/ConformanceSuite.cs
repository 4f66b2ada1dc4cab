using CrossPT.Tensors;
using CrossPT.Tensors.Reference;
using Xunit;

namespace CrossPT.TestKit;

/// <summary>
/// What the suites of all kernel groups share: operands on two back ends, and the comparison. A device derives a class
/// from each suite and says where its back end comes from.
/// </summary>
/// <remarks>
/// Every call that <see cref="Run"/> makes is made twice and must give the same bits; outputs begin as NaN, so that
/// what is read before it is written shows; operands that are no outputs, and the columns around views, must not
/// change.
/// </remarks>
public abstract class ConformanceSuite(TestDevice device) : IDisposable
{
    private static readonly int[] s_rows = [1, 2, 5, 11, 12, 13, 16, 17, 31, 32, 33, 37, 64, 100];
    private static readonly int[] s_fewRows = [1, 5, 17, 33];
    private static readonly int[] s_fewestRows = [1, 5, 17];
    private static readonly int[] s_columns = [1, 7, 8, 31, 32, 33, 64, 100, 130], s_fewColumns = [1, 8, 33, 100];
    private static readonly int[] s_inner = [1, 8, 33, 100, 385, 800], s_fewInner = [1, 33, 100];

    private readonly ReferenceBackend _reference = new();
    private readonly List<IDisposable> _owned = [];
    private readonly List<Twin> _twins = [];
    private CounterRandom _random = new(20240229);
    private string _case = "";
    private IBackend? _tested;

    /// <summary>Largest difference from the reference, relative to the largest element of the result.</summary>
    protected virtual double Tolerance => 2e-5;

    /// <summary>Rows of matrices: one off every block a kernel may have, and on it.</summary>
    protected int[] RowCounts => device.IsSlow ? s_fewestRows : device.IsSimulated ? s_fewRows : s_rows;

    /// <summary>Columns of matrices: tails of vectors and of groups of 32.</summary>
    protected int[] ColumnCounts => device.IsSimulated ? s_fewColumns : s_columns;

    /// <summary>Inner sizes of matrix products.</summary>
    protected int[] InnerSizes => device.IsSimulated ? s_fewInner : s_inner;

    /// <summary>Fewer rows on a slow device.</summary>
    protected int Shortened(int rows) => device.IsSlow && rows > 8 ? 8 + ((rows - 8 + 5) / 6) : rows;

    /// <summary>Whether an index outside its table throws: on the host always.</summary>
    protected virtual bool ChecksIndices => Tested.IsHostMemory;

    /// <summary>The back end under test.</summary>
    protected IBackend Tested => _tested ??= device.Take();

    /// <inheritdoc/>
    public void Dispose()
    {
        Begin("");
        if (_tested is not null) device.Return(_tested);
        _reference.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// Starts another case of a test: frees the operands of the one before, and names this one in messages.
    /// </summary>
    protected void Begin(string name)
    {
        foreach (IDisposable owned in _owned) owned.Dispose();
        _owned.Clear();
        _twins.Clear();
        _case = name;
        _random = new CounterRandom(20240229);
    }

    /// <summary>[rows, columns] of normal numbers.</summary>
    protected Twin Random(int rows, int columns, bool view = false, double scale = 1) =>
        Of(Numbers(rows * columns, scale), [rows, columns], view);

    /// <summary>[length] of normal numbers.</summary>
    protected Twin RandomVector(int length, double scale = 1) => Of(Numbers(length, scale), [length]);

    /// <summary>[rows, columns] of NaN, to be written.</summary>
    protected Twin Output(int rows, int columns, bool view = false)
    {
        float[] values = new float[rows * columns];
        Array.Fill(values, float.NaN);
        return Of(values, [rows, columns], view);
    }

    /// <summary>[length] of NaN, to be written.</summary>
    protected Twin OutputVector(int length)
    {
        float[] values = new float[length];
        Array.Fill(values, float.NaN);
        return Of(values, [length]);
    }

    /// <summary>These values.</summary>
    protected Twin Of(float[] values, int[] sizes, bool view = false) =>
        Own(Twin.Singles(Tested, _reference, values, sizes, view));

    /// <summary>Indices or labels, Int32.</summary>
    protected Twin Ids(params int[] ids) => Own(Twin.Indices(Tested, _reference, ids));

    /// <summary>Bits of a [rows, columns] matrix, drawn at random: also those that only fill a row up.</summary>
    protected Twin Mask(int rows, int columns)
    {
        byte[] bytes = new byte[rows * ((columns + 31) / 32 * 4)];
        for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)_random.NextUInt32();
        return Own(Twin.Mask(Tested, _reference, bytes, rows, columns));
    }

    /// <summary>A packed weight of G groups of [outputs, inputs], of normal numbers.</summary>
    protected PackedTwin Packed(int groups, int outputs, int inputs, double scale = 1)
    {
        PackedTwin packed = EmptyPacked(groups, outputs, inputs);
        packed.Pack(Tested, _reference, Numbers(groups * outputs * inputs, scale));
        return packed;
    }

    /// <summary>A packed weight nothing was packed into yet.</summary>
    protected PackedTwin EmptyPacked(int groups, int outputs, int inputs)
    {
        PackedTwin packed = new(Tested, _reference, groups, outputs, inputs);
        _owned.Add(packed);
        return packed;
    }

    /// <summary>Normal numbers, the same in every run.</summary>
    protected float[] Numbers(int count, double scale = 1)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (float)(scale * _random.NextGaussian());
        return values;
    }

    /// <summary>Does something on both back ends without comparing.</summary>
    protected void OnBoth(Action<Side> action)
    {
        action(new Side(_reference, false));
        action(new Side(Tested, true));
    }

    /// <summary>Gives both back ends the reference's values, so that what follows is judged on equal inputs.</summary>
    protected static void Equalize(Twin twin)
    {
        float[] values = twin.Reference.ToSingles();
        twin.Reference.CopyFrom(values);
        twin.Tested.CopyFrom(values);
    }

    /// <summary>
    /// Runs a kernel on both back ends and compares its outputs, operands it may also have read among them.
    /// </summary>
    protected void Run(Action<Side> kernel, Twin[] outputs, double? tolerance = null)
    {
        byte[][] before = BytesOfTwins();
        kernel(new Side(_reference, false));
        kernel(new Side(Tested, true));
        Tested.Synchronize();
        byte[][] after = BytesOfTwins();

        for (int i = 0; i < _twins.Count; i++)
        {
            if (!outputs.Contains(_twins[i]))
                Assert.True(
                    before[i].AsSpan().SequenceEqual(after[i]),
                    $"{_case}: operand {i}, {_twins[i].Tested.Describe()}, changed.");
            else
                Restore(_twins[i], before[i], after[i], i);
        }
        kernel(new Side(Tested, true));
        Tested.Synchronize();
        byte[][] again = BytesOfTwins();
        for (int i = 0; i < _twins.Count; i++)
            Assert.True(
                after[i].AsSpan().SequenceEqual(again[i]),
                $"{_case}: operand {i}, {_twins[i].Tested.Describe()}, has other bits the second time.");

        foreach (Twin output in outputs) Compare(output, tolerance ?? Tolerance);
    }

    /// <summary>Both back ends refuse a call with an <see cref="ArgumentException"/> that names the kernel.</summary>
    protected void Refuses(string kernel, Action<Side> call)
    {
        foreach (Side side in (Side[])[new(_reference, false), new(Tested, true)])
        {
            ArgumentException exception = Assert.ThrowsAny<ArgumentException>(() => call(side));
            Assert.Contains(kernel, exception.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Every element of an operand on the back end under test is a number.</summary>
    protected void AllFinite(Twin twin)
        => Assert.All(twin.Tested.ToSingles(), value => Assert.True(float.IsFinite(value), $"{_case}: {value}"));

    private Twin Own(Twin twin)
    {
        _owned.Add(twin);
        _twins.Add(twin);
        return twin;
    }

    private byte[][] BytesOfTwins() => [.. _twins.Select(twin => twin.TestedBytes())];

    private void Restore(Twin twin, byte[] before, byte[] after, int index)
    {
        for (int i = 0; i < before.Length; i++)
        {
            if (before[i] != after[i] && twin.IsOutside(i))
                Assert.Fail($"{_case}: operand {index}, {twin.Tested.Describe()}, was written outside its columns.");
        }
        Tested.CopyFromHost(before, twin.TestedWhole);
    }

    private void Compare(Twin twin, double tolerance)
    {
        switch (twin.Tested.DType)
        {
            case DType.Int32:
                Assert.Equal(twin.Reference.ToInt32(), twin.Tested.ToInt32());
                break;
            case DType.UInt8:
                CompareBits(twin);
                break;
            default:
                CompareNumbers(twin, tolerance);
                break;
        }
    }

    private void CompareBits(Twin twin)
    {
        byte[] expected = Twin.BytesOf(twin.Reference), actual = Twin.BytesOf(twin.Tested);
        int rowBytes = twin.Tested.Columns;
        for (int r = 0; r < twin.Tested.Rows; r++)
        {
            for (int c = 0; c < twin.MaskColumns; c++)
            {
                int index = (r * rowBytes) + (c / 8), bit = 1 << (c % 8);
                if ((expected[index] & bit) != (actual[index] & bit))
                    Assert.Fail($"{_case}: bit [{r}, {c}] of {twin.Tested.Describe()}.");
            }
        }
    }

    private void CompareNumbers(Twin twin, double tolerance)
    {
        double[] expected = twin.Reference.ToDoubles(), actual = twin.Tested.ToDoubles();
        double allowed = tolerance * expected.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        for (int i = 0; i < expected.Length; i++)
        {
            if (expected[i].Equals(actual[i]) || expected[i] == actual[i]
                || Math.Abs(expected[i] - actual[i]) <= allowed) continue;
            int columns = twin.Tested.Columns;
            Assert.Fail(
                $"{_case}: element [{i / columns}, {i % columns}] of {twin.Tested.Describe()} is {actual[i]:G9}, "
                    + $"expected {expected[i]:G9} ± {allowed:G3}.");
        }
    }
}
