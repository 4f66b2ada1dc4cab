namespace CrossPT.Tensors.Tests.Core;

public sealed class DropoutMaskTests
{
    // 400,000 draws: three standard deviations of a share of 0.1 are 0.0014.
    [Fact]
    public void Share_IsTheProbability_AndNeighboursAreIndependent()
    {
        const int rows = 500, columns = 800;
        DropoutMask mask = new(0.1, 7, 1), next = new(0.1, 7, 2), other = new(0.1, 8, 1);
        int dropped = 0, besideDropped = 0, belowDropped = 0, nextDropped = 0, otherDropped = 0;
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                if (mask.Keeps(r, c)) continue;
                dropped++;
                if (!mask.Keeps(r, c + 1)) besideDropped++;
                if (!mask.Keeps(r + 1, c)) belowDropped++;
                if (!next.Keeps(r, c)) nextDropped++;
                if (!other.Keeps(r, c)) otherDropped++;
            }
        }
        Assert.InRange(dropped / (double)(rows * columns), 0.0986, 0.1014);
        // Of 40,000 dropped ones, three standard deviations are 0.0045.
        foreach (int both in (int[])[besideDropped, belowDropped, nextDropped, otherDropped])
            Assert.InRange(both / (double)dropped, 0.0955, 0.1045);
    }
}
