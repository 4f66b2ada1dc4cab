using System.Globalization;
using System.IO.Hashing;
using System.Reflection;
using System.Text;
using CrossPT.Tensors.Files;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// PTX of kernels in the user's cache, so that only the first process compiles. Entries that are broken or another
/// kernel's count as missing, and a folder that cannot be used is an empty cache.
/// </summary>
/// <remarks>
/// A folder for each build of this library, by its module's version id. An entry is a file of four parts with a line
/// feed between them: XXH128 of what follows, key, shared memory (static bytes, whether dynamic too), PTX.
/// </remarks>
internal sealed class PtxCache
{
    private const long MostBytes = 16 << 20;

    private static readonly TimeSpan s_oldest = TimeSpan.FromDays(30);

    private readonly string _root;
    private readonly string _target;

    /// <param name="root">The folder of all builds.</param>
    /// <param name="target">What PTX depends on beside the kernel: the device's architecture, the ISA.</param>
    public PtxCache(string root, string target)
    {
        _root = root;
        _target = target;
        Folder = Path.Combine(root, typeof(PtxCache).Module.ModuleVersionId.ToString("N"));
    }

    /// <summary>Where entries of this build are.</summary>
    public string Folder { get; }

    /// <summary>
    /// <c>ptx</c> in <c>CROSSPT_CACHE</c>, else in <c>crosspt</c> in the user's cache; null where there is neither.
    /// </summary>
    public static PtxCache? Of(Func<string, string?> variable, string target)
    {
        string folder = variable("CROSSPT_CACHE") is { Length: > 0 } given
            ? Path.GetFullPath(CacheHome.Expand(given, variable))
            : Path.Combine(CacheHome.Of(variable), "crosspt");
        // A user without a home.
        if (!Path.IsPathFullyQualified(folder)) return null;
        return new PtxCache(Path.Combine(folder, "ptx"), target);
    }

    /// <summary>Null where it is not there, whole and of this kernel.</summary>
    public KernelPtx? Find(KernelMethod kernel)
    {
        string key = KeyOf(kernel);
        try
        {
            FileInfo file = new(PathOf(key));
            if (!file.Exists || file.Length is 0 or > MostBytes) return null;
            return Parse(File.ReadAllText(file.FullName), key);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps it if that can be done. Several processes may: the last one's entry stays.</summary>
    public void Add(KernelMethod kernel, KernelPtx ptx)
    {
        string key = KeyOf(kernel);
        string shared = $"{ptx.SharedMemory.StaticSize} {ptx.SharedMemory.HasDynamicMemory}";
        string content = $"{key}\n{shared}\n{ptx.Text}";
        try
        {
            bool isNew = !Directory.Exists(Folder);
            Directory.CreateDirectory(Folder);
            byte[] bytes = Encoding.UTF8.GetBytes($"{Hash(content)}\n{content}");
            AtomicFile.Write(PathOf(key), stream => stream.Write(bytes));
            if (isNew) RemoveOld();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next process compiles again.
        }
    }

    /// <summary>Where a kernel's entry is.</summary>
    public string PathOf(KernelMethod kernel) => PathOf(KeyOf(kernel));

    private string PathOf(string key) => Path.Combine(Folder, $"{Hash(key)}.ptx");

    /// <summary>One line with all that the PTX depends on.</summary>
    private string KeyOf(KernelMethod kernel)
    {
        MethodInfo method = kernel.Method;
        // A kernel, or what it is generic over, may be a benchmark's or a test's.
        Type[] arguments = [.. method.DeclaringType!.GetGenericArguments(), .. method.GetGenericArguments()];
        IEnumerable<Guid> modules = arguments
            .Select(static type => type.Module)
            .Prepend(method.Module)
            .Prepend(typeof(Context).Module)
            .Distinct()
            .Select(static module => module.ModuleVersionId);
        KernelSpecialization limits = kernel.Specialization;
        return $"{method.DeclaringType}: {method}; {_target}; {limits.MaxNumThreadsPerGroup} "
            + $"{limits.MinNumGroupsPerMultiprocessor}; {string.Join(' ', modules)}";
    }

    private static KernelPtx? Parse(string text, string key)
    {
        string[] parts = text.Split('\n', 4);
        if (parts is not [string hash, string found, string shared, string ptx] || found != key) return null;
        if (hash != Hash(text[(hash.Length + 1)..])) return null;
        return shared.Split(' ') is [string size, string dynamic]
            && int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out int bytes)
            && bool.TryParse(dynamic, out bool hasDynamic)
                ? new KernelPtx(ptx, new SharedMemorySpecification(bytes, hasDynamic))
                : null;
    }

    /// <summary>Removes what other builds left and no longer add to.</summary>
    private void RemoveOld()
    {
        foreach (string folder in Directory.GetDirectories(_root))
        {
            bool isBuild = Guid.TryParseExact(Path.GetFileName(folder), "N", out _) && folder != Folder;
            if (isBuild && DateTime.UtcNow - Directory.GetLastWriteTimeUtc(folder) > s_oldest)
                Directory.Delete(folder, recursive: true);
        }
    }

    private static string Hash(string text) => Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes(text)));
}
