using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Launches float32 products, <see cref="ProductKernel"/>.
/// </summary>
internal sealed class PortableProduct(CudaBackend backend, Launcher launcher)
{
    private readonly Dictionary<(Type, Type, Type), Kernel<ProductCall>> _kernels = [];
    private readonly SplitKSums _sums = new(backend, launcher);

    /// <summary>Those of frozen weights, in the order of a step.</summary>
    public static IEnumerable<KernelMethod> LargeKernels =>
    [
        Method<Tile64, InnerLines, InnerLines>(), Method<Tile128, InnerLines, InnerLines>(),
        Method<Tile64, InnerLines, OuterLines>(), Method<Tile128, InnerLines, OuterLines>(),
        Method<Tile64, MaskedLines, OuterLines>(), Method<Tile128, MaskedLines, OuterLines>(),
    ];

    public void Multiply<TA, TB>(ProductCall call, int groups)
        where TA : struct, IOrder
        where TB : struct, IOrder
    {
        if (ProductPlan.IsLarge(call.Rows, call.Columns, groups)) Multiply<Tile128, TA, TB>(call, groups);
        else Multiply<Tile64, TA, TB>(call, groups);
    }

    private void Multiply<TTile, TA, TB>(ProductCall call, int groups)
        where TTile : struct, ITile
        where TA : struct, IOrder
        where TB : struct, IOrder
    {
        ProductPlan plan = ProductPlan.Of(call.Rows, call.Columns, call.Inner, groups, TTile.Edge, shortestSplit: 256);
        plan.Into(ref call);
        Kernel<ProductCall> kernel = Kernel<TTile, TA, TB>();
        KernelConfig grid = plan.Grid(groups, KTiles<TTile>.Threads);
        if (plan.Splits == 1) kernel.Launch(grid, call);
        else _sums.Run(call, groups, partial => kernel.Launch(grid, partial));
    }

    private Kernel<ProductCall> Kernel<TTile, TA, TB>()
        where TTile : struct, ITile
        where TA : struct, IOrder
        where TB : struct, IOrder
    {
        (Type, Type, Type) key = (typeof(TTile), typeof(TA), typeof(TB));
        if (!_kernels.TryGetValue(key, out Kernel<ProductCall>? kernel))
        {
            kernel = new(launcher, ProductKernel.Multiply<TTile, TA, TB>, Specialization<TTile>());
            _kernels.Add(key, kernel);
        }
        return kernel;
    }

    private static KernelMethod Method<TTile, TA, TB>()
        where TTile : struct, ITile
        where TA : struct, IOrder
        where TB : struct, IOrder
        => KernelMethod.Of<ProductCall>(ProductKernel.Multiply<TTile, TA, TB>, Specialization<TTile>());

    private static KernelSpecialization Specialization<TTile>()
        where TTile : struct, ITile => new(KTiles<TTile>.Threads, TTile.GroupsAtWork);
}
