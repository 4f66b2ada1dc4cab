using System.Buffers.Binary;
using System.Text;

namespace CrossPT.Tensors.Files.Tests;

/// <summary>Safetensors files byte by byte, right and wrong ones.</summary>
internal static class SafetensorsBytes
{
    public static byte[] Make(string header, int dataLength) => Make(Encoding.UTF8.GetBytes(header), dataLength);

    public static byte[] Make(byte[] header, int dataLength, ulong? headerLength = null)
    {
        byte[] file = new byte[8 + header.Length + dataLength];
        BinaryPrimitives.WriteUInt64LittleEndian(file, headerLength ?? (ulong)header.Length);
        header.CopyTo(file, 8);
        for (int i = 0; i < dataLength; i++) file[8 + header.Length + i] = (byte)(i + 1);
        return file;
    }

    public static string Tensor(string name, string type, string shape, long begin, long end)
        => $"\"{name}\":{{\"dtype\":\"{type}\",\"shape\":[{shape}],\"data_offsets\":[{begin},{end}]}}";
}
