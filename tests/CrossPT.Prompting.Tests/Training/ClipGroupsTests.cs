using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Tensors.Reference;

namespace CrossPT.Prompting.Tests.Training;

public sealed class ClipGroupsTests
{
    // Gradients: a router's rows (3, 4) and (0.3, 0.4); two parameters of one prompt, (6) and (8); one alone, (0.5).
    [Theory]
    [InlineData(ClipScope.Group, new[] { 0.6, 0.8, 0.3, 0.4 }, new[] { 0.6 }, new[] { 0.8 }, new[] { 0.5 })]
    [InlineData(
        ClipScope.Global, new[] { 3 / S, 4 / S, 0.3 / S, 0.4 / S }, new[] { 6 / S }, new[] { 8 / S },
        new[] { 0.5 / S })]
    public void Clip_LimitsEachPromptAndEachTasksRow(
        ClipScope scope, double[] router, double[] a, double[] b, double[] alone)
    {
        using ReferenceBackend backend = new();
        Variable[] variables = [Of(2, 2), Of(1, 1), Of(1, 1), Of(1, 1)];
        float[][] gradients = [[3, 4, 0.3f, 0.4f], [6], [8], [0.5f]];
        PromptParameter[] parameters =
        [
            new("router", variables[0], ParameterRole.Router),
            new("prompt.a", variables[1], ParameterRole.Private, "prompt"),
            new("prompt.b", variables[2], ParameterRole.Private, "prompt"),
            new("alone", variables[3], ParameterRole.Private),
        ];
        Backward();
        ClipGroups sut = new(parameters, tasks: 2, new TrainingSettings { ClipScope = scope });
        Assert.Null(sut.Clip());
        double[][] expected = [router, a, b, alone];
        for (int i = 0; i < 4; i++) Assert.Equal(expected[i], variables[i].Gradient!.ToDoubles(), new Close());

        gradients[2][0] = float.NaN;
        foreach (Variable variable in variables) variable.ClearGradient();
        Backward();
        Assert.Equal(scope == ClipScope.Group ? "prompt" : "all parameters", sut.Clip()!.Value.Name);
        foreach (Variable variable in variables) variable.Dispose();

        Variable Of(int rows, int columns) =>
            Variable.Parameter(TensorData.FromSingles(backend, new float[rows * columns], rows, columns));

        void Backward()
        {
            for (int i = 0; i < 4; i++)
            {
                using TensorScope tensors = new();
                using Tape tape = new(backend);
                Shape shape = variables[i].Shape;
                tape.Backward(
                    tape.Scale(variables[i], 1), TensorData.FromSingles(backend, gradients[i], shape[0], shape[1]));
            }
        }
    }

    // √(25 + 0.25 + 36 + 64 + 0.25)
    private const double S = 11.20267825120404;

    private sealed class Close : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) < 1e-6;

        public int GetHashCode(double value) => 0;
    }
}
