using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.TestKit.Cuda.Ptx;

/// <summary>
/// A kernel's arguments as the bytes that ILGPU hands to the driver: fields one after the other, a view as its address
/// and its length.
/// </summary>
internal sealed class PtxParameters
{
    private static readonly MethodInfo s_addView =
        typeof(PtxParameters).GetMethod(nameof(AddView), BindingFlags.Instance | BindingFlags.NonPublic)!;

    private readonly List<byte> _bytes = [];

    public PtxParameters(params ReadOnlySpan<object> arguments)
    {
        foreach (object argument in arguments) Add(argument);
        Align(8);
    }

    public byte[] Bytes => [.. _bytes];

    /// <summary>The memory the views cover.</summary>
    public List<(nint Address, long Bytes)> Blocks { get; } = [];

    private void Add(object value)
    {
        Type type = value.GetType();
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ArrayView<>))
        {
            Align(8);
            s_addView.MakeGenericMethod(type.GetGenericArguments()).Invoke(this, [value]);
            return;
        }
        switch (value)
        {
            case int or uint:
                Align(4);
                _bytes.AddRange(
                    value is int signed ? BitConverter.GetBytes(signed) : BitConverter.GetBytes((uint)value));
                break;
            case float single:
                Align(4);
                _bytes.AddRange(BitConverter.GetBytes(single));
                break;
            case long or ulong:
                Align(8);
                Write(value is long signedLong ? signedLong : (long)(ulong)value);
                break;
            case double number:
                Align(8);
                _bytes.AddRange(BitConverter.GetBytes(number));
                break;
            default:
                FieldInfo[] fields = type.GetFields(
                    BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
                if (fields.Length == 0) throw new NotSupportedException($"A kernel argument of {type.Name}.");
                int alignment = AlignmentOf(type);
                Align(alignment);
                foreach (FieldInfo field in fields) Add(field.GetValue(value)!);
                Align(alignment);
                break;
        }
    }

    /// <summary>That of the widest field, as in C.</summary>
    private static int AlignmentOf(Type type)
        => type == typeof(long) || type == typeof(ulong) || type == typeof(double)
            || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ArrayView<>)) ? 8
            : type.IsPrimitive ? 4
            : type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                .Max(static field => AlignmentOf(field.FieldType));

    private void AddView<T>(ArrayView<T> view)
        where T : unmanaged
    {
        nint address = view.Length == 0 ? 0 : view.LoadEffectiveAddressAsPtr();
        if (view.Length > 0) Blocks.Add((address, view.LengthInBytes));
        Write(address, view.Length);
    }

    private void Align(int bytes)
    {
        while (_bytes.Count % bytes != 0) _bytes.Add(0);
    }

    private void Write(params ReadOnlySpan<long> values) => _bytes.AddRange(MemoryMarshal.AsBytes(values).ToArray());
}
