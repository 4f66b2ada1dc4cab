using System.Text;
using CrossPT.Tensors.Files;

namespace CrossPT.Tensors.Tests.Files;

public sealed class ForeignFileTests : IDisposable
{
    private const string Pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 242043056\n";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("crosspt-foreign-");

    public void Dispose() => _folder.Delete(recursive: true);

    public static TheoryData<string, string> Everywhere => new()
    {
        { Pointer, "is a git-lfs pointer, not the file itself of 242,043,056 bytes: run 'git lfs pull'" },
        { Pointer.Replace("\n", "\r\n", StringComparison.Ordinal), "is a git-lfs pointer" },
        { "version https://hawser.github.com/spec/v1\noid sha256:4d7a\nsize 5\n", "is a git-lfs pointer" },
        { "../../blobs/4d7ab31e", "holds a link's target ('../../blobs/4d7ab31e')" },
        { "..\\..\\blobs\\4d7ab31e", "holds a link's target" },
        { "/mnt/models/t5-base/model.safetensors\n", "holds a link's target" },
        { "C:\\models\\model.safetensors", "holds a link's target" },
        { "../.git/annex/objects/xX/9k/SHA256E-s1--ab.bin/SHA256E-s1--ab.bin", "holds a link's target" },
        {
            "<!DOCTYPE html><html><head><title> Sign in </title></head>",
            "is an HTML page titled 'Sign in', not the file itself" },
        { "\uFEFF\n  <!doctype HTML>\n<html>", "is an HTML page, not" },
        { "<html lang=\"en\">", "is an HTML page" },
        { "<!-- cached --><html>", "is an HTML page" },
        { "<?xml version=\"1.0\"?>\n<html xmlns=\"x\">", "is an HTML page" },
        {
            "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>",
            "is a server's error 'AccessDenied' in XML" },
        { "<Error><Message>x</Message></Error>", "is a server's error in XML" },
        { "{\"error\":\"Repository not found\"}", "is a server's error in JSON ('Repository not found')" },
        { "{\"error\":{\"code\":404,\"message\":\"gone\"}}\n", "is a server's error in JSON ('gone')" },
        { "{\"errors\":[\"denied\"],\"status\":403}", "is a server's error in JSON ('denied')" },
    };

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void Explain_WhateverIsExpected_SaysWhatItIs(string text, string expected)
    {
        foreach (FileContent content in Enum.GetValues<FileContent>())
        {
            string? said = ForeignFile.Explain(Encoding.UTF8.GetBytes(text), content);
            Assert.Contains(expected, said ?? "nothing", StringComparison.Ordinal);
            Assert.Contains("download the file again", said, StringComparison.Ordinal);
            Assert.DoesNotContain(said!, char.IsControl);
            Assert.InRange(said!.Length, 20, 300);
        }
    }

    [Theory]
    [InlineData("model.safetensors", "holds a link's target")]
    [InlineData("Entry not found", "is a text file ('Entry not found')")]
    [InlineData("Access to model x/y is restricted.\nPlease log in.", "is a text file")]
    [InlineData(
        "{\"message\":\"Not Found\",\"documentation_url\":\"https://x\"}", "is a server's error in JSON ('Not Found')")]
    [InlineData("{\"d_model\": 512}", "is a JSON document")]
    public void Explain_WhereNoTextBelongs_NamesText(string text, string expected)
        => Assert.Contains(
            expected, ForeignFile.Explain(Encoding.UTF8.GetBytes(text), FileContent.Binary) ?? "nothing",
            StringComparison.Ordinal);

    [Theory]
    [InlineData("{\"d_model\": 512, \"error\": \"x\"}")]
    [InlineData("{\"detail\": 5}")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("null")]
    [InlineData("12.5")]
    [InlineData("")]
    [InlineData("{")]
    public void Explain_JsonThatIsNoError_MayBeJson(string text)
        => Assert.Null(ForeignFile.Explain(Encoding.UTF8.GetBytes(text), FileContent.Json));

    [Theory]
    [InlineData("text\tlabel\nfine\t1\n")]
    [InlineData("a/b,1\n")]
    [InlineData("good.\n")]
    [InlineData("{\"message\": \"hello\", \"label\": 1}")]
    [InlineData("{\"message\": \"hello\"}")]
    [InlineData("{\"error\": \"x\"}\n{\"error\": \"y\"}\n")]
    [InlineData("{\"error\": \"x\", \"text\": \"y\"}\n")]
    [InlineData("<s>\tx\n")]
    [InlineData("version\tlabel\n")]
    [InlineData("")]
    public void Explain_Data_MayBeData(string text)
        => Assert.Null(ForeignFile.Explain(Encoding.UTF8.GetBytes(text), FileContent.Lines));

    [Fact]
    public void Explain_HeadersOfBinaryFiles_AreNotText()
    {
        foreach (int length in (int[])['{', '<', 'v', '/', '.', 0x2E2E, 0x227B])
        {
            byte[] start = [.. BitConverter.GetBytes((long)length), .. "{\"a\":{\"dtype\":\"F32\"}}"u8];
            Assert.Null(ForeignFile.Explain(start, FileContent.Binary));
        }
        Assert.Null(ForeignFile.Explain([0x0A, 0x0E, 0x0A, 0x05, .. "<unk>"u8, 0x15, 0, 0], FileContent.Binary));
        Assert.Null(ForeignFile.Explain("PK\u0003\u0004\u0014"u8, FileContent.Binary));
        Assert.Null(ForeignFile.Explain([0x80, 2, .. "cx"u8], FileContent.Binary));
    }

    [Fact]
    public void Explain_OfAFile_ReadsItsStart()
    {
        string path = Path.Combine(_folder.FullName, "model.bin");
        Assert.Null(ForeignFile.Explain(path, FileContent.Binary));
        File.WriteAllText(path, Pointer);
        Assert.Contains("git-lfs", ForeignFile.Explain(path, FileContent.Binary), StringComparison.Ordinal);
        File.WriteAllText(path, "<html>" + new string(' ', 1 << 20));
        Assert.Contains("HTML", ForeignFile.Explain(path, FileContent.Binary), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("pytorch_model.bin")]
    [InlineData("model.safetensors.index.json")]
    [InlineData("prompt.npy")]
    public void Open_PointerInPlaceOfTensors_IsNamed(string name)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, Pointer);
        string message = Assert.Throws<TensorFileException>(() => TensorFiles.Open(path)).Message;
        Assert.StartsWith($"{path}: is a git-lfs pointer", message, StringComparison.Ordinal);
    }
}
