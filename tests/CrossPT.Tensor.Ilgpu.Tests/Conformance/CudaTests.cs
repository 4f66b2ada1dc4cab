using System.Reflection;
using System.Runtime.ExceptionServices;
using CrossPT.Tensors.Ilgpu.Tests.Kit;
using CrossPT.TestKit;

namespace CrossPT.Tensors.Ilgpu.Tests.Conformance;

/// <summary>The whole suite on a CUDA device, a case for each of its tests: they are called by reflection, for a class of facts cannot be skipped as one.</summary>
public sealed class CudaTests
{
    private static readonly Type[] s_suites =
    [
        typeof(Memory), typeof(Elementwise), typeof(Matrix), typeof(Packing), typeof(Reduction), typeof(Norm), typeof(Attention), typeof(Index), typeof(Loss), typeof(Optimizer),
    ];

    public static TheoryData<string, string> Cases
    {
        get
        {
            TheoryData<string, string> cases = [];
            foreach (Type suite in s_suites)
            {
                foreach (MethodInfo test in suite.GetMethods().Where(static method => method.IsDefined(typeof(FactAttribute)))) cases.Add(suite.Name, test.Name);
            }
            return cases;
        }
    }

    [CudaTheory]
    [MemberData(nameof(Cases))]
    public void Suite_OnCuda_Passes(string suite, string test)
    {
        Type type = s_suites.First(candidate => candidate.Name == suite);
        MethodInfo method = type.GetMethod(test)!;
        InlineDataAttribute[] data = [.. method.GetCustomAttributes<InlineDataAttribute>()];
        object?[][] arguments = data.Length == 0 ? [[]] : [.. data.SelectMany(inline => inline.GetData(method))];
        foreach (object?[] given in arguments)
        {
            using IDisposable instance = (IDisposable)Activator.CreateInstance(type)!;
            try
            {
                method.Invoke(instance, BindingFlags.Default, binder: null, given, culture: null);
            }
            catch (TargetInvocationException error)
            {
                ExceptionDispatchInfo.Throw(error.InnerException!);
            }
        }
    }

    private sealed class Memory : MemoryConformance
    {
        protected override IBackend CreateBackend() => Cuda.Backend;

        protected override void Release(IBackend backend) => backend.Synchronize();
    }

    private sealed class Elementwise : ElementwiseConformance
    {
        protected override IBackend CreateBackend() => Cuda.Backend;

        protected override void Release(IBackend backend) => backend.Synchronize();
    }

    private sealed class Matrix : MatrixConformance
    {
        protected override IBackend CreateBackend() => Cuda.Backend;

        protected override void Release(IBackend backend) => backend.Synchronize();
    }

    private sealed class Packing : PackingConformance
    {
        protected override IBackend CreateBackend() => Cuda.Backend;

        protected override void Release(IBackend backend) => backend.Synchronize();
    }

    private sealed class Reduction : ReductionConformance
    {
        protected override IBackend CreateBackend() => Cuda.Backend;

        protected override void Release(IBackend backend) => backend.Synchronize();
    }

    private sealed class Norm : NormConformance
    {
        protected override IBackend CreateBackend() => Cuda.Backend;

        protected override void Release(IBackend backend) => backend.Synchronize();
    }

    private sealed class Attention : AttentionConformance
    {
        protected override IBackend CreateBackend() => Cuda.Backend;

        protected override void Release(IBackend backend) => backend.Synchronize();
    }

    private sealed class Index : IndexConformance
    {
        protected override IBackend CreateBackend() => Cuda.Backend;

        protected override void Release(IBackend backend) => backend.Synchronize();
    }

    private sealed class Loss : LossConformance
    {
        protected override IBackend CreateBackend() => Cuda.Backend;

        protected override void Release(IBackend backend) => backend.Synchronize();
    }

    private sealed class Optimizer : OptimizerConformance
    {
        protected override IBackend CreateBackend() => Cuda.Backend;

        protected override void Release(IBackend backend) => backend.Synchronize();
    }
}
