using CrossPT.Tensors.Files;

namespace CrossPT.Transformer.Tests.T5;

public sealed class RelativePositionTests
{
    [Theory]
    [InlineData("bi_32_128", true, 32, 128)]
    [InlineData("bi_16_40", true, 16, 40)]
    [InlineData("bi_32_256", true, 32, 256)]
    [InlineData("bi_64_512", true, 64, 512)]
    [InlineData("uni_32_128", false, 32, 128)]
    [InlineData("uni_16_40", false, 16, 40)]
    [InlineData("uni_32_256", false, 32, 256)]
    [InlineData("uni_64_512", false, 64, 512)]
    public void Bucket_EveryPosition_IsHuggingFaces(string name, bool bidirectional, int buckets, int largest)
    {
        using ITensorSource golden = TensorFiles.Open(Fixture.PathOf("buckets", "golden.safetensors"));
        int[] positions = golden.ReadInt32("relative_position"), expected = golden.ReadInt32(name);
        Assert.Equal(
            expected,
            Array.ConvertAll(
                positions, position => RelativePosition.Bucket(position, bidirectional, buckets, largest)));
    }

    [Theory]
    [InlineData(true, 4, 3)]
    [InlineData(false, 4, 3)]
    [InlineData(true, 5, 4)]
    [InlineData(false, 7, 5)]
    [InlineData(true, 65536, 32769)]
    [InlineData(false, 65536, 1 << 24)]
    public void Bucket_SmallestAndLargestSettings_StaysInTheTable(bool bidirectional, int buckets, int largest)
    {
        foreach (int distance in (int[])[
            -int.MaxValue, -100_000, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 100_000, int.MaxValue])
            Assert.InRange(RelativePosition.Bucket(distance, bidirectional, buckets, largest), 0, buckets - 1);
    }
}
