using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Cpu;

/// <summary>
/// A weight as the panel matrix of its transpose, group by group: ⌈N / 32⌉ panels [K, 32], each holding 32 outputs side
/// by side.
/// </summary>
/// <remarks>
/// Forward, Y = X·Wᵀ reads it as the right operand (vectors of 32 outputs); backward, dXᵀ = Wᵀ·dYᵀ reads the same bytes
/// as the left operand (one element at a time, 32 outputs in a row). So one copy serves both; see
/// <see cref="Tile{TSimd, V}"/>.
/// </remarks>
internal sealed unsafe class CpuPackedMatrix : IPackedMatrix
{
    private readonly CpuPackedMatrix? _owner;
    private nint _address;

    public CpuPackedMatrix(int groups, int outputs, int inputs)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(groups);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputs);
        Groups = groups;
        Outputs = outputs;
        Inputs = inputs;
        Pitch = Panels.Pitch(inputs);
        PanelsPerGroup = Panels.Count(outputs);
        ByteLength = checked((long)groups * PanelsPerGroup * Pitch * Panels.Width * sizeof(float));
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
        _address = grouped._address;
        _owner = grouped;
    }

    ~CpuPackedMatrix() => Free();

    public int Groups { get; }

    public int Outputs { get; }

    public int Inputs { get; }

    public long ByteLength { get; }

    /// <summary>Rows from a panel to the next: K and a few more.</summary>
    public int Pitch { get; }

    public int PanelsPerGroup { get; }

    /// <summary>Elements of a panel.</summary>
    public nint PanelStride => (nint)Pitch * Panels.Width;

    /// <summary>First element of panel <paramref name="panel"/> of a group.</summary>
    public float* Panel(int group, int panel)
    {
        ObjectDisposedException.ThrowIf(_address == 0, this);
        return (float*)_address + ((((nint)group * PanelsPerGroup) + panel) * PanelStride);
    }

    /// <summary>
    /// The same panels as one group where every panel is full (T5's heads of 64 are two panels); otherwise a repacked
    /// copy.
    /// </summary>
    public CpuPackedMatrix Stack()
    {
        if (Groups == 1 || Outputs % Panels.Width == 0) return new CpuPackedMatrix(this);
        CpuPackedMatrix copy = new(1, Groups * Outputs, Inputs);
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
            Panels.Transpose(
                rows, stride, run, Inputs, Panel(group, output / Panels.Width) + lane, Panels.Width, accumulate: false);
            firstRow += run;
            rows += run * stride;
            count -= run;
        }
    }

    /// <summary>Reads stacked row <paramref name="row"/>: K elements.</summary>
    public void Read(int row, float* destination)
    {
        float* source = Panel(row / Outputs, row % Outputs / Panels.Width) + (row % Outputs % Panels.Width);
        for (int k = 0; k < Inputs; k++) destination[k] = source[(nint)k * Panels.Width];
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
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
            NativeMemory.Clear(Panel(group, PanelsPerGroup - 1), (nuint)PanelStride * sizeof(float));
    }
}
