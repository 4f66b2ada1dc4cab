namespace CrossPT.Runner.Data;

/// <summary>CRC-32 as in zip: reflected, polynomial 0xEDB88320.</summary>
internal sealed class Crc32
{
    private static readonly uint[] s_table = MakeTable();

    private uint _state = uint.MaxValue;

    /// <summary>The checksum of what was added.</summary>
    public uint Value => ~_state;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        uint state = _state;
        foreach (byte b in bytes) state = s_table[(byte)(state ^ b)] ^ (state >> 8);
        _state = state;
    }

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
            table[i] = value;
        }
        return table;
    }
}
