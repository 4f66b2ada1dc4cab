using CrossPT.Tensors.Cuda;
using CrossPT.Tensors.Files.Tests;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace CrossPT.Tensors.Tests.Cuda;

public sealed class PtxCacheTests : IDisposable
{
    private const string Target = "SM_80 8.0 Disabled";

    private static readonly KernelPtx s_ptx = new(".version 8.0\r\n.entry\n", new SharedMemorySpecification(128, true));

    private readonly TestFolder _folder = new();
    private readonly PtxCache _cache;

    public PtxCacheTests() => _cache = new PtxCache(_folder["ptx"], Target);

    [Fact]
    public void Find_AfterAdd_IsWhatWasAdded()
    {
        Assert.Null(_cache.Find(Kernel(Sum<int>)));
        _cache.Add(Kernel(Sum<int>), s_ptx);
        Assert.Equal(s_ptx, new PtxCache(_folder["ptx"], Target).Find(Kernel(Sum<int>)));
    }

    [Fact]
    public void Find_OtherTypeArgumentLimitOrTarget_IsAnotherKernel()
    {
        _cache.Add(Kernel(Sum<int>), s_ptx);
        Assert.Null(_cache.Find(Kernel(Sum<float>)));
        Assert.Null(_cache.Find(Kernel(Sum<int>, new KernelSpecialization(256, 2))));
        Assert.Null(new PtxCache(_folder["ptx"], "SM_75 8.0 Disabled").Find(Kernel(Sum<int>)));
    }

    [Fact]
    public void Find_AnyByteLostOrChanged_IsMissing_AndAddReplacesIt()
    {
        _cache.Add(Kernel(Sum<int>), s_ptx);
        string path = _cache.PathOf(Kernel(Sum<int>));
        byte[] whole = File.ReadAllBytes(path);
        for (int i = 0; i < whole.Length; i++)
        {
            File.WriteAllBytes(path, whole[..i]);
            Assert.Null(_cache.Find(Kernel(Sum<int>)));
            byte[] changed = [.. whole];
            changed[i] ^= 0x41;
            File.WriteAllBytes(path, changed);
            Assert.Null(_cache.Find(Kernel(Sum<int>)));
        }
        _cache.Add(Kernel(Sum<int>), s_ptx);
        Assert.Equal(s_ptx, _cache.Find(Kernel(Sum<int>)));
    }

    [Fact]
    public void Find_EntryOfAnotherKernelOrAFolder_IsMissing()
    {
        _cache.Add(Kernel(Sum<int>), s_ptx);
        File.Copy(_cache.PathOf(Kernel(Sum<int>)), _cache.PathOf(Kernel(Sum<float>)));
        Directory.CreateDirectory(_cache.PathOf(Kernel(Sum<long>)));
        _cache.Add(Kernel(Sum<long>), s_ptx);
        Assert.Null(_cache.Find(Kernel(Sum<float>)));
        Assert.Null(_cache.Find(Kernel(Sum<long>)));
    }

    [Fact]
    public void Find_WhileOthersReplaceTheEntry_IsWhole()
    {
        _cache.Add(Kernel(Sum<int>), s_ptx);
        Parallel.For(0, 64, i =>
        {
            if (i % 2 == 0) _cache.Add(Kernel(Sum<int>), s_ptx);
            else Assert.Equal(s_ptx, _cache.Find(Kernel(Sum<int>)));
        });
        Assert.Single(Directory.GetFiles(_cache.Folder));
    }

    [Fact]
    public void Add_FolderThatCannotBe_IsSilent()
    {
        PtxCache cache = new(_folder.Write("file", ""), Target);
        cache.Add(Kernel(Sum<int>), s_ptx);
        Assert.Null(cache.Find(Kernel(Sum<int>)));
    }

    [Fact]
    public void Add_FirstOfABuild_RemovesOtherBuildsOlderThanThirtyDays()
    {
        string old = Folder(Guid.NewGuid().ToString("N"), 31), young = Folder(Guid.NewGuid().ToString("N"), 29);
        string foreign = Folder("mine", 31);
        _cache.Add(Kernel(Sum<int>), s_ptx);
        Assert.Equal((false, true, true), (Directory.Exists(old), Directory.Exists(young), Directory.Exists(foreign)));

        string Folder(string name, int days)
        {
            string path = _folder[Path.Combine("ptx", name)];
            Directory.CreateDirectory(path);
            File.WriteAllText(Path.Combine(path, "entry.ptx"), "");
            Directory.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddDays(-days));
            return path;
        }
    }

    [Theory]
    [InlineData("/c/ptx", "CROSSPT_CACHE=/c", "XDG_CACHE_HOME=/x", "HOME=/h")]
    [InlineData("/x/crosspt/ptx", "XDG_CACHE_HOME=/x", "HOME=/h")]
    [InlineData("/h/.cache/crosspt/ptx", "HOME=/h")]
    [InlineData("/h/c/ptx", "CROSSPT_CACHE=~/c", "HOME=/h")]
    [InlineData(null, "HOME=nowhere")]
    public void Of_Variables_NameTheFolder(string? folder, params string[] variables)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Paths of Unix.");
        Dictionary<string, string> values = variables.Select(static one => one.Split('='))
            .ToDictionary(static pair => pair[0], static pair => pair[1]);
        Assert.Equal(folder, Path.GetDirectoryName(PtxCache.Of(values.GetValueOrDefault, Target)?.Folder));
    }

    [Fact]
    public void Restore_WhatACompilerMade_IsTheSameKernel()
    {
        using Context context = CudaBackend.Create(static _ => { });
        using PTXBackend compiler = new(context, CudaArchitecture.SM_80, CudaInstructionSet.ISA_80, null!);
        foreach (KernelMethod kernel in PtxAudit.Kernels().Where(static one => one.Name.Contains("Softmax")))
        {
            EntryPointDescription entry = EntryPointDescription.FromExplicitlyGroupedKernel(kernel.Method);
            CompiledKernel compiled = compiler.Compile(entry, kernel.Specialization);
            _cache.Add(kernel, KernelPtx.Of(compiled));
            CompiledKernel restored = _cache.Find(kernel)!.Restore(context, kernel);
            Assert.Equal(KernelPtx.Of(compiled), KernelPtx.Of(restored));
            Assert.Equal((compiled.Name, compiled.SourceMethod), (restored.Name, restored.SourceMethod));
            Assert.Equal(compiled.Specialization, restored.Specialization);
        }
        Assert.NotEmpty(Directory.GetFiles(_cache.Folder));
    }

    public void Dispose() => _folder.Dispose();

    private static KernelMethod Kernel(Action<int> method, KernelSpecialization limits = default)
        => KernelMethod.Of(method, limits);

    private static void Sum<T>(int args)
    {
    }
}
