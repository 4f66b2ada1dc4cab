namespace CrossPT.Samples;

/// <summary><c>dotnet run --project samples -- 3</c> gives the third lesson; without a number, the list.</summary>
internal static class Program
{
    private static int Main(string[] args) => Run(args, Console.Out, Console.Error);

    internal static int Run(string[] args, TextWriter output, TextWriter error)
    {
        if (args.Length == 0)
        {
            foreach (Lesson lesson in Lesson.All) output.WriteLine(lesson);
            return 0;
        }
        if (args.Length != 1 || !int.TryParse(args[0], out int number)
            || Lesson.All.FirstOrDefault(one => one.Number == number) is not { } chosen)
        {
            error.WriteLine(
                $"samples: '{string.Join(' ', args)}', expected the number of a lesson, {Lesson.All[0].Number} to "
                    + $"{Lesson.All[^1].Number}.");
            return 2;
        }
        output.WriteLine(chosen);
        chosen.Run(output);
        return 0;
    }
}
