using System.Reflection;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Values;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Instructions that ILGPU has no method for. On CUDA a call becomes the instruction itself, from register to register;
/// elsewhere it is the method.
/// </summary>
/// <remarks>
/// Through <c>CudaAsm.Emit</c> every result would pass through local memory. What a method here gets as generator is
/// called with the operands' registers when a kernel is compiled.
/// </remarks>
internal static class Intrinsics
{
    // $r is the result, $0 and on are the operands; a struct is its fields between braces.
    private static readonly (string Method, string Text)[] s_instructions =
    [
        (nameof(Fma), "fma.rn.f32 $r, $0, $1, $2"),
        (nameof(Exp2), "ex2.approx.ftz.f32 $r, $0"),
        (nameof(Settle), "mov.b32 $r, $0"),
        (nameof(SettleLong), "mov.b64 $r, $0"),
        (nameof(RoundPair), "cvt.rn.bf16x2.f32 $r, $0, $1"),
        (nameof(SharedBase), "mov.u32 $r, __dyn_shared_alloca"),
        (nameof(CopyAsync), "cp.async.cg.shared.global [$0], [$1], 16, $2"),
        (nameof(CommitCopies), "cp.async.commit_group"),
        (nameof(AwaitCopies), "cp.async.wait_group 1"),
        (nameof(AwaitAllCopies), "cp.async.wait_group 0"),
        (nameof(LoadMatrices), "ldmatrix.sync.aligned.m8n8.x4.shared.b16 $r, [$0]"),
        (nameof(LoadMatricesTransposed), "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 $r, [$0]"),
        (nameof(MultiplyMatrices), "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 $r, $0, {$1, $2}, $3"),
    ];

    /// <summary>a · b + c, rounded once.</summary>
    [IntrinsicImplementation]
    public static float Fma(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);

    /// <summary>2^x within 2 units in the last place; 0 where that is no normal number.</summary>
    [IntrinsicImplementation]
    public static float Exp2(float x) => MathF.Pow(2, x);

    /// <summary>
    /// The value, worked out here: what has no effect ILGPU else puts where it is used, be that a loop.
    /// </summary>
    [IntrinsicImplementation]
    public static int Settle(int value) => value;

    /// <inheritdoc cref="Settle"/>
    [IntrinsicImplementation]
    public static long SettleLong(long value) => value;

    /// <summary>Two numbers to bf16, to the nearest and halves to even, side by side in a register.</summary>
    [IntrinsicImplementation]
    public static int RoundPair(float high, float low) => (BFloat16.Round(high) << 16) | BFloat16.Round(low);

    /// <summary>Address of the dynamic shared memory in the shared window.</summary>
    [IntrinsicImplementation]
    public static int SharedBase() => throw CudaOnly();

    /// <summary>
    /// Begins to copy 16 bytes from global to shared memory, of which those past <paramref name="bytes"/>, 0 or 16, are
    /// 0.
    /// </summary>
    [IntrinsicImplementation]
    public static void CopyAsync(int target, long source, int bytes) => throw CudaOnly();

    /// <summary>Makes a group of the copies begun since the last one.</summary>
    [IntrinsicImplementation]
    public static void CommitCopies() => throw CudaOnly();

    /// <summary>Waits for all groups of copies but the last.</summary>
    [IntrinsicImplementation]
    public static void AwaitCopies() => throw CudaOnly();

    /// <summary>Waits for all groups of copies.</summary>
    [IntrinsicImplementation]
    public static void AwaitAllCopies() => throw CudaOnly();

    /// <summary>
    /// Four 8 × 8 matrices of bf16 from shared memory; lane l of the warp gives the address of row l mod 8 of matrix l
    /// / 8.
    /// </summary>
    [IntrinsicImplementation]
    public static Int4 LoadMatrices(int address) => throw CudaOnly();

    /// <summary>The same, each matrix transposed.</summary>
    [IntrinsicImplementation]
    public static Int4 LoadMatricesTransposed(int address) => throw CudaOnly();

    /// <summary>
    /// A·B + C by the tensor cores, a warp together: A [16, 16] and B [16, 8] of bf16, C [16, 8] of float32, a fragment
    /// of each in every lane (PTX manual, "Matrix fragments for mma.m16n8k16").
    /// </summary>
    [IntrinsicImplementation]
    public static Float4 MultiplyMatrices(Int4 a, int b0, int b1, Float4 c) => throw CudaOnly();

    /// <summary>Makes the methods above known to a context before anything is compiled in it.</summary>
    public static void Register(Context.Builder builder)
    {
        IntrinsicImplementationManager manager = builder.GetIntrinsicManager();
        MethodInfo generator = Method(nameof(Generate));
        foreach ((string method, _) in s_instructions)
            manager.RegisterMethod(
                Method(method), new PTXIntrinsic(generator, IntrinsicImplementationMode.GenerateCode));
    }

    /// <summary>
    /// Called by ILGPU for each call of an instruction's method: writes the instruction with the registers of result
    /// and operands.
    /// </summary>
    private static void Generate(PTXBackend backend, PTXCodeGenerator codeGenerator, Value value)
    {
        MethodCall call = (MethodCall)value;
        string text = s_instructions.First(known => known.Method == call.Target.Source.Name).Text;
        // From the last operand to the first: loading a constant writes an instruction too.
        for (int i = call.Count - 1; i >= 0; i--)
            text = text.Replace($"${i}", Names(codeGenerator, codeGenerator.Load(call[i])), StringComparison.Ordinal);
        if (!call.Type.IsVoidType)
            text = text.Replace("$r", Names(codeGenerator, codeGenerator.Allocate(value)), StringComparison.Ordinal);
        codeGenerator.Command(text);
    }

    private static string Names(PTXCodeGenerator codeGenerator, PTXRegisterAllocator.Register register) =>
        register switch
    {
        PTXRegisterAllocator.CompoundRegister compound =>
            $"{{{string.Join(", ", compound.Children.Select(child => Names(codeGenerator, child)))}}}",
        PTXRegisterAllocator.PrimitiveRegister primitive => "%"
            + PTXRegisterAllocator.GetStringRepresentation(codeGenerator.EnsureHardwareRegister(primitive)),
        _ => throw new NotSupportedException($"Intrinsics: an operand of {register.Type}."),
    };

    private static NotSupportedException CudaOnly() =>
        new("Intrinsics: tensor cores and asynchronous copies are on CUDA devices only.");

    private static MethodInfo Method(string name) =>
        typeof(Intrinsics).GetMethod(name, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!;
}
