using System.Reflection;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Values;

namespace CrossPT.Tensors.Ilgpu;

/// <summary>
/// Instructions that ILGPU has no method for. On CUDA a call becomes the instruction itself, from register to register; elsewhere it is the method.
/// </summary>
/// <remarks>
/// Through <c>CudaAsm.Emit</c> every result would pass through local memory. What a method here gets as generator is called with the operands'
/// registers when a kernel is compiled.
/// </remarks>
internal static class Intrinsics
{
    private static readonly (string Method, string Instruction)[] s_instructions = [(nameof(Fma), "fma.rn.f32")];

    /// <summary>a · b + c, rounded once.</summary>
    [IntrinsicImplementation]
    public static float Fma(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);

    /// <summary>Makes the methods above known to a context before anything is compiled in it.</summary>
    public static void Register(Context.Builder builder)
    {
        IntrinsicImplementationManager manager = builder.GetIntrinsicManager();
        MethodInfo generator = Method(nameof(Generate));
        foreach ((string method, _) in s_instructions)
            manager.RegisterMethod(Method(method), new PTXIntrinsic(generator, IntrinsicImplementationMode.GenerateCode));
    }

    /// <summary>Called by ILGPU for each call of an instruction's method: <c>instruction result, operands…;</c></summary>
    private static void Generate(PTXBackend backend, PTXCodeGenerator codeGenerator, Value value)
    {
        MethodCall call = (MethodCall)value;
        string instruction = s_instructions.First(known => known.Method == call.Target.Source.Name).Instruction;
        var operands = new PTXRegisterAllocator.PrimitiveRegister[call.Count];
        for (int i = 0; i < operands.Length; i++) operands[i] = codeGenerator.LoadPrimitive(call[i]);
        var result = codeGenerator.AllocateHardware(value);
        using var command = codeGenerator.BeginCommand(instruction);
        command.AppendArgument(result);
        foreach (var operand in operands) command.AppendArgument(operand);
    }

    private static MethodInfo Method(string name) => typeof(Intrinsics).GetMethod(name, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!;
}
