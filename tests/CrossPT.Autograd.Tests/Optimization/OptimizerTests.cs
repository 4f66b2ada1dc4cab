using CrossPT.Autograd.Optimization;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Autograd.Tests.Optimization;

/// <summary>What every optimizer does: groups, skipping, clipping, memory and state.</summary>
public sealed class OptimizerTests
{
    public static TheoryData<string> Kinds => ["AdamW", "Adafactor", "Adafactor with momentum"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void RestoreState_InAnotherOptimizer_GoesOnBitForBit(string kind)
    {
        using CpuBackend cpu = new(threads: 2);
        using Inputs whole = TwoParameters(cpu), cut = TwoParameters(cpu);
        using Optimizer uninterrupted = Create(kind, whole), before = Create(kind, cut);
        Training.Run(uninterrupted, 7);

        Training.Run(before, 3);
        using TensorScope scope = new();
        Dictionary<string, (Shape Shape, DType Type, byte[] Bytes)> file = [];
        foreach ((string name, Tensor tensor) in before.SaveState())
        {
            byte[] bytes = new byte[tensor.Length * tensor.DType.ByteSize()];
            cpu.CopyToHost(tensor, bytes);
            file.Add(name, (tensor.Shape, tensor.DType, bytes));
        }
        Training.Run(before, 1);
        // As read from a checkpoint: parameters and state after three steps.
        using Inputs resumed = TwoParameters(cpu);
        using Optimizer first = Create(kind, resumed);
        Training.Run(first, 3);
        using Optimizer after = Create(kind, resumed);
        after.RestoreState(file.ToDictionary(static entry => entry.Key, entry =>
        {
            Tensor tensor = Tensor.Allocate(cpu, entry.Value.Shape, entry.Value.Type);
            cpu.CopyFromHost(entry.Value.Bytes, tensor);
            return tensor;
        }));
        Assert.Equal(3, after.StepCount);
        Training.Run(after, 4);

        for (int i = 0; i < 2; i++)
            Assert.Equal(
                whole.Parameters[i].Variable.Value.ToSingles(), resumed.Parameters[i].Variable.Value.ToSingles());
        IReadOnlyDictionary<string, Tensor> expected = uninterrupted.SaveState(), actual = after.SaveState();
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        foreach ((string name, Tensor tensor) in expected)
        {
            byte[] a = new byte[tensor.Length * tensor.DType.ByteSize()], b = new byte[a.Length];
            cpu.CopyToHost(tensor, a);
            cpu.CopyToHost(actual[name], b);
            Assert.Equal(a, b);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void RestoreState_OfAnother_IsRefusedAndChangesNothing(string kind)
    {
        using CpuBackend cpu = new(threads: 1);
        using Inputs inputs = TwoParameters(cpu);
        using Optimizer optimizer = Create(kind, inputs);
        Training.Run(optimizer, 2);
        using TensorScope scope = new();
        IReadOnlyDictionary<string, Tensor> good = optimizer.SaveState();
        string moment = good.Keys.First(
            static name => name.StartsWith("prompt/", StringComparison.Ordinal)
                && name.EndsWith("_moment", StringComparison.Ordinal));

        Refused("nothing here is called", new(good) { ["other/step"] = good["step"] });
        Refused("has no", new(good.Where(entry => entry.Key != moment)));
        Refused("has no 'step'", new(good.Where(static entry => entry.Key != "step")));
        Refused("expected Float32", new(good) { [moment] = Tensor.Allocate(cpu, 1, 1, 1) });

        void Refused(string message, Dictionary<string, Tensor> state)
        {
            Assert.Contains(
                message, Assert.Throws<ArgumentException>(() => optimizer.RestoreState(state)).Message,
                StringComparison.Ordinal);
            Assert.Equal(2, optimizer.StepCount);
            Assert.Equal(good.Keys.Order(), optimizer.SaveState().Keys.Order());
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Step_AParameterWithoutGradient_StaysWithItsState(string kind)
    {
        using CpuBackend cpu = new(threads: 1);
        using Inputs inputs = TwoParameters(cpu);
        using Optimizer optimizer = Create(kind, inputs);
        (Variable prompt, Variable router) = (inputs.Parameters[0].Variable, inputs.Parameters[1].Variable);
        float[] promptBefore = prompt.Value.ToSingles(), routerBefore = router.Value.ToSingles();
        optimizer.Step();
        Assert.Equal(promptBefore, prompt.Value.ToSingles());
        prompt.SetGradient(Training.GradientAt(0, 4 * 37));
        optimizer.Step();

        Assert.NotEqual(promptBefore, prompt.Value.ToSingles());
        Assert.Equal(routerBefore, router.Value.ToSingles());
        Assert.Equal(2, optimizer.StepCount);
        using TensorScope scope = new();
        IReadOnlyDictionary<string, Tensor> state = optimizer.SaveState();
        Assert.DoesNotContain(state.Keys, static name => name.StartsWith("router/", StringComparison.Ordinal));
        byte[] steps = new byte[8];
        cpu.CopyToHost(state["prompt/step"], steps);
        Assert.Equal(1, BitConverter.ToInt64(steps));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Memory_OfSteps_IsTheStateAloneAndGoesWithDispose(string kind)
    {
        using CpuBackend cpu = new(threads: 1);
        using Inputs inputs = TwoParameters(cpu);
        long start = cpu.UsedBytes;
        using (Optimizer optimizer = Create(kind, inputs))
        {
            Training.Run(optimizer, 1);
            long withState = cpu.UsedBytes;
            Assert.True(withState > start);
            using (new TensorScope()) Training.Run(optimizer, 2);
            Assert.Equal(withState, cpu.UsedBytes);
            using (new TensorScope()) optimizer.RestoreState(optimizer.SaveState());
            Assert.Equal(withState, cpu.UsedBytes);
        }
        Assert.Equal(start, cpu.UsedBytes);
    }

    [Fact]
    public void Step_OfTwoGroups_UsesEachRateAndClip()
    {
        using CpuBackend cpu = new(threads: 1);
        Variable a = Variable.Parameter(TensorData.FromSingles(cpu, [0, 0], 2));
        Variable b = Variable.Parameter(TensorData.FromSingles(cpu, [0, 0], 2));
        ParameterGroup clipped = new("a", [new("a", a)], 0.5, maxGradientNorm: 1);
        ParameterGroup plain = new("b", [new("b", b)], 0.125);
        // With both decays 0 and epsilon 1, Adam's step is rate · g / (|g| + 1): it shows the gradient's size.
        using AdamW adam = new([clipped, plain], settings: new AdamWSettings { Beta1 = 0, Beta2 = 0, Epsilon = 1 });
        a.SetGradient([3, 4]);
        b.SetGradient([3, 4]);
        adam.Step();
        Training.Near([-0.5 * 0.6 / 1.6, -0.5 * 0.8 / 1.8], a.Value.ToDoubles(), 1e-6);
        Training.Near([-0.125 * 3 / 4, -0.125 * 4 / 5], b.Value.ToDoubles(), 1e-6);
        Assert.Equal(5, clipped.GradientNorm, 6);
        Assert.Equal(0, plain.GradientNorm);
        a.Dispose();
        b.Dispose();
    }

    [Fact]
    public void Step_AClippedGroupWithANormThatIsNotFinite_ThrowsAndChangesNothing()
    {
        using CpuBackend cpu = new(threads: 1);
        using Inputs inputs = TwoParameters(cpu);
        using AdamW adam = new([new ParameterGroup("all", inputs.Parameters, 0.1, maxGradientNorm: 1)]);
        float[] before = inputs.Parameters[0].Variable.Value.ToSingles();
        inputs.Parameters[0].Variable.SetGradient([float.NaN, .. new float[(4 * 37) - 1]]);
        Assert.Contains(
            "group 'all' is NaN", Assert.Throws<ArithmeticException>(adam.Step).Message, StringComparison.Ordinal);
        Assert.Equal(before, inputs.Parameters[0].Variable.Value.ToSingles());
        Assert.Equal(0, adam.StepCount);
        adam.ClearGradients();
        Assert.Null(inputs.Parameters[0].Variable.Gradient);
    }

    [Fact]
    public void Groups_ThatDoNotFit_AreRefused()
    {
        using CpuBackend cpu = new(threads: 1);
        using Inputs inputs = TwoParameters(cpu);
        NamedParameter prompt = inputs.Parameters[0], router = inputs.Parameters[1];
        Assert.Throws<ArgumentException>(() => new AdamW([new("g", [prompt, prompt], 0.1)]));
        Assert.Throws<ArgumentException>(
            () => new AdamW([new("g", [prompt], 0.1), new("h", [new("prompt", router.Variable)], 0.1)]));
        Assert.Throws<ArgumentException>(() => new ParameterGroup("g", [new("frozen", inputs.Constant(3))], 0.1));
        Assert.Throws<ArgumentException>(() => new ParameterGroup("g", [prompt], -0.1));
        Assert.Throws<ArgumentException>(() => new ParameterGroup("g", [prompt], 0.1, double.NaN));
        Assert.Throws<ArgumentException>(() => new ParameterGroup("g", [prompt], 0.1, maxGradientNorm: 0));
    }

    private static Inputs TwoParameters(IBackend backend)
    {
        Inputs inputs = new(backend);
        inputs.Parameter("prompt", 4, 37);
        inputs.Parameter("router", 37);
        return inputs;
    }

    private static Optimizer Create(string kind, Inputs inputs)
    {
        ParameterGroup[] groups =
        [
            new("prompts", [inputs.Parameters[0]], 0.3, 1e-2),
            new("router", [inputs.Parameters[1]], 0.1, maxGradientNorm: 2),
        ];
        WarmupLinearSchedule schedule = new(2, 20);
        return kind switch
        {
            "AdamW" => new AdamW(groups, schedule),
            "Adafactor" => new Adafactor(groups, schedule),
            _ => new Adafactor(groups, schedule, new AdafactorSettings { Beta1 = 0.9 }),
        };
    }
}
