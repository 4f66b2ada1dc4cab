using System.Diagnostics;
using System.Globalization;
using CrossPT.LoadTest;

// crosspt-load URL FOLDER [--clients N] [--rows N] [--seconds S] [--task T] [--key KEY] [--chaos RUN [--chaos-task T]]
// FOLDER holds what "crosspt predict" wrote for each task, TASK.jsonl with "/" as "~": rows and expected answers.
if (args.Length < 2)
{
    Console.Error.WriteLine(
        "usage: URL FOLDER [--clients N] [--rows N] [--seconds S] [--task T] [--key KEY] "
        + "[--chaos RUN [--chaos-task T]]");
    return 2;
}
Dictionary<string, string> options = [];
for (int i = 2; i + 1 < args.Length; i += 2) options[args[i]] = args[i + 1];
int clients = Number("--clients", 64);
int rows = Number("--rows", 1);
int seconds = Number("--seconds", 10);
Uri address = new(args[0]);
string? only = options.GetValueOrDefault("--task");
string? key = options.GetValueOrDefault("--key");
List<TaskRows> tasks = [];
foreach (string file in Directory.GetFiles(args[1], "*.jsonl").Order(StringComparer.Ordinal))
{
    string name = Path.GetFileNameWithoutExtension(file).Replace('~', '/');
    if (only is null || only == name) tasks.Add(TaskRows.Read(name, file, rows, address, key));
}
if (tasks.Count == 0)
{
    Console.Error.WriteLine($"{args[1]}: no TASK.jsonl in it");
    return 2;
}
using CancellationTokenSource over = new(TimeSpan.FromSeconds(seconds));
Totals totals = new();
Stopwatch clock = Stopwatch.StartNew();
List<Task> running =
[
    .. Enumerable.Range(0, clients).Select(i => new Client(address, tasks, totals, i))
        .Select(client => Task.Run(() => client.RunAsync(over.Token))),
];
if (options.TryGetValue("--chaos", out string? run))
{
    string changing = options.GetValueOrDefault("--chaos-task", "demo/order");
    string expected = Path.Combine(args[1], $"{changing.Replace('/', '~')}.jsonl");
    for (int i = 0; i < 8; i++)
    {
        TaskRows changingRows = TaskRows.Read($"chaos{i}", expected, 1, address, key);
        Chaos chaos = new(address, key, run, changing, changingRows, totals, i);
        running.Add(Task.Run(() => chaos.RunAsync(over.Token)));
    }
}
await Task.WhenAll(running);
double elapsed = clock.Elapsed.TotalSeconds;
double[] latencies = totals.Latencies();
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Console.WriteLine(
    $"{clients} clients, {rows} rows a request, {tasks.Count} tasks, {elapsed:F1} s: "
    + $"{totals.Rows / elapsed:F0} rows/s, {totals.Requests / elapsed:F0} requests/s, p50 {At(0.5):F1} ms, "
    + $"p99 {At(0.99):F1} ms, largest {At(1):F1} ms");
Console.WriteLine(
    $"{totals.Requests} answered, {totals.Wrong} wrong, {totals.Refused} refused, {totals.Lost} lost; "
    + $"{totals.Chaos} requests of bad clients, {totals.Changing} right answers of tasks that come and go");
foreach (string example in totals.Examples) Console.WriteLine(example);
return totals.Wrong == 0 && totals.Lost == 0 ? 0 : 1;

int Number(string name, int otherwise) =>
    options.TryGetValue(name, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

double At(double share) =>
    latencies.Length == 0 ? 0 : latencies[Math.Min(latencies.Length - 1, (int)(share * latencies.Length))];
