using CrossPT.TestKit;
using CrossPT.TestKit.Cuda.Driver;

/// <summary>
/// What a program started with DOTNET_STARTUP_HOOKS runs before its own first line; the name and the place are the
/// runtime's.
/// </summary>
internal static class StartupHook
{
    internal static void Initialize()
    {
        LoadedAssemblies.WriteIfAsked();
        EmulatedDriver.LoadIfAsked();
    }
}
