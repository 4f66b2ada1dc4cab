using System.Text.RegularExpressions;
using System.Xml.Linq;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Tests.Packaging;

/// <summary>
/// What <c>dotnet pack</c> makes can be installed and used, from a folder, on a machine without a network.
/// </summary>
public sealed partial class PackageTests(PackedFolder packed) : IClassFixture<PackedFolder>
{
    private static readonly string[] s_libraries =
    [
        "CrossPT.Autograd", "CrossPT.Prompting", "CrossPT.Tensor", "CrossPT.Transformer",
    ];

    private static string Version => VersionWriter.Version;

    [Fact]
    public void Packages_AreTheLibrariesAndTheTool_WithSymbols()
    {
        string[] expected =
        [
            .. ((string[])[.. s_libraries, "crosspt"])
                .SelectMany(static id => (string[])[$"{id}.{Version}.nupkg", $"{id}.{Version}.snupkg"]),
        ];
        Assert.Equal(
            expected.Order(StringComparer.Ordinal),
            Directory.GetFiles(packed.Packages).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(s_libraries, id =>
        {
            string[] files = packed.FilesOf($"{id}.{Version}.nupkg");
            foreach (string file in (string[])[
                "README.md", "LICENSE", $"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml"]) Assert.Contains(file, files);
            Assert.Contains($"lib/net10.0/{id}.pdb", packed.FilesOf($"{id}.{Version}.snupkg"));
        });
    }

    [Fact]
    public void Packages_SayWhatTheyAre() => Assert.All((string[])[.. s_libraries, "crosspt"], id =>
    {
        XElement metadata = packed.MetadataOf(id, Version);
        string Of(string name) => metadata.Element(name)?.Value ?? "";
        Assert.Equal(
            (id, Version, "MIT", "README.md", "CrossPT for .NET contributors"),
            (Of("id"), Of("version"), Of("license"), Of("readme"), Of("authors")));
        Assert.DoesNotMatch("^(Package Description)?$", Of("description"));
        Assert.Contains("prompt-tuning", Of("tags"), StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("CrossPT.Tensor", "ILGPU ILGPU.Algorithms System.IO.Hashing")]
    [InlineData("CrossPT.Autograd", "CrossPT.Tensor")]
    [InlineData("CrossPT.Transformer", "CrossPT.Autograd Google.Protobuf Microsoft.ML.Tokenizers")]
    [InlineData(
        "CrossPT.Prompting",
        "CrossPT.Transformer CsvHelper Google.Protobuf Microsoft.Extensions.Hosting.Abstractions Parquet.Net")]
    [InlineData("crosspt", "")]
    public void Dependencies_AreThoseOfTheProject(string id, string expected)
        => Assert.Equal(
            expected,
            string.Join(
                ' ',
                packed.MetadataOf(id, Version).Descendants("dependency")
                    .Select(static one => (string)one.Attribute("id")!)));

    // Whoever gets the code of others gets its licence.
    [Fact]
    public void Notices_AreWhereTheirCodeIs()
    {
        string[] files = packed.FilesOf($"crosspt.{Version}.nupkg");
        Assert.Contains("tools/net10.0/any/ILGPU.dll", files);
        Assert.Contains("tools/net10.0/any/THIRD-PARTY-NOTICES.txt", files);
    }

    [Fact]
    public void Tool_Installed_Verifies()
    {
        string folder = packed.Folder("tool");
        string tools = Path.Combine(folder, "bin");
        string model = RepositoryFolder.PathOf("tests/fixtures/tiny_v10");
        packed.Process.Dotnet(
            folder, "tool", "install", "crosspt", "--version", Version, "--tool-path", tools, "--configfile",
            packed.Sources);
        string crosspt = Path.Combine(tools, OperatingSystem.IsWindows() ? "crosspt.exe" : "crosspt");
        Assert.StartsWith(
            $"crosspt {Version} (", packed.Process.Run(folder, crosspt, "--version"), StringComparison.Ordinal);
        packed.Process.Run(
            folder, crosspt, "verify", "--device", "cpu", "--model", model, "--golden",
            Path.Combine(model, "golden.safetensors"));
    }

    // The program is the first one of the packages' page; the run it asks for is a tiny one.
    [Fact]
    public void Library_Referenced_PredictsAsItsPageShows()
    {
        string folder = packed.Folder("console");
        File.WriteAllText(Path.Combine(folder, "console.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <UseAppHost>false</UseAppHost>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="CrossPT.Prompting" Version="{Version}" />
              </ItemGroup>
            </Project>
            """);
        string page = File.ReadAllText(RepositoryFolder.PathOf("docs/packages.md"));
        File.WriteAllText(Path.Combine(folder, "Program.cs"), Program().Match(page).Groups[1].Value);
        using TempFolder run = new();
        Directory.CreateDirectory(Path.Combine(folder, "runs"));
        Directory.Move(TinyRun.Train(run), Path.Combine(folder, "runs", "my-run-1"));
        packed.Process.Dotnet(folder, "build", "-c", "Release", "-o", "bin", "-v", "q");
        Assert.Matches(@"^\w+ \d+ ?%\s*$", packed.Process.Dotnet(folder, Path.Combine("bin", "console.dll")));
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Program();
}
