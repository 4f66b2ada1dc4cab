using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>A kernel of a back end: compiled at its first launch and kept.</summary>
/// <typeparam name="TArgs">All arguments, fields from the widest to the narrowest.</typeparam>
/// <param name="launcher">Where it is launched.</param>
/// <param name="kernel">The method, static and explicitly grouped.</param>
/// <param name="specialization">Threads of a group and groups of a multiprocessor to allot registers for.</param>
internal sealed class Kernel<TArgs>(
    Launcher launcher, Action<TArgs> kernel, KernelSpecialization specialization = default)
    where TArgs : struct
{
    private readonly KernelMethod _method = KernelMethod.Of(kernel, specialization);
    private Action<AcceleratorStream, KernelConfig, TArgs>? _launch;

    /// <summary>
    /// Returns when the launch is queued: a fault of the kernel itself shows at a later synchronization.
    /// </summary>
    /// <exception cref="DeviceException">The driver refuses the kernel or its launch.</exception>
    public void Launch(KernelConfig grid, TArgs args)
    {
        _launch ??= launcher.Load<TArgs>(_method);
        launcher.Launches.Add(_method);
        try
        {
            _launch(launcher.Stream, grid, args);
        }
        catch (AcceleratorException fault)
        {
            string message = $"{launcher.Device}: launching kernel {_method.Name} failed: {fault.Message}";
            throw new DeviceException(message, isFault: true, fault);
        }
    }
}
