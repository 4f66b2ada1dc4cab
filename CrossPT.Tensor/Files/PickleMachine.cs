using System.Globalization;

namespace CrossPT.Tensors.Files;

/// <summary>
/// Reads the pickles that <c>torch.save</c> writes, protocols 2 to 5 (instructions: CPython Lib/pickletools.py). It
/// knows the instructions that build plain data and the names in <see cref="PickleGlobal"/>; anything else ends the
/// reading. Nothing is ever called.
/// </summary>
/// <remarks>There are no jumps in a pickle, so the time is bounded by its length; the objects by the budget.</remarks>
internal sealed class PickleMachine(string path, byte[] bytes, AllocationBudget budget)
{
    private readonly PickleReader _in = new(path, bytes, budget);
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<long, object?> _memo = [];
    private int _highest;

    /// <summary>The one value the pickle describes.</summary>
    /// <exception cref="TensorFileException">The pickle is broken, or holds what a file of tensors does
    /// not.</exception>
    public object? Run()
    {
        if (_in.NextInstruction() != 0x80) throw _in.Fail($"0x{bytes[0]:X2}, expected PROTO (0x80)");
        int protocol = _in.Byte();
        if (protocol is < 2 or > 5) throw _in.Fail($"protocol {protocol}, expected 2 to 5");
        while (true)
        {
            byte instruction = _in.NextInstruction();
            if (instruction == '.') break;
            Step(instruction);
        }
        object? result = Pop();
        if (_stack.Count > 0 || _marks.Count > 0) throw _in.Fail("more than one value at the end");
        if (!_in.AtEnd) throw _in.Fail($"{_in.Remaining} bytes after the end of the pickle");
        return result;
    }

    private void Step(byte instruction)
    {
        switch (instruction)
        {
            case 0x95: // FRAME
                long frame = _in.Length64();
                if (frame > _in.Remaining) throw _in.Fail($"a frame of {frame} bytes, but only {_in.Remaining} follow");
                break;
            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'J': PushNew((long)_in.Int32()); break;
            case (byte)'K': PushNew((long)_in.Byte()); break;
            case (byte)'M': PushNew((long)_in.UInt16()); break;
            case 0x8A: PushNew(_in.Integer(_in.Byte())); break;
            case 0x8B: PushNew(_in.Integer(_in.Int32())); break;
            case (byte)'G': PushNew(_in.Double()); break;
            case (byte)'X': Push(_in.Text(_in.UInt32())); break;
            case 0x8C: Push(_in.Text(_in.Byte())); break;
            case 0x8D: Push(_in.Text(_in.Length64())); break;
            case (byte)'(':
                budget.Charge(8);
                _marks.Add(_stack.Count);
                break;
            case (byte)']': PushNew(new List<object?>()); break;
            case (byte)'}': PushNew(new PickleDictionary(isOrderedDict: false)); break;
            case (byte)')': Push(Array.Empty<object?>()); break;
            case (byte)'t': PushNew(PopToMark()); break;
            case 0x85: PushNew(PopMany(1)); break;
            case 0x86: PushNew(PopMany(2)); break;
            case 0x87: PushNew(PopMany(3)); break;
            case (byte)'a': Append(PopMany(1)); break;
            case (byte)'e': Append(PopToMark()); break;
            case (byte)'s': SetItems(PopMany(2)); break;
            case (byte)'u': SetItems(PopToMark()); break;
            case (byte)'q': Memoize(_in.Byte()); break;
            case (byte)'r': Memoize(_in.UInt32()); break;
            case 0x94: Memoize(_memo.Count); break;
            case (byte)'h': Recall(_in.Byte()); break;
            case (byte)'j': Recall(_in.UInt32()); break;
            case (byte)'c': Global(_in.Line(), _in.Line()); break;
            case 0x93:
                object?[] name = PopMany(2);
                Global(
                    name[0] as string ?? throw _in.Fail("a name that is not text"),
                    name[1] as string ?? throw _in.Fail("a name that is not text"));
                break;
            case (byte)'Q': PushNew(Storage(Pop())); break;
            case (byte)'R': Reduce(); break;
            case (byte)'b': Build(); break;
            default:
                throw _in.Fail(
                    $"the instruction {InstructionName(instruction)}, which no file of tensors needs; nothing was run");
        }
    }

    private void Global(string module, string name) => Push(PickleGlobal.Find(module, name) ?? throw _in.Fail(
        $"the name {TensorFileException.Quote($"{module}.{name}")}, which is not on the list of what describes "
            + $"tensors; nothing was run"));

    /// <summary>A call in Python; here, a value in the place of the call's result.</summary>
    private void Reduce()
    {
        object?[] call = PopMany(2);
        if (call is not [PickleGlobal global, object?[] arguments])
            throw _in.Fail("a call (REDUCE) of something that is not a name with a tuple of arguments");
        switch (global.Kind)
        {
            case PickleGlobalKind.OrderedDict when arguments.Length == 0:
                PushNew(new PickleDictionary(isOrderedDict: true));
                break;
            case PickleGlobalKind.RebuildParameter when arguments is [TorchTensor data, bool, PickleDictionary]:
                Push(data);
                break;
            case PickleGlobalKind.RebuildTensor when arguments
                is [TorchStorage storage, long offset, object?[] sizes, object?[] strides, bool, PickleDictionary
                    or null, ..] && arguments.Length <= 7:
                PushNew(Tensor(storage, offset, sizes, strides));
                break;
            default:
                throw _in.Fail($"{arguments.Length} arguments that do not fit {global.Name}");
        }
    }

    /// <summary>
    /// Attributes of a state dictionary (its <c>_metadata</c>) say nothing of tensors; attributes of anything else are
    /// refused.
    /// </summary>
    private void Build()
    {
        object? state = Pop();
        if (state is not PickleDictionary || Top() is not PickleDictionary { IsOrderedDict: true })
            throw _in.Fail("attributes (BUILD) for something that is not an OrderedDict; nothing was run");
    }

    private TorchStorage Storage(object? id)
    {
        if (id
            is object?[]
                and ["storage", PickleGlobal { Kind: PickleGlobalKind.Storage } type, string key, string, long count]
                    && count >= 0)
            return new TorchStorage(type.StorageType, key, count);
        throw _in.Fail("a persistent id that is not ('storage', type, key, device, count of at least 0)");
    }

    private TorchTensor Tensor(TorchStorage storage, long offset, object?[] sizes, object?[] strides)
    {
        if (sizes.Length != strides.Length || sizes.Length > EntryTable.RankLimit)
            throw _in.Fail(
                $"a tensor of {sizes.Length} sizes and {strides.Length} strides, expected as many, at most "
                    + $"{EntryTable.RankLimit}");
        if (offset < 0) throw _in.Fail($"a tensor at element {offset} of its storage, expected at least 0");
        budget.Charge(128 + (16L * sizes.Length));
        int[] sizeValues = new int[sizes.Length];
        long[] strideValues = new long[strides.Length];
        for (int d = 0; d < sizes.Length; d++)
        {
            sizeValues[d] = sizes[d] is long size and >= 0 and <= int.MaxValue
                ? (int)size
                : throw _in.Fail($"the size {Show(sizes[d])} of a tensor, expected 0 to {int.MaxValue}");
            strideValues[d] = strides[d] is long stride and >= 0
                ? stride
                : throw _in.Fail($"the stride {Show(strides[d])} of a tensor, expected at least 0");
        }
        return new TorchTensor(storage, offset, sizeValues, strideValues, _in.InstructionStart);
    }

    private void Append(object?[] items)
    {
        if (Top() is not List<object?> list) throw _in.Fail("items for something that is not a list");
        budget.Charge(24L * items.Length);
        list.AddRange(items);
    }

    private void SetItems(object?[] items)
    {
        if (Top() is not PickleDictionary dictionary || items.Length % 2 != 0)
            throw _in.Fail("items for something that is not a dictionary, or a key without a value");
        budget.Charge(24L * items.Length);
        for (int i = 0; i < items.Length; i += 2) dictionary.Pairs.Add(new(items[i], items[i + 1]));
    }

    private void Memoize(long index)
    {
        budget.Charge(96);
        _memo[index] = Top();
    }

    private void Recall(long index) =>
        Push(_memo.TryGetValue(index, out object? value) ? value : throw _in.Fail($"nothing was memorised as {index}"));

    private void PushNew(object? value)
    {
        budget.Charge(64);
        Push(value);
    }

    private void Push(object? value)
    {
        if (_stack.Count >= _highest)
        {
            // The stack's array doubles, so what it has cost is about three times what it holds.
            budget.Charge(24);
            _highest++;
        }
        _stack.Add(value);
    }

    private object? Pop()
    {
        object? value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object? Top()
    {
        if (_stack.Count <= Floor) throw _in.Fail("a value is asked for, but none is there");
        return _stack[^1];
    }

    /// <summary>Values below the last mark cannot be popped until the mark is.</summary>
    private int Floor => _marks.Count == 0 ? 0 : _marks[^1];

    private object?[] PopMany(int count)
    {
        if (_stack.Count - count < Floor)
            throw _in.Fail($"{count} values are asked for, but {_stack.Count - Floor} are there");
        budget.Charge(24 + (8L * count));
        object?[] values = new object?[count];
        _stack.CopyTo(_stack.Count - count, values, 0, count);
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private object?[] PopToMark()
    {
        if (_marks.Count == 0) throw _in.Fail("values since a mark are asked for, but there is no mark");
        object?[] values = PopMany(_stack.Count - _marks[^1]);
        _marks.RemoveAt(_marks.Count - 1);
        return values;
    }

    private static string Show(object? value) => value switch
    {
        long number => number.ToString(CultureInfo.InvariantCulture),
        PickleWideInteger => "beyond 2^63",
        _ => "that is not an integer",
    };

    private static string InstructionName(byte instruction) => instruction switch
    {
        0x82 or 0x83 or 0x84 => $"EXT (0x{instruction:X2})",
        (byte)'i' => "INST (0x69)",
        (byte)'o' => "OBJ (0x6F)",
        0x81 => "NEWOBJ (0x81)",
        0x92 => "NEWOBJ_EX (0x92)",
        (byte)'P' => "PERSID (0x50)",
        0x96 or 0x97 or 0x98 => $"for buffers (0x{instruction:X2})",
        (byte)'B' or (byte)'C' or 0x8E => $"for bytes (0x{instruction:X2})",
        _ => $"0x{instruction:X2}",
    };
}
