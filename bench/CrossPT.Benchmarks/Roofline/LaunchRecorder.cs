using CrossPT.Runner.Bench;
using CrossPT.Tensors.Cuda;
using CrossPT.Transformer;
using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Benchmarks.Roofline;

/// <summary>A launch of a training step and what it costs.</summary>
/// <param name="Kernel">Name of the kernel.</param>
/// <param name="Work">Bytes and operations.</param>
internal readonly record struct Launch(string Kernel, Work Work);

/// <summary>
/// Stands in for a device: writes every launch down and computes nothing. Tensors lie in host memory, of which only the
/// weights are ever touched.
/// </summary>
internal sealed class LaunchRecorder : IKernelLoader
{
    private readonly List<Launch> _launches = [];

    /// <summary>The launches of one training step for each batch of source lengths.</summary>
    public static List<Launch>[] Steps(
        T5Config config, MatrixPrecision precision, int prompt, int target, int[][] batches)
    {
        LaunchRecorder recorder = new();
        using CudaBackend backend = CudaBackend.OpenWith(recorder, precision);
        using T5Model model = T5Model.Random(config, backend, seed: 1);
        using PromptStep step = new(model, prompt, target);
        // The first step allocates the optimizer's moments.
        step.Run(batches[0], inParts: false);
        return Array.ConvertAll(batches, lengths =>
        {
            recorder._launches.Clear();
            step.Run(lengths, inParts: false);
            return recorder._launches.ToList();
        });
    }

    public Action<AcceleratorStream, KernelConfig, TArgs> Load<TArgs>(KernelMethod kernel)
        where TArgs : struct
        => (_, grid, args) => _launches.Add(new Launch(kernel.Name, LaunchWork.Of(kernel.Name, grid, args)));
}
