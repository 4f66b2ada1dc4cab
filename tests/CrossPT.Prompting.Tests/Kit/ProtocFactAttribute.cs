namespace CrossPT.Prompting.Tests.Kit;

/// <summary>A test that asks <c>protoc</c>; skipped where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ProtocFactAttribute : FactAttribute
{
    public ProtocFactAttribute()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!folders.Any(static folder => File.Exists(Path.Combine(folder, "protoc")))) Skip = "protoc is not installed.";
    }
}
