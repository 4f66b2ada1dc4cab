namespace CrossPT.TestKit;

/// <summary>The assemblies that a program started with the hook has loaded at its end, as names in a file.</summary>
internal static class LoadedAssemblies
{
    /// <summary>The environment variable that names the file.</summary>
    public const string Variable = "CROSSPT_LOADED_ASSEMBLIES";

    public static void WriteIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } path) return;
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
            File.WriteAllLines(path, AppDomain.CurrentDomain.GetAssemblies().Select(static one => one.GetName().Name!));
    }
}
