using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using CrossPT.Tensors.Cuda;
using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.TestKit.Cuda.Ptx;

/// <summary>Kernels compiled to PTX and run by <see cref="PtxMachine"/>: a back end made with it computes what its PTX says.</summary>
internal sealed class PtxLoader : IKernelLoader
{
    private static readonly ConcurrentDictionary<string, Lazy<string>> s_texts = [];
    private static readonly ConcurrentDictionary<string, Lazy<PtxProgram>> s_programs = [];

    /// <summary>A back end of this kind.</summary>
    public static CudaBackend Open(bool tensorCores = false) => CudaBackend.OpenWith(new PtxLoader(), tensorCores);

    /// <summary>The PTX of a kernel, compiled once for all tests.</summary>
    public static string Compile(MethodInfo kernel, KernelSpecialization specialization)
        => s_texts.GetOrAdd(PtxCompiler.NameOf(kernel), _ => new Lazy<string>(() => PtxCompiler.Compile(kernel, specialization))).Value;

    public TDelegate Load<TDelegate>(MethodInfo kernel, KernelSpecialization specialization)
        where TDelegate : Delegate
    {
        string name = PtxCompiler.NameOf(kernel);
        PtxProgram program = s_programs.GetOrAdd(name, _ => new Lazy<PtxProgram>(() => new PtxProgram(Compile(kernel, specialization)))).Value;
        Action<KernelConfig, object[]> run = (grid, arguments) => Run(program, name, grid, arguments);
        ParameterExpression[] parameters =
            [.. typeof(TDelegate).GetMethod(nameof(Action.Invoke))!.GetParameters().Select(static parameter => Expression.Parameter(parameter.ParameterType))];
        NewArrayExpression given = Expression.NewArrayInit(typeof(object), parameters.Skip(2).Select(static parameter => Expression.Convert(parameter, typeof(object))));
        return Expression.Lambda<TDelegate>(Expression.Invoke(Expression.Constant(run), parameters[1], given), parameters).Compile();
    }

    private static void Run(PtxProgram program, string name, KernelConfig grid, object[] arguments)
    {
        PtxParameters parameters = new(arguments);
        PtxMachine machine = new(program, parameters.Bytes, (grid.GroupDim.X, grid.GroupDim.Y), grid.SharedMemoryConfig.ArraySize);
        foreach ((nint address, long bytes) in parameters.Blocks) machine.Global.Add(address, bytes);
        machine.Global.IsOpen = arguments.Any(static argument => argument is TensorOperands);
        try
        {
            machine.Run(grid.GridDim.X, grid.GridDim.Y, grid.GridDim.Z);
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidOperationException($"{name}: {exception.Message}", exception);
        }
    }
}
