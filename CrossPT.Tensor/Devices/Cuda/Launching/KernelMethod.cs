using System.Reflection;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>The method compiled for a kernel, and the number of threads to allot registers for.</summary>
internal sealed record KernelMethod(MethodInfo Method, KernelSpecialization Specialization)
{
    private string? _name;

    /// <summary>
    /// Name with type arguments: <c>ProductKernel.Multiply&lt;Tile128, InnerLines, InnerLines&gt;</c>.
    /// </summary>
    public string Name => _name ??= NameOf(Method);

    public static KernelMethod Of<TArgs>(Action<TArgs> kernel, KernelSpecialization specialization = default)
        where TArgs : struct
        => new(kernel.Method, specialization);

    private static string NameOf(MethodInfo method)
    {
        string type = method.DeclaringType is { } declaring ? NameOf(declaring) + "." : "";
        return type + method.Name + Arguments(method.IsGenericMethod ? method.GetGenericArguments() : []);
    }

    private static string NameOf(Type type) => type.Name.Split('`')[0] + Arguments(type.GetGenericArguments());

    private static string Arguments(Type[] types)
        => types.Length == 0 ? "" : $"<{string.Join(", ", types.Select(NameOf))}>";
}
