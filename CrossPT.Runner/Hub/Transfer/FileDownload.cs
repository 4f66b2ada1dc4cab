using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Hub.Transfer;

/// <summary>
/// Downloads a file whole or not at all: into <c>TARGET.incomplete</c>, which a later try goes on with, and under its
/// own name when size and hash are right.
/// </summary>
internal sealed class FileDownload(RemoteClient client, ITransferProgress progress)
{
    private const int BufferBytes = 1 << 17;

    private readonly Retry _retry = new(client.Settings, progress.Note);

    /// <summary>Downloads; whoever may do the same meanwhile must be locked out.</summary>
    /// <param name="file">What.</param>
    /// <param name="target">Where to; its folder must exist.</param>
    /// <param name="cancellation">Stops; what has come stays for a later try.</param>
    /// <exception cref="UserException">It did not come, or is not what was promised.</exception>
    public async Task DownloadAsync(RemoteFile file, string target, CancellationToken cancellation)
    {
        string partial = target + ".incomplete";
        if (file.Size > file.Limit)
            throw new UserException(
                $"{file.Name}: the server says it has {file.Size} bytes, expected at most {file.Limit}",
                ExitCode.Failed);
        bool resumed = LengthOf(partial) > 0;
        await _retry.RunAsync(file.Name, AttemptAsync, () => LengthOf(partial), cancellation).ConfigureAwait(false);
        File.Move(partial, target, overwrite: true);

        async Task<bool> AttemptAsync()
        {
            await ReceiveAsync(file, partial, cancellation).ConfigureAwait(false);
            if (file.Hash is { } hash && hash.Compute(partial) is { } found && found != hash.Hex)
            {
                File.Delete(partial);
                string problem = $"its {hash.Name} is {found}, expected {hash.Hex}";
                if (!resumed) throw new UserException($"{file.Name}: {problem}; it is not kept", ExitCode.Failed);
                // The part that lay here may have been broken: once more, all of it.
                resumed = false;
                throw new TransientException(problem, TimeSpan.Zero);
            }
            progress.End();
            return true;
        }
    }

    private async Task ReceiveAsync(RemoteFile file, string partial, CancellationToken cancellation)
    {
        using FileStream stream = new(partial, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        if (stream.Length > (file.Size ?? file.Limit)) stream.SetLength(0);
        if (stream.Length == file.Size && stream.Length > 0) return;
        CheckSpace(file, partial, stream.Length);
        using HttpResponseMessage response =
            await client.SendAsync(HttpMethod.Get, file.Address, stream.Length, followsAway: true, cancellation)
                .ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && stream.Length > 0)
        {
            // It is shorter than what is here: not the same file.
            stream.SetLength(0);
            throw new TransientException("the server has no such part of the file", TimeSpan.Zero);
        }
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.PartialContent))
            throw Refusal(file, response);
        if (response.Content.Headers.ContentEncoding.FirstOrDefault(static one => one != "identity") is { } encoding)
            throw new UserException(
                $"{file.Name}: comes encoded as {encoding}, expected the bytes themselves", ExitCode.Failed);
        if (response.StatusCode == HttpStatusCode.OK) stream.SetLength(0);
        else if (response.Content.Headers.ContentRange is not { } range || range.From != stream.Length)
        {
            stream.SetLength(0);
            throw new TransientException("the server sent another part of the file than was asked for", TimeSpan.Zero);
        }
        long promised = stream.Length + (response.Content.Headers.ContentLength ?? 0);
        if (response.Content.Headers.ContentLength is not null
            && (file.Size is { } size ? promised != size : promised > file.Limit))
            throw new UserException(
                $"{file.Name}: the server sends {promised} bytes, expected {Expected(file)}", ExitCode.Failed);
        stream.Seek(0, SeekOrigin.End);
        progress.Begin(file.Name, file.Size ?? (promised > stream.Length ? promised : null), stream.Length);
        await CopyAsync(file, response, stream, cancellation).ConfigureAwait(false);
        if (file.Size is { } whole && stream.Length < whole)
            throw new TransientException($"the connection ended after {stream.Length} of {whole} bytes");
        stream.Flush(flushToDisk: true);
    }

    private async Task CopyAsync(
        RemoteFile file, HttpResponseMessage response, FileStream stream, CancellationToken cancellation)
    {
        byte[] buffer = new byte[BufferBytes];
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        while (true)
        {
            limit.CancelAfter(client.Settings.DataTimeout);
            int read;
            try
            {
                // Opened within: a body cut at once fails here already.
                Stream body = await response.Content.ReadAsStreamAsync(limit.Token).ConfigureAwait(false);
                read = await body.ReadAsync(buffer, limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
            {
                throw new TransientException(
                    $"nothing came for {client.Settings.DataTimeout.TotalSeconds:0.###} s after {stream.Length} bytes",
                    inner: error);
            }
            catch (Exception error) when (error is IOException or HttpRequestException)
            {
                throw new TransientException(
                    $"the connection ended after {stream.Length}{(file.Size is { } size ? $" of {size}" : "")} bytes",
                    inner: error);
            }
            if (read == 0) return;
            if (stream.Length + read > (file.Size ?? file.Limit))
            {
                stream.SetLength(0);
                throw new UserException(
                    $"{file.Name}: more bytes come than {Expected(file)}, as expected; it is not kept",
                    ExitCode.Failed);
            }
            stream.Write(buffer, 0, read);
            progress.Advance(read);
        }
    }

    private static string Expected(RemoteFile file) => file.Size is { } size ? $"{size}" : $"at most {file.Limit}";

    private static Exception Refusal(RemoteFile file, HttpResponseMessage response) =>
        ServerAnswer.Passing(response) ?? file.Explain?.Invoke(response)
        ?? new UserException($"{file.Name}: {file.Address} answered {ServerAnswer.Status(response)}", ExitCode.Failed);

    private static void CheckSpace(RemoteFile file, string partial, long present)
    {
        if (file.Size is not { } size) return;
        long free;
        try
        {
            free = new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(partial))!).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Not every file system tells; a full one is noticed when it is written to.
            return;
        }
        if (size - present > free)
            throw new UserException(
                $"{file.Name}: needs {size - present} bytes, and {free} are free where {partial} lies",
                ExitCode.Failed);
    }

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;
}

/// <summary>The expected hash of a file: SHA-256, or git's SHA-1 of a blob.</summary>
/// <param name="Hex">In hexadecimal, lower case: 64 digits of SHA-256, 40 of git's.</param>
internal sealed record ContentHash(string Hex)
{
    private const int Sha256Digits = 64, GitDigits = 40;

    /// <summary>Its name in messages.</summary>
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
