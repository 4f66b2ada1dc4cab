using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Samples;

/// <summary>
/// Lesson 1. A tensor is a shape and a type over a block of a device's memory. Work is done by the kernels of a back
/// end: they write into tensors that the caller made, and allocate none. Views share memory; a scope gives it back at a
/// known line.
/// </summary>
internal static class TensorsLesson
{
    internal sealed record Outcome(float[] Product, float[] AfterScaling, string Refusal, long BytesLeft);

    public static Outcome Run(TextWriter output)
    {
        // A back end is a device: its memory, and the kernels that compute there.
        using CpuBackend backend = new(threads: 1);
        output.WriteLine($"Back end {backend.Name}: {backend.Width}, computes in {backend.ComputeType}.");

        float[] product, afterScaling;
        string refusal;
        using (new TensorScope())
        {
            // Row-major: the innermost size is the last, its elements lie side by side.
            Tensor a = TensorData.FromSingles(backend, [1, 2, 3, 4, 5, 6], 2, 3);
            Tensor b = TensorData.FromSingles(backend, [1, 0, 0, 1, 1, 1], 3, 2);
            output.WriteLine($"a is {a.Describe()}, b is {b.Describe()}.");

            // The result is allocated by hand; what is in it before the kernel ran is undefined.
            Tensor c = Tensor.Allocate(backend, 2, 2);
            backend.Matrix.Product(a, transposeA: false, b, transposeB: false, c);
            product = c.ToSingles();
            output.WriteLine($"a·b = [{string.Join(", ", product)}]");

            // A view is another handle to the same memory: scaling the middle column changes a. Its rows lie RowStride
            // apart, not Columns.
            Tensor middle = a.SliceColumns(1, 1);
            backend.Elementwise.Scale(middle, middle, 10);
            afterScaling = a.ToSingles();
            output.WriteLine(
                $"a after its column 1 was scaled: [{string.Join(", ", afterScaling)}] (row stride of the view: "
                    + $"{middle.RowStride})");

            // Sizes that do not fit are refused before anything is written, with both shapes in the message.
            try
            {
                backend.Matrix.Product(a, transposeA: false, a, transposeB: false, c);
                refusal = "";
            }
            catch (ArgumentException exception)
            {
                refusal = exception.Message;
            }
            output.WriteLine($"a·a is refused: {refusal}");
        }
        output.WriteLine($"Bytes in use behind the scope: {backend.UsedBytes}.");
        return new Outcome(product, afterScaling, refusal, backend.UsedBytes);
    }
}
