using System.Diagnostics;
using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Cpu;

/// <summary>
/// A weight as the panel matrix of its transpose, group by group: ⌈N / 32⌉ panels [K, 32], each holding 32 outputs side
/// by side.
/// </summary>
/// <remarks>
/// Forward, Y = X·Wᵀ reads it as the right operand (vectors of 32 outputs); backward, dXᵀ = Wᵀ·dYᵀ reads the same bytes
/// as the left operand (one element at a time, 32 outputs in a row). So one copy serves both; see
/// <see cref="Tile{TSimd, V}"/>. Panels kept in 16 bits are widened to float32 on their way into a product.
/// </remarks>
internal sealed unsafe class CpuPackedMatrix : IPackedMatrix
{
    private readonly CpuPackedMatrix? _owner;
    private nint _address;

    public CpuPackedMatrix(int groups, int outputs, int inputs, DType type = DType.Float32)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(groups);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputs);
        Groups = groups;
        Outputs = outputs;
        Inputs = inputs;
        Pitch = Panels.Pitch(inputs);
        PanelsPerGroup = Panels.Count(outputs);
        Type = type;
        ByteLength = checked((long)groups * PanelsPerGroup * Pitch * Panels.Width * type.ByteSize());
        _address = CpuMemory.AllocatePages(ByteLength);
        ClearPadding();
    }

    private CpuPackedMatrix(CpuPackedMatrix grouped)
    {
        Groups = 1;
        Outputs = grouped.Groups * grouped.Outputs;
        Inputs = grouped.Inputs;
        Pitch = grouped.Pitch;
        PanelsPerGroup = Panels.Count(Outputs);
        Type = grouped.Type;
        ByteLength = grouped.ByteLength;
        _address = grouped._address;
        _owner = grouped;
    }

    ~CpuPackedMatrix() => Free();

    public int Groups { get; }

    public int Outputs { get; }

    public int Inputs { get; }

    public long ByteLength { get; }

    /// <summary>What the elements are kept as: Float32, BFloat16 or Float16.</summary>
    public DType Type { get; }

    /// <summary>Rows from a panel to the next: K and a few more.</summary>
    public int Pitch { get; }

    public int PanelsPerGroup { get; }

    /// <summary>Elements of a panel.</summary>
    public nint PanelStride => (nint)Pitch * Panels.Width;

    /// <summary>First element of panel <paramref name="panel"/> of a group, of a weight in float32.</summary>
    public float* Panel(int group, int panel)
    {
        Debug.Assert(Type == DType.Float32, "panels of 16 bits are widened");
        return (float*)Start(group, panel);
    }

    /// <summary>Some panels of a group as float32, for a weight in 16 bits.</summary>
    public void Widen(int group, int panel, int count, float* destination) =>
        NarrowFloats.Widen((ushort*)Start(group, panel), Type, destination, count * PanelStride);

    /// <summary>
    /// The same panels as one group where every panel is full (T5's heads of 64 are two panels); otherwise a repacked
    /// copy.
    /// </summary>
    public CpuPackedMatrix Stack()
    {
        if (Groups == 1 || Outputs % Panels.Width == 0) return new CpuPackedMatrix(this);
        CpuPackedMatrix copy = new(1, Groups * Outputs, Inputs, Type);
        float[] row = new float[Inputs];
        fixed (float* buffer = row)
        {
            for (int i = 0; i < copy.Outputs; i++)
            {
                Read(i, buffer);
                copy.Write(i, buffer, Inputs, 1);
            }
        }
        return copy;
    }

    /// <summary>Puts stacked rows [count, K] (group · N + output) in their places.</summary>
    public void Write(int firstRow, float* rows, nint stride, int count)
    {
        while (count > 0)
        {
            int group = firstRow / Outputs, output = firstRow % Outputs, lane = output % Panels.Width;
            int run = Math.Min(Math.Min(Panels.Width - lane, Outputs - output), count);
            int panel = output / Panels.Width;
            if (Type != DType.Float32) WriteNarrow(rows, stride, run, (ushort*)Start(group, panel) + lane);
            else
            {
                Panels.Transpose(
                    rows, stride, run, Inputs, Panel(group, panel) + lane, Panels.Width, accumulate: false);
            }
            firstRow += run;
            rows += run * stride;
            count -= run;
        }
    }

    /// <summary>Reads stacked row <paramref name="row"/>: K elements.</summary>
    public void Read(int row, float* destination)
    {
        nint lane = row % Outputs % Panels.Width;
        void* panel = Start(row / Outputs, row % Outputs / Panels.Width);
        if (Type == DType.Float32)
        {
            float* source = (float*)panel + lane;
            for (int k = 0; k < Inputs; k++) destination[k] = source[(nint)k * Panels.Width];
            return;
        }

        ushort* narrow = (ushort*)panel + lane;
        for (int k = 0; k < Inputs; k++) destination[k] = NarrowFloats.Widen(narrow[(nint)k * Panels.Width], Type);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void* Start(int group, int panel)
    {
        ObjectDisposedException.ThrowIf(_address == 0, this);
        return (byte*)_address + ((((nint)group * PanelsPerGroup) + panel) * PanelStride * Type.ByteSize());
    }

    private void WriteNarrow(float* rows, nint stride, int count, ushort* panel)
    {
        for (int row = 0; row < count; row++)
        {
            float* source = rows + (row * stride);
            ushort* target = panel + row;
            for (int k = 0; k < Inputs; k++) target[(nint)k * Panels.Width] = NarrowFloats.Round(source[k], Type);
        }
    }

    private void Free()
    {
        if (_owner is null) NativeMemory.AlignedFree((void*)_address);
        _address = 0;
    }

    // Columns past N take part in the vectors of the last panel: they must be finite, and stay 0.
    private void ClearPadding()
    {
        if (Outputs % Panels.Width == 0) return;
        for (int group = 0; group < Groups; group++)
            NativeMemory.Clear(Start(group, PanelsPerGroup - 1), (nuint)(PanelStride * Type.ByteSize()));
    }
}
