using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace CrossPT.Tensors.Files;

/// <summary>
/// A file written by <c>torch.save</c> since PyTorch 1.6 (<c>.pt</c>, <c>.pth</c>, <c>pytorch_model.bin</c>): tensors,
/// parameters and state dictionaries, in dictionaries, lists and tuples as deep as one likes.
/// </summary>
/// <remarks>
/// The format is a zip archive with a pickle in it, and loading a pickle in Python can run any code. Here it is read by
/// a machine that knows a handful of instructions and names (<c>collections.OrderedDict</c>,
/// <c>torch._utils._rebuild_tensor_v2</c> and <c>_rebuild_parameter</c>, the storages of the types in
/// <see cref="DType"/>) and refuses everything else; nothing is ever run.
/// <para>
/// Names are the path to a tensor, joined by dots: <c>model.encoder.0</c>; a tensor in no container is called
/// <c>tensor</c>. Elements are read from their place in the file. A tensor whose elements do not lie end to end (saved
/// transposed, or some columns) is handed out row-major all the same, at the price of its storage in memory until the
/// file is closed. The checksum of the pickle is verified, those of the elements are not.
/// </para>
/// </remarks>
public sealed class PyTorchFile : ITensorSource
{
    /// <summary>The longest pickle that is read: a hundred times that of the largest T5.</summary>
    private const int PickleLimit = 1 << 24;

    private readonly PositionalFile _file;
    private readonly EntryTable _table;
    private readonly Dictionary<string, (StridedLayout Layout, long Start, int Length)> _strided = new(
        StringComparer.Ordinal);
    private readonly ConcurrentDictionary<long, Lazy<byte[]>> _storages = new();

    private PyTorchFile(PositionalFile file)
    {
        _file = file;
        CheckKind(file);
        ZipDirectory zip = ZipDirectory.Read(file);
        string root = zip.FirstName[..Math.Max(0, zip.FirstName.IndexOf('/'))];
        ZipItem pickle = zip.Find($"{root}/data.pkl") ?? throw new TensorFileException(
            file.Path,
            $"is a zip archive that begins with {TensorFileException.Quote(zip.FirstName)} and has no data.pkl, "
                + $"expected one written by torch.save");
        if (zip.Find($"{root}/byteorder") is ZipItem order
            && !zip.ReadAll(order, 16).AsSpan().SequenceEqual("little"u8))
            throw new TensorFileException(
                file.Path, $"{order} does not say 'little': elements in another byte order are not read");

        // With the pickle, the archive's table and this the memory stays below 64 MB and four times the file.
        AllocationBudget budget = new(file.Path, (20L << 20) + (2 * file.Length));
        object? state = new PickleMachine(file.Path, zip.ReadAll(pickle, PickleLimit), budget).Run();
        Dictionary<string, (ZipItem Item, long Start)> located = new(StringComparer.Ordinal);
        List<TensorEntry> entries = [];
        foreach ((string name, TorchTensor tensor) in new TorchState(file.Path, budget)
            .Flatten(state)) entries.Add(Place(name, tensor));
        CheckOverlap([.. located.Values]);
        _table = new EntryTable(file.Path, entries);

        TensorEntry Place(string name, TorchTensor tensor)
        {
            TorchStorage storage = tensor.Storage;
            if (!located.TryGetValue(storage.Key, out (ZipItem Item, long Start) place))
            {
                ZipItem item = zip.Find($"{root}/data/{storage.Key}")
                    ?? throw new TensorFileException(
                        file.Path,
                        $"tensor {TensorFileException.Quote(name)} lies in the storage "
                            + $"{TensorFileException.Quote(storage.Key)}, which the archive does not have");
                if (!item.IsStored)
                    throw new TensorFileException(
                        file.Path,
                        $"the storage {item} is compressed, expected it as torch.save writes it; load and save it "
                            + $"again in Python");
                place = (item, zip.Locate(item));
                located.Add(storage.Key, place);
            }
            return Describe(name, tensor, place.Item, place.Start);
        }
    }

    /// <summary>Opens a file, reads its pickle and verifies that every tensor lies within its storage.</summary>
    /// <exception cref="TensorFileException">The file is missing, damaged, of the format before PyTorch 1.6, or holds
    /// what is not plain tensors.</exception>
    public static PyTorchFile Open(string path)
    {
        PositionalFile file = PositionalFile.Open(path);
        try
        {
            return new PyTorchFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <summary>Tensors in the order they were saved. Several may share elements (tied weights).</summary>
    public IReadOnlyList<TensorEntry> Entries => _table.Entries;

    /// <inheritdoc/>
    public bool TryGet(string name, [NotNullWhen(true)] out TensorEntry? entry) => _table.TryGet(name, out entry);

    /// <inheritdoc/>
    public void Read(TensorEntry entry, long byteOffset, Span<byte> destination)
    {
        _table.Check(Path, entry, byteOffset, destination.Length);
        if (!_strided.TryGetValue(entry.Name, out (StridedLayout Layout, long Start, int Length) strided))
        {
            _file.ReadExactly(entry.Offset + byteOffset, destination);
            return;
        }
        byte[] storage = _storages.GetOrAdd(strided.Start, start => new Lazy<byte[]>(() =>
        {
            byte[] bytes = GC.AllocateUninitializedArray<byte>(strided.Length);
            _file.ReadExactly(start, bytes);
            return bytes;
        })).Value;
        strided.Layout.Gather(storage, entry.DType.ByteSize(), byteOffset / entry.DType.ByteSize(), destination);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private TensorEntry Describe(string name, TorchTensor tensor, ZipItem item, long start)
    {
        TorchStorage storage = tensor.Storage;
        int size = storage.Type.ByteSize();
        if (storage.Count > item.Length / size)
            throw Fail(
                $"lies in the storage {item} of {item.Length} bytes, expected {storage.Count} elements of "
                    + $"{storage.Type}");
        if (EntryTable.ElementCount(tensor.Sizes) is not long count)
            throw Fail("has more elements than can be counted");
        if (StridedLayout.End(tensor.Sizes, tensor.Strides, tensor.Offset) is not long end || end > storage.Count)
            throw Fail(
                $"with strides [{string.Join(", ", tensor.Strides)}] from element {tensor.Offset} leaves its storage "
                    + $"of {storage.Count} elements");
        // A tensor expanded by strides of zero is small here and without bound once read.
        if (count > storage.Count)
            throw Fail($"repeats the {storage.Count} elements of its storage; save it with .contiguous() in Python");
        if (!StridedLayout.IsRowMajor(tensor.Sizes, tensor.Strides))
        {
            if (item.Length > Array.MaxLength)
                throw Fail(
                    $"is not contiguous and its storage has {item.Length} bytes, expected at most {Array.MaxLength}; "
                        + $"save it with .contiguous() in Python");
            _strided[name] = (new StridedLayout(tensor.Sizes, tensor.Strides, tensor.Offset), start, (int)item.Length);
        }
        return new TensorEntry(name, storage.Type, new Shape(tensor.Sizes), start + (tensor.Offset * size));

        TensorFileException Fail(string problem) => new(
            Path,
            $"pickle byte {tensor.PickleByte}: tensor {TensorFileException.Quote(name)} "
                + $"[{string.Join(", ", tensor.Sizes)}] {problem}");
    }

    /// <summary>Storages lie apart: were they to overlap, a small file could hold any number of large ones.</summary>
    private void CheckOverlap((ZipItem Item, long Start)[] storages)
    {
        Array.Sort(storages, static (a, b) => a.Start.CompareTo(b.Start));
        for (int i = 1; i < storages.Length; i++)
        {
            (ZipItem before, long start) = storages[i - 1];
            if (storages[i].Item.HeaderOffset < start + before.StoredLength)
                throw new TensorFileException(
                    Path,
                    $"byte {storages[i].Item.HeaderOffset}: the storages {before} and {storages[i].Item} overlap");
        }
    }

    /// <summary>
    /// Tells the formats of older versions and plain pickles from a zip archive, each with what to do.
    /// </summary>
    private static void CheckKind(PositionalFile file)
    {
        Span<byte> start = stackalloc byte[512];
        start = start[..(int)Math.Min(start.Length, file.Length)];
        file.ReadExactly(0, start);
        if (start.StartsWith("PK"u8)) return;
        const string remedy = "; in Python, torch.save(torch.load(old, map_location=\"cpu\"), new) converts it";
        if (start.IsEmpty) throw new TensorFileException(file.Path, "is empty, expected a file written by torch.save");
        if (start.Length > 262 && start.Slice(257, 5).SequenceEqual("ustar"u8))
            throw new TensorFileException(file.Path, $"is a tar archive, the format of PyTorch before 0.1.10{remedy}");
        if (start[0] == 0x80)
            throw new TensorFileException(
                file.Path, $"is a pickle without a zip archive around it, the format of PyTorch before 1.6{remedy}");
        throw new TensorFileException(
            file.Path, $"byte 0: 0x{start[0]:X2}, expected the zip archive that torch.save writes");
    }
}
