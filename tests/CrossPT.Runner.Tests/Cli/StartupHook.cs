// The name and the place that the runtime looks for (DOTNET_STARTUP_HOOKS): no namespace.
#pragma warning disable CA1050
/// <summary>In a process that a test starts: writes the names of the assemblies loaded at its end to a file.</summary>
internal static class StartupHook
{
    public const string FileVariable = "CROSSPT_TEST_ASSEMBLIES";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(FileVariable) is not { } path) return;
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
            File.WriteAllLines(path, AppDomain.CurrentDomain.GetAssemblies().Select(static one => one.GetName().Name!));
    }
}
