using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CrossPT.Runner.Hub.Transfer;

/// <summary>What the bytes of a file must come to: SHA-256, or git's SHA-1 of a blob.</summary>
/// <param name="Hex">In hexadecimal, lower case: 64 digits of SHA-256, 40 of git's.</param>
internal sealed record ContentHash(string Hex)
{
    private const int Sha256Digits = 64, GitDigits = 40;

    /// <summary>What messages call it.</summary>
    public string Name => Hex.Length == Sha256Digits ? "SHA-256" : "git hash";

    /// <summary>The hash that an ETag is; null where it is none.</summary>
    public static ContentHash? Of(string etag) =>
        etag.Length is Sha256Digits or GitDigits && etag.All(char.IsAsciiHexDigit)
            ? new ContentHash(etag.ToLowerInvariant())
            : null;

    /// <summary>The SHA-256 of a file.</summary>
    public static string Sha256Of(string path)
    {
        using FileStream stream = Open(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>The same hash of a file.</summary>
    public string Compute(string path)
    {
        if (Hex.Length == Sha256Digits) return Sha256Of(path);
        using FileStream stream = Open(path);
        // Not for security: it is what git calls the content.
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(
            Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {stream.Length}\0")));
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;) hash.AppendData(buffer, 0, read);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static FileStream Open(string path)
        => new(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1 << 16, FileOptions.SequentialScan);
}
