namespace CrossPT.Tensors;

/// <summary>Memory use of a back end that manages its own memory.</summary>
public interface IMemoryReport
{
    /// <summary>Bytes held from the system or the device; constant from step to step after warm-up.</summary>
    long ReservedBytes { get; }

    /// <summary>Bytes in use.</summary>
    long UsedBytes { get; }

    /// <summary>The most bytes in use at one time.</summary>
    long HighestUsedBytes { get; }
}
