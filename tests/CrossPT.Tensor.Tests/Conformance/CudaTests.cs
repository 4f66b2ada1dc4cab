using System.Reflection;
using System.Runtime.ExceptionServices;
using CrossPT.TestKit.Cuda;
using CrossPT.TestKit;

namespace CrossPT.Tensors.Tests.Conformance;

/// <summary>
/// The whole suite on a CUDA device, a case for each of its tests: they are called by reflection, for a class of facts
/// cannot be skipped as one.
/// </summary>
public sealed class CudaTests
{
    /// <summary>Every suite there is.</summary>
    private static readonly Type[] s_suites =
    [
        .. typeof(ConformanceSuite).Assembly.GetTypes()
            .Where(static type => !type.IsAbstract && type.IsSubclassOf(typeof(ConformanceSuite))),
    ];

    public static TheoryData<string, string> Cases
    {
        get
        {
            TheoryData<string, string> cases = [];
            foreach (Type suite in s_suites)
            {
                foreach (MethodInfo test in suite.GetMethods()
                    .Where(static method => method.IsDefined(typeof(FactAttribute)))) cases.Add(suite.Name, test.Name);
            }
            return cases;
        }
    }

    [CudaTheory]
    [MemberData(nameof(Cases))]
    public void Suite_OnCuda_Passes(string suite, string test) => Pass(TestDevices.Cuda, suite, test);

    [Theory]
    [InlineData(nameof(MemoryConformance), nameof(MemoryConformance.AllocateStorage_AnySize_AlignedAndLargeEnough))]
    [InlineData(nameof(IndexConformance), nameof(IndexConformance.NoRows_NothingHappens))]
    public void Suite_OnSimulator_IsFoundAndPasses(string suite, string test)
    {
        Assert.Contains(Cases, row => row.Data == (suite, test));
        Pass(TestDevices.Simulator, suite, test);
    }

    private static void Pass(TestDevice device, string suite, string test)
    {
        Type type = s_suites.First(candidate => candidate.Name == suite);
        MethodInfo method = type.GetMethod(test)!;
        InlineDataAttribute[] data = [.. method.GetCustomAttributes<InlineDataAttribute>()];
        object?[][] arguments = data.Length == 0 ? [[]] : [.. data.Select(static inline => inline.Data)];
        foreach (object?[] given in arguments)
        {
            using IDisposable instance = (IDisposable)Activator.CreateInstance(type, device)!;
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
}
