using System.Runtime.InteropServices;
using ILGPU.Runtime.Cuda;

namespace CrossPT.TestKit.Cuda.Driver;

/// <summary>Modules, their functions, and launches.</summary>
internal static unsafe partial class CudaCalls
{
    // CUjit_option of the driver's header; a size option is given the room there is and takes the bytes that were
    // written.
    private const int InfoLog = 3, InfoLogBytes = 4, ErrorLog = 5, ErrorLogBytes = 6;

    // CU_LAUNCH_PARAM_*.
    private const int ParametersEnd = 0, ParametersBuffer = 1, ParametersBytes = 2;

    [UnmanagedCallersOnly(EntryPoint = "cuModuleLoadData")]
    private static CudaError ModuleLoadData(nint* module, byte* ptx)
        => InContext("cuModuleLoadData", (card, _) => *module = card.Keep(new CardModule(Text(ptx), card.Settings)));

    [UnmanagedCallersOnly(EntryPoint = "cuModuleLoadDataEx")]
    private static CudaError ModuleLoadDataEx(nint* module, byte* ptx, int count, int* options, nint* values) =>
        InContext("cuModuleLoadDataEx", (card, _) =>
    {
        if (card.Loads++ < card.Settings.FullLoads)
            throw new CardException(CudaError.CUDA_ERROR_OUT_OF_MEMORY, "asked for");
        try
        {
            CardModule made = new(Text(ptx), card.Settings);
            card.Log.Write("cuModuleLoadDataEx", made.Name);
            WriteLog(made.Log, InfoLog, InfoLogBytes, count, options, values);
            *module = card.Keep(made);
        }
        catch (CardException refusal)
        {
            WriteLog(refusal.Message, ErrorLog, ErrorLogBytes, count, options, values);
            throw;
        }
    });

    [UnmanagedCallersOnly(EntryPoint = "cuModuleUnload")]
    private static CudaError ModuleUnload(nint module) =>
        InContext("cuModuleUnload", (card, _) => card.Forget<CardModule>(module));

    // A module has one entry, and its handle serves for it.
    [UnmanagedCallersOnly(EntryPoint = "cuModuleGetFunction")]
    private static CudaError ModuleGetFunction(nint* function, nint module, byte* name) =>
        InContext("cuModuleGetFunction", (card, _) =>
    {
        if (card.Find<CardModule>(module).Name != Text(name))
            throw new CardException(CudaError.CUDA_ERROR_NOT_FOUND, $"no function {Text(name)}");
        *function = module;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuLaunchKernel")]
    private static CudaError LaunchKernel(
        nint function, int gridX, int gridY, int gridZ, int groupX, int groupY, int groupZ, int shared, nint stream,
        nint* parameters, nint* extra)
        => InContext("cuLaunchKernel", (card, context) =>
    {
        CardLaunch launch = new(
            card.Find<CardModule>(function), (gridX, gridY, gridZ), (groupX, groupY, groupZ), shared, Arguments(extra));
        card.Launches++;
        card.Log.Write("cuLaunchKernel", launch.Text);
        if (card.Launches == card.Settings.RefusedLaunch)
            throw new CardException(CudaError.CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, "asked for");
        launch.Check();
        bool fails = card.Launches == card.Settings.FaultyLaunch;
        StreamOf(card, context, stream).Put(new CardWork(() =>
        {
            if (fails) throw new CardException(CudaError.CUDA_ERROR_ILLEGAL_ADDRESS, "asked for");
            launch.Run(context.Memory);
        }));
    });

    private static byte[] Arguments(nint* extra)
    {
        nint buffer = 0, bytes = 0;
        for (int i = 0; extra != null && extra[i] != ParametersEnd; i += 2)
        {
            if (extra[i] == ParametersBuffer) buffer = extra[i + 1];
            else if (extra[i] == ParametersBytes) bytes = *(nint*)extra[i + 1];
        }
        if (buffer == 0 && bytes != 0)
            throw new CardException(CudaError.CUDA_ERROR_INVALID_VALUE, "no buffer of arguments");
        return new ReadOnlySpan<byte>((void*)buffer, (int)bytes).ToArray();
    }

    private static void WriteLog(string text, int log, int logBytes, int count, int* options, nint* values)
    {
        Span<int> given = new(options, count);
        int buffer = given.IndexOf(log), room = given.IndexOf(logBytes);
        if (buffer >= 0 && room >= 0) values[room] = Write(text, (byte*)values[buffer], (int)values[room]);
    }
}
