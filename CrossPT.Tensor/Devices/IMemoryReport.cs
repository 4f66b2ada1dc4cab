namespace CrossPT.Tensors;

/// <summary>What a back end that keeps its own memory says of it.</summary>
public interface IMemoryReport
{
    /// <summary>Bytes held from the system or the device; constant from step to step after warm-up.</summary>
    long ReservedBytes { get; }

    /// <summary>Bytes in use.</summary>
    long UsedBytes { get; }

    /// <summary>The most bytes in use at one time.</summary>
    long HighestUsedBytes { get; }
}
