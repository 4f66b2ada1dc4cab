using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Prompting.Training;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Tests.Training;

public sealed class TrainerCheckpointTests
{
    private static readonly TrainingSettings s_settings = new()
    {
        Steps = 7, Batch = 4, Warmup = 0, CheckpointEvery = 0, EvaluateEvery = 2, Selection = PromptSelection.Best,
    };

    // Ended after every step, also in the middle of evaluations, and gone on from what is on the disk: as if it had run
    // through.
    [Theory]
    [InlineData(OptimizerKind.AdamW, Batching.Mixed)]
    [InlineData(OptimizerKind.Adafactor, Batching.PerTask)]
    public void Interrupted_AtEveryStep_EndsBitEqual(OptimizerKind optimizer, Batching batching)
    {
        TrainingSettings settings = s_settings with { Optimizer = optimizer, Batching = batching };
        using TempFolder folder = new();
        List<TrainingEvaluation> evaluations = [];
        List<double> losses = [];
        float[][] through;
        using (TinyTraining whole = new(settings))
        {
            whole.Trainer.Run(Hooks(whole, losses, evaluations));
            through = whole.Numbers;
        }
        Assert.Equal([2, 4, 6, 7], evaluations.Select(static one => one.Step));
        Assert.Contains(evaluations, static one => !one.IsBest);

        for (int stop = 0; stop <= settings.Steps; stop++)
        {
            string checkpoint = folder.PathOf($"checkpoint-{stop}");
            List<double> resumed = [];
            List<TrainingEvaluation> again = [];
            using (TinyTraining first = new(settings))
            {
                using CancellationTokenSource source = new();
                TrainingHooks hooks = Hooks(first, resumed, again) with { CheckpointFolder = checkpoint };
                if (stop == 0) source.Cancel();
                // At an even step the signal comes while it evaluates.
                Func<CancellationToken, double> evaluate = hooks.Evaluate!;
                hooks = hooks with
                {
                    Progress = step => { resumed.Add(step.Loss); if (step.Number == stop && stop % 2 == 1)
                        source.Cancel(); },
                    Evaluate = token =>
                    {
                        if (first.Trainer.StepCount == stop) source.Cancel();
                        token.ThrowIfCancellationRequested();
                        return evaluate(token);
                    },
                };
                Assert.Throws<OperationCanceledException>(() => first.Trainer.Run(hooks, source.Token));
                Assert.Equal(stop, first.Trainer.StepCount);
            }
            using TinyTraining second = new(settings);
            second.Trainer.Restore(checkpoint);
            Assert.Equal(stop, second.Trainer.StepCount);
            second.Trainer.Run(Hooks(second, resumed, again) with { CheckpointFolder = checkpoint });
            Assert.Equal(losses, resumed);
            Assert.Equal(evaluations, again);
            Assert.Equal(through, second.Numbers);
            // What is done stays done.
            using TinyTraining third = new(settings);
            third.Trainer.Restore(checkpoint);
            Assert.True(third.Trainer.IsDone);
            third.Trainer.Run(Hooks(third, [], []));
            Assert.Equal(through, third.Numbers);
        }
    }

    [Fact]
    public void Restore_OtherSettingsDataOrPrompts_AreListed()
    {
        using TempFolder folder = new();
        using (TinyTraining saved = Trained(s_settings, 3)) saved.Trainer.SaveCheckpoint(folder.FullName);
        Refuses(
            new TinyTraining(s_settings with { Batch = 6, Steps = 9 }),
            "was written with training.batch 4 (now 6), training.steps 7 (now 9), expected the settings of this run");
        Refuses(
            new TinyTraining(s_settings with { LearningRates = new LearningRates { Private = 0.2 } }),
            "training.learningRate.private 0.3 (now 0.2)");
        Refuses(new TinyTraining(s_settings, seed: 2), "seed 1 (now 2)");
        Refuses(new TinyTraining(s_settings, rows: 9), "examples of mrpc");
        Refuses(new TinyTraining(s_settings, dropoutRate: 0), "training.dropout 0.1 (now 0)");
        Refuses(new TinyTraining(s_settings, tasks: ["rte"]), "tasks rte, mrpc (now rte)");
        Refuses(
            new TinyTraining(s_settings, length: 5), "holds parameter/private.rte Float32 [4, 16] for Float32 [5, 16]");

        void Refuses(TinyTraining other, string message)
        {
            using (other)
            {
                float[][] before = other.Numbers;
                CheckpointException error = Assert.Throws<CheckpointException>(
                    () => other.Trainer.Restore(folder.FullName));
                Assert.StartsWith(folder.PathOf("state.safetensors") + ": ", error.Message, StringComparison.Ordinal);
                Assert.Contains(message, error.Message, StringComparison.Ordinal);
                Assert.Equal(before, other.Numbers);
                Assert.Equal(0, other.Trainer.StepCount);
            }
        }
    }

    [Fact]
    public void Restore_MissingCutOrDamaged_IsRefused()
    {
        using TempFolder folder = new();
        string path = folder.PathOf("state.safetensors");
        using TinyTraining sut = Trained(s_settings, 2);
        Assert.Contains(
            "does not exist", Assert.Throws<CheckpointException>(() => sut.Trainer.Restore(folder.FullName)).Message,
            StringComparison.Ordinal);
        sut.Trainer.SaveCheckpoint(folder.FullName);
        byte[] whole = File.ReadAllBytes(path);
        float[][] numbers = sut.Numbers;
        // Cut anywhere, and any one byte changed: the header, a text in it, an element.
        for (int i = 0; i < 60; i++)
        {
            int at = (int)((long)i * whole.Length / 60);
            File.WriteAllBytes(path, whole[..at]);
            Assert.Throws<CheckpointException>(() => sut.Trainer.Restore(folder.FullName));
            byte[] changed = [.. whole];
            changed[at] ^= 0x10;
            File.WriteAllBytes(path, changed);
            Assert.Throws<CheckpointException>(() => sut.Trainer.Restore(folder.FullName));
        }
        new SafetensorsWriter().Save(path);
        Assert.Contains(
            "no \"format\"", Assert.Throws<CheckpointException>(() => sut.Trainer.Restore(folder.FullName)).Message,
            StringComparison.Ordinal);
        Assert.Equal(numbers, sut.Numbers);
        File.WriteAllBytes(path, whole);
        sut.Trainer.Restore(folder.FullName);
    }

    [Fact]
    public void Save_DiskFull_LeavesTheCheckpointBefore()
    {
        using TempFolder folder = new();
        string path = folder.PathOf("state.safetensors");
        using TinyTraining sut = Trained(s_settings, 2);
        sut.Trainer.SaveCheckpoint(folder.FullName);
        byte[] before = File.ReadAllBytes(path);
        sut.Trainer.Step();
        for (int room = 0; room < before.Length; room += before.Length / 7)
        {
            int left = room;
            Assert.Throws<IOException>(
                () => AtomicFile.Write(path, stream => sut.Trainer.WriteCheckpoint(new FullStream(stream, left))));
            Assert.Equal(before, File.ReadAllBytes(path));
            Assert.Equal(["state.safetensors"], Directory.GetFiles(folder.FullName).Select(Path.GetFileName));
        }
        sut.Trainer.Restore(folder.FullName);
        Assert.Equal(2, sut.Trainer.StepCount);
    }

    [Fact]
    public void Diverged_LeavesTheLastGoodCheckpoint()
    {
        using TempFolder folder = new();
        using TinyTraining sut = new(
            s_settings with { EvaluateEvery = 0, Selection = PromptSelection.Last, CheckpointEvery = 1 });
        byte[] good = [];
        TrainingDivergedException error = Assert.Throws<TrainingDivergedException>(
            () => sut.Trainer.Run(new TrainingHooks
        {
            CheckpointFolder = folder.FullName,
            Progress = step =>
            {
                if (step.Number < 4) return;
                good = File.ReadAllBytes(folder.PathOf("state.safetensors"));
                // Finite, and too large for any loss.
                sut.Backend.Elementwise.Fill(TinyTraining.Value(sut.Prompts, ParameterRole.Private), 1e30);
            },
        }));
        Assert.Equal(5, error.Step);
        // The checkpoint of step 4 has the values that were put in; beside them those whose loss was finite.
        Assert.NotEqual(good, File.ReadAllBytes(folder.PathOf("state.safetensors")));
        float[][] restored = sut.Numbers;
        using TinyTraining again = new(
            s_settings with { EvaluateEvery = 0, Selection = PromptSelection.Last, CheckpointEvery = 1 });
        again.Trainer.Restore(folder.FullName);
        Assert.Throws<TrainingDivergedException>(() => again.Trainer.Step());
        Assert.Equal(restored, again.Numbers);
    }

    [Fact]
    public void Update_NotFinite_IsAnErrorBeforeAnyCheckpoint()
    {
        using TempFolder folder = new();
        TrainingSettings settings = s_settings with
        {
            EvaluateEvery = 0,
            Selection = PromptSelection.Last,
            CheckpointEvery = 1,
            LearningRates = new LearningRates { Private = 1e30, Router = 0 },
            Warmup = 0.3,
        };
        using TinyTraining sut = new(settings);
        float[][] start = sut.Numbers;
        TrainingDivergedException error = Assert.Throws<TrainingDivergedException>(
            () => sut.Trainer.Run(new TrainingHooks { CheckpointFolder = folder.FullName }));
        Assert.Equal(2, error.Step);
        Assert.Contains("step 2: private.rte is not finite after the update", error.Message, StringComparison.Ordinal);
        Assert.Equal(start, sut.Numbers);
        using TinyTraining again = new(settings);
        again.Trainer.Restore(folder.FullName);
        Assert.Equal(1, again.Trainer.StepCount);
        Assert.Equal(start, again.Numbers);
    }

    private static TinyTraining Trained(TrainingSettings settings, int steps)
    {
        TinyTraining training = new(settings);
        for (int i = 0; i < steps; i++) training.Trainer.Step();
        return training;
    }

    /// <summary>A measure that rises and falls, and that depends on the prompts.</summary>
    private static TrainingHooks Hooks(
        TinyTraining training, List<double> losses, List<TrainingEvaluation> evaluations) => new()
    {
        Progress = step => losses.Add(step.Loss),
        Evaluate = _ => training.Trainer.StepCount == 4 ? 1000 : training.Numbers[0].Sum(static x => (double)x),
        Evaluated = evaluations.Add,
    };

    private sealed class FullStream(Stream inner, int room) : Stream
    {
        private int _room = room;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count)
        {
            inner.Write(buffer, offset, Math.Min(count, _room));
            if (count > _room) throw new IOException("No space left on device");
            _room -= count;
        }
    }
}
