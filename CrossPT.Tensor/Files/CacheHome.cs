namespace CrossPT.Tensors.Files;

/// <summary>The folder that programs keep their caches in.</summary>
internal static class CacheHome
{
    /// <summary><c>XDG_CACHE_HOME</c>, else <c>.cache</c> in the user's folder.</summary>
    public static string Of(Func<string, string?> variable)
        => variable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? Expand(cache, variable)
            : Path.Combine(UserFolder(variable), ".cache");

    /// <summary>A path that may begin with <c>~</c>.</summary>
    public static string Expand(string path, Func<string, string?> variable)
    {
        if (path == "~") return UserFolder(variable);
        return path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(UserFolder(variable), path[2..]) : path;
    }

    private static string UserFolder(Func<string, string?> variable) => variable("HOME") is { Length: > 0 } home
        ? home
        : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
}
