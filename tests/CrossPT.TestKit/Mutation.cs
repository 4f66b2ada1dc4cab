using System.Text;

namespace CrossPT.TestKit;

/// <summary>Damages files, a little at a time.</summary>
public static class Mutation
{
    private static readonly byte[] s_bytes = [0, 1, 0x7F, 0x80, 0xFF, .. "\"}Rb."u8];

    private static readonly long[] s_values =
        [long.MaxValue, long.MinValue, -1, int.MaxValue, 1L << 31, uint.MaxValue, 1L << 40, 0];

    private static readonly string[] s_numbers =
        ["0", "-1", "4294967296", "9223372036854775807", "99999999999999999999", "1.5", "2147483647"];

    /// <summary>The bytes with one thing changed: bits, stretches, numbers, an end.</summary>
    public static byte[] Of(byte[] source, System.Random random)
    {
        if (source.Length == 0) return [(byte)random.Next(256)];
        byte[] bytes = [.. source];
        int at = random.Next(bytes.Length);
        int length = Math.Min(random.Next(1, 17), bytes.Length - at);
        switch (random.Next(10))
        {
            case 0 or 1:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 2:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 3:
                bytes[at] = ((byte[])[
                    0, 1, 0x7F, 0x80, 0xFF, (byte)'"', (byte)'}', (byte)'R', (byte)'b', (byte)'.'])[random.Next(10)];
                return bytes;
            case 4:
                return random.Next(4) == 0 ? bytes[..at] : bytes[..^Math.Min(bytes.Length, random.Next(1, 9))];
            case 5:
                byte[] chunk = new byte[length];
                random.NextBytes(chunk);
                return [.. bytes[..at], .. chunk, .. bytes[at..]];
            case 6:
                return [.. bytes[..(at + length)], .. bytes[at..]];
            case 7:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 8:
                long value = s_values[random.Next(s_values.Length)];
                byte[] number = BitConverter.GetBytes(value);
                int width = Math.Min(1 << random.Next(1, 4), bytes.Length - at);
                number.AsSpan(0, width).CopyTo(bytes.AsSpan(at));
                return bytes;
            default:
                // A digit of JSON or of a header becomes a number no one needs.
                int digit = Array.FindIndex(bytes, at, static b => b is >= (byte)'0' and <= (byte)'9');
                if (digit < 0) return bytes;
                byte[] text = Encoding.ASCII.GetBytes(s_numbers[random.Next(s_numbers.Length)]);
                return [.. bytes[..digit], .. text, .. bytes[(digit + 1)..]];
        }
    }
}
