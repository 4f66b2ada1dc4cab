using System.Text.Json;
using CrossPT.TestKit;

namespace CrossPT.Runner.Tests.Commands;

public sealed class VerifyCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _golden;

    public VerifyCommandTests() => _golden = Path.Combine(_folder.FullName, "golden.safetensors");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ReferenceBackend_IsMatched(bool gated)
    {
        WriteGolden(gated);
        CliRun run = Verify("--json");
        Assert.Equal(0, run.Code);
        Assert.Equal(["passed", "tensors"], run.Json.EnumerateObject().Select(member => member.Name));
        Assert.True(run.Json.GetProperty("passed").GetBoolean());
        JsonElement[] tensors = [.. run.Json.GetProperty("tensors").EnumerateArray()];
        Assert.Equal(15, tensors.Length);
        Assert.All(
            tensors,
            tensor => Assert.Equal(
                ["name", "max_abs", "max_rel_to_largest", "rel_l2", "passed"],
                tensor.EnumerateObject().Select(member => member.Name)));
        Assert.All(tensors, tensor => Assert.InRange(tensor.GetProperty("rel_l2").GetDouble(), 0, 2e-5));
    }

    [Fact]
    public void Table_ShowsEveryTensorAndTheVerdict()
    {
        WriteGolden();
        CliRun run = Verify();
        Assert.Equal(0, run.Code);
        Assert.Contains("prompt.f64.grad_soft_prompt", run.Output);
        Assert.EndsWith("passed: 15 of 15 tensors within 2e-5\n", run.Output);
    }

    [Theory]
    [InlineData("plain.f64.logits")]
    [InlineData("prompt.f64.grad_soft_prompt")]
    [InlineData("prompt.f64.encoder_last_hidden_state")]
    public void WrongValue_FailsThatTensorAlone(string name)
    {
        WriteGolden(change: tensors => BitConverter.TryWriteBytes(tensors[name].Bytes.AsSpan(8), 3f));
        AssertFails(name);
    }

    [Fact]
    public void NotANumber_Fails()
    {
        WriteGolden(change: tensors => BitConverter.TryWriteBytes(tensors["plain.f64.logits"].Bytes, float.NaN));
        AssertFails("plain.f64.logits");
    }

    [Fact]
    public void OtherIds_Fail()
    {
        WriteGolden(change: tensors => tensors["plain.greedy_ids"].Bytes[8] ^= 1);
        AssertFails("plain.greedy_ids");
    }

    [Fact]
    public void Tolerance_IsTheUsers()
    {
        WriteGolden();
        Assert.Equal(1, Verify("--tolerance", "0").Code);
        Assert.Equal(0, Verify("--tolerance", "0.5").Code);
        Verify("--tolerance", "-1").AssertBadInput("--tolerance", "'-1'");
        Verify("--tolerance", "nan").AssertBadInput("--tolerance", "'nan'");
    }

    [Theory]
    [InlineData("plain.f64.attentions")]
    [InlineData("plain.f16.logits")]
    [InlineData("unheard_of")]
    public void Tensor_NotComputed_IsAFailure(string name)
    {
        WriteGolden(change: tensors => tensors[name] = TinyModel.Stored.Of([1f], 1));
        AssertFails(name);
    }

    [Fact]
    public void Float32Alone_IsComparedWith()
    {
        WriteGolden(change: tensors =>
        {
            tensors["plain.f32.logits"] = tensors["plain.f64.logits"];
            tensors.Remove("plain.f64.logits");
        });
        CliRun run = Verify();
        Assert.Equal(0, run.Code);
        Assert.Contains("plain.f32.logits", run.Output);
    }

    [Fact]
    public void File_WithoutResults_IsBadInput()
    {
        WriteGolden(results: false);
        Verify().AssertBadInput(_golden, "holds no results");
    }

    [Fact]
    public void PaddingInFront_OfAPrompt_IsBadInput()
    {
        WriteGolden(
            inputs => inputs["attention_mask"] = TinyModel.Stored.Of([1, 1, 1, 1, 1, 0, 0, 1, 1, 1], 2, 5),
            results: false);
        Verify().AssertBadInput("attention_mask pads before the text");
    }

    [Theory]
    [InlineData("input_ids", "input_ids[0, 0] is 64, expected 0 to 63")]
    [InlineData("labels", "labels[0, 0] is 64, expected 0 to 63")]
    [InlineData("decoder_input_ids", "decoder_input_ids[0, 0] is 64, expected 0 to 63")]
    public void Id_OutsideTheVocabulary_IsBadInput(string name, string words)
    {
        WriteGolden(inputs => inputs[name].Bytes[0] = 64, results: false);
        Verify().AssertBadInput(_golden, words);
    }

    [Fact]
    public void Mask_WithAHole_IsBadInput()
    {
        WriteGolden(inputs => inputs["attention_mask"].Bytes[8] = 0, results: false);
        Verify().AssertBadInput("attention_mask row 0 masks tokens between others");
    }

    [Fact]
    public void Labels_AllIgnored_IsBadInput()
    {
        WriteGolden(
            inputs => inputs["labels"] = TinyModel.Stored.Of([.. Enumerable.Repeat(-100, 6)], 2, 3), results: false);
        Verify().AssertBadInput("labels has -100 everywhere");
    }

    [Theory]
    [InlineData("input_ids")]
    [InlineData("soft_prompt")]
    [InlineData("attention_mask")]
    [InlineData("labels")]
    [InlineData("decoder_input_ids")]
    public void Input_OfAnotherShape_IsBadInput(string name)
    {
        WriteGolden(
            inputs => inputs[name] = inputs[name] with { Shape = new Tensors.Shape((int)inputs[name].Shape.Length) },
            results: false);
        Verify().AssertBadInput(_golden, name, "expected");
    }

    [Fact]
    public void Result_OfAnotherShape_IsBadInput()
    {
        WriteGolden(change: tensors => tensors["plain.f64.logits"] = TinyModel.Stored.Of([1f, 2f], 2));
        Verify().AssertBadInput(_golden, "plain.f64.logits is [2]");
    }

    [Fact]
    public void Files_MissingOrBroken_AreBadInput()
    {
        WriteGolden();
        string model = _folder.FullName;
        CliRun.Of("verify", "--model", model, "--golden", model + "/none").AssertBadInput("none");
        CliRun.Of("verify", "--model", model, "--golden", _folder.Write("empty", "")).AssertBadInput("empty");
        CliRun.Of("verify", "--model", model + "/none", "--golden", _golden).AssertBadInput("no such folder");
        CliRun.Of("verify", "--model", _golden, "--golden", _golden)
            .AssertBadInput("is a file, expected a model folder");
        CliRun.Of("verify", "--model", model, "--golden", _folder.Write("cut", File.ReadAllBytes(_golden)[..1000]))
            .AssertBadInput("cut");
        _folder.Write("config.json", """{"d_model": -5}""");
        Verify().AssertBadInput("config.json", "d_model", "-5");
        _folder.Write("config.json", """{"d_model": 100000, "vocab_size": 16000000}""");
        Verify().AssertBadInput("model.safetensors");
    }

    [Fact]
    public void Fixtures_OfTheReferenceImplementation_AreMatched() =>
        Assert.All(Directory.GetDirectories(SharedFolder.Path("fixtures"), "tiny*"), folder =>
    {
        CliRun run = CliRun.Of(
            "verify", "--model", folder, "--golden", Path.Combine(folder, "golden.safetensors"), "--threads", "2");
        Assert.True(run.Code == 0, run.Output + run.Error);
    });

    private void WriteGolden(bool gated) => WriteGolden(_ => { }, gated: gated);

    private void WriteGolden(
        Action<Dictionary<string, TinyModel.Stored>>? inputs = null,
        Action<Dictionary<string, TinyModel.Stored>>? change = null, bool results = true, bool gated = false)
    {
        TinyModel.Write(_folder.FullName, gated);
        Dictionary<string, TinyModel.Stored> tensors = TinyModel.Inputs();
        inputs?.Invoke(tensors);
        if (results) TinyModel.AddResults(tensors, _folder.FullName, _golden);
        change?.Invoke(tensors);
        TinyModel.Save(tensors, _golden);
    }

    private CliRun Verify(params string[] more) =>
        CliRun.Of(["verify", "--model", _folder.FullName, "--golden", _golden, "--threads", "1", .. more]);

    private void AssertFails(string name)
    {
        CliRun run = Verify("--json");
        Assert.Equal(1, run.Code);
        Assert.Equal("", run.Error);
        Assert.False(run.Json.GetProperty("passed").GetBoolean());
        JsonElement failed = Assert.Single(
            run.Json.GetProperty("tensors").EnumerateArray(), tensor => !tensor.GetProperty("passed").GetBoolean());
        Assert.Equal(name, failed.GetProperty("name").GetString());
        Assert.Contains("FAILED", Verify().Output);
    }
}
