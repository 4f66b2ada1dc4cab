using System.Text;

namespace CrossPT.Prompting;

/// <summary>
/// A stream of random numbers for each use, by name: what one part draws does not move what another draws, and adding a
/// task leaves the shots of the others as they were.
/// </summary>
internal static class RandomStreams
{
    /// <summary>The stream of a purpose, a name within it and a number: FNV-1a over all three.</summary>
    public static ulong Of(string purpose, string name = "", ulong number = 0)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (byte b in Encoding.UTF8.GetBytes($"{purpose}\0{name}\0{number}"))
            hash = unchecked((hash ^ b) * 0x100000001B3);
        return hash;
    }
}
