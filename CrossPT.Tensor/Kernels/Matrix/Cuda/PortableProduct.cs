using System.Reflection;
using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>Launches float32 products: <see cref="ProductKernel"/>, and <see cref="CombineKernel"/> where the inner index is in pieces.</summary>
internal sealed class PortableProduct(Launcher launcher)
{
    /// <summary>Threads a multiprocessor has registers for at a time: two large groups or eight small ones, so that one computes while another waits.</summary>
    private const int ThreadsAtWork = 512;

    private readonly Dictionary<(Type, Type, Type), Action<AcceleratorStream, KernelConfig, ProductCall>> _kernels = [];
    private readonly PieceSums _sums = new(launcher);

    /// <summary>Those of frozen weights, in the order of a step.</summary>
    public static IEnumerable<(MethodInfo Kernel, KernelSpecialization Specialization)> LargeKernels =>
    [
        Large<Tile64, InnerLines, InnerLines>(), Large<Tile128, InnerLines, InnerLines>(), Large<Tile64, InnerLines, OuterLines>(), Large<Tile128, InnerLines, OuterLines>(),
        Large<Tile64, MaskedLines, OuterLines>(), Large<Tile128, MaskedLines, OuterLines>(),
    ];

    public void Multiply<TA, TB>(ProductCall call, int groups)
        where TA : struct, IOrder
        where TB : struct, IOrder
    {
        if (launcher.Accelerator.MaxNumThreadsPerGroup < 256) Multiply<Tile8, TA, TB>(call, groups);
        else if (ProductPlan.IsLarge(call.Rows, call.Columns, groups)) Multiply<Tile128, TA, TB>(call, groups);
        else Multiply<Tile64, TA, TB>(call, groups);
    }

    private void Multiply<TTile, TA, TB>(ProductCall call, int groups)
        where TTile : struct, ITile
        where TA : struct, IOrder
        where TB : struct, IOrder
    {
        ProductPlan plan = ProductPlan.Of(call.Rows, call.Columns, call.Inner, groups, TTile.Edge, shortestPiece: 256);
        plan.Into(ref call);
        Action<AcceleratorStream, KernelConfig, ProductCall> kernel = Kernel<TTile, TA, TB>();
        KernelConfig grid = plan.Grid(groups, Slabs<TTile>.Threads);
        if (plan.Pieces == 1) kernel(launcher.Stream, grid, call);
        else _sums.Run(call, groups, partial => kernel(launcher.Stream, grid, partial));
    }

    private Action<AcceleratorStream, KernelConfig, ProductCall> Kernel<TTile, TA, TB>()
        where TTile : struct, ITile
        where TA : struct, IOrder
        where TB : struct, IOrder
    {
        (Type, Type, Type) key = (typeof(TTile), typeof(TA), typeof(TB));
        if (!_kernels.TryGetValue(key, out Action<AcceleratorStream, KernelConfig, ProductCall>? kernel))
            _kernels.Add(key, kernel = launcher.Load<ProductCall>(ProductKernel.Multiply<TTile, TA, TB>, Specialization<TTile>()));
        return kernel;
    }

    private static KernelSpecialization Specialization<TTile>()
        where TTile : struct, ITile => new(Slabs<TTile>.Threads, ThreadsAtWork / Slabs<TTile>.Threads);

    private static (MethodInfo, KernelSpecialization) Large<TTile, TA, TB>()
        where TTile : struct, ITile
        where TA : struct, IOrder
        where TB : struct, IOrder => (new Action<ProductCall>(ProductKernel.Multiply<TTile, TA, TB>).Method, Specialization<TTile>());
}
