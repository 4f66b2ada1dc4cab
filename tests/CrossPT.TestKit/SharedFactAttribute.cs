using Xunit;

namespace CrossPT.TestKit;

/// <summary>A test that reads from <see cref="SharedFolder"/>; skipped where that, or the part it names, is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedFactAttribute : FactAttribute
{
    /// <summary>Needs the folder and, in it, everything named.</summary>
    public SharedFactAttribute(params string[] needed)
    {
        if (!SharedFolder.Exists) Skip = "No shared folder above the repository.";
        foreach (string part in SharedFolder.Exists ? needed : [])
        {
            string path = SharedFolder.Path(part);
            if (!File.Exists(path) && !Directory.Exists(path)) Skip = $"The shared folder has no {part}.";
        }
    }
}
