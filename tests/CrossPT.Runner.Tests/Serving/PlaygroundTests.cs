using System.Globalization;
using CrossPT.Prompting.Runs;
using Microsoft.Playwright;

namespace CrossPT.Runner.Tests.Serving;

/// <summary>
/// The page at <c>/</c> in a real browser: Chromium of the system, or the one <c>CROSSPT_BROWSER</c> names.
/// </summary>
public sealed class PlaygroundTests(ServedRun run) : IClassFixture<ServedRun>
{
    private static readonly string[] s_places =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    [Theory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(390, ColorScheme.Dark)]
    public async Task Page_AsksATask_ByKeyboardAlone(int width, ColorScheme scheme)
    {
        await using LocalServer server = await run.StartAsync();
        await using Browser browser = await Browser.StartAsync();
        IPage page = await browser.OpenAsync(server, width, scheme);
        await Assertions.Expect(page.Locator("#about")).ToHaveTextAsync("2 tasks, answered from one frozen model.");
        await page.GetByLabel("Task", new() { Exact = true }).SelectOptionAsync("rte");
        await page.GetByLabel("sentence1").FocusAsync();
        await page.Keyboard.TypeAsync("a note");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("it's \"tea\"");
        await page.Keyboard.PressAsync("Control+Enter");
        Prediction expected = (await server.Engine.PredictAsync("rte", [new(new Dictionary<string, string>
        {
            ["sentence1"] = "a note",
            ["sentence2"] = "it's \"tea\"",
        })]))[0];
        ILocator status = page.Locator("#status");
        await Assertions.Expect(status).ToContainTextAsync($"{expected.Word}, with a probability of");
        await Assertions.Expect(page.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator(".bars .best")).ToHaveTextAsync(expected.Word);
        await Assertions.Expect(page.Locator("#time")).ToContainTextAsync("ms");
        await Assertions.Expect(page.Locator("#heat th").First).ToHaveTextAsync("source");
        string? command = await page.Locator("#curl").TextContentAsync();
        Assert.Contains("/v1/tasks/rte/predict", command, StringComparison.Ordinal);
        Assert.Contains("it'\\''s \\\"tea\\\"", command, StringComparison.Ordinal);
        // Nothing is wider than the window, and nothing was asked of another host or refused by the page's own policy.
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        Assert.All(
            browser.Requests, one => Assert.StartsWith(server.Host.Addresses.First(), one, StringComparison.Ordinal));
        Assert.Empty(browser.Complaints);
        if (Environment.GetEnvironmentVariable("CROSSPT_SCREENSHOTS") is { } folder)
        {
            await page.ScreenshotAsync(
                new() { Path = Path.Combine(folder, $"playground-{width}.png"), FullPage = true });
        }
    }

    [Fact]
    public async Task Page_SaysWhatIsWrong_AndAsksForTheKey()
    {
        await using LocalServer server = await run.StartAsync(hasKey: true);
        await using Browser browser = await Browser.StartAsync();
        IPage page = await browser.OpenAsync(server, 800, ColorScheme.Light);
        await Assertions.Expect(page.Locator("#about")).ToHaveTextAsync("This server asks for its API key.");
        await page.GetByLabel("Key", new() { Exact = true }).FillAsync(ServedRun.Key);
        await page.GetByRole(AriaRole.Button, new() { Name = "Load the tasks again" }).ClickAsync();
        await Assertions.Expect(page.Locator("#about")).ToContainTextAsync("2 tasks");
        Assert.DoesNotContain(ServedRun.Key, await page.Locator("#curl").TextContentAsync(), StringComparison.Ordinal);
        server.Engine.Remove("mrpc");
        await page.GetByLabel("Task", new() { Exact = true }).SelectOptionAsync("mrpc");
        await page.GetByRole(AriaRole.Button, new() { Name = "Predict" }).ClickAsync();
        await Assertions.Expect(page.Locator("#status")).ToContainTextAsync("there is no task 'mrpc'");
    }

    [Fact]
    public async Task Page_ShowsTheRouterOfTheText_WhereItReadsTheText()
    {
        using TempFolder folder = new();
        await using LocalServer server = await run.StartAsync();
        await server.Engine.PutTaskAsync("by text", TinyRun.Train(folder, "attempt"), "rte");
        await using Browser browser = await Browser.StartAsync();
        IPage page = await browser.OpenAsync(server, 800, ColorScheme.Light);
        await page.GetByLabel("Task", new() { Exact = true }).SelectOptionAsync("by text");
        await Assertions.Expect(page.Locator("#router")).ToBeHiddenAsync();
        await page.GetByLabel("sentence1").FillAsync("a note");
        await page.GetByLabel("sentence2").FillAsync("tea");
        await page.GetByRole(AriaRole.Button, new() { Name = "Predict" }).ClickAsync();
        await Assertions.Expect(page.Locator("#router-title"))
            .ToHaveTextAsync("What the text’s prompt takes of each source prompt");
        await Assertions.Expect(page.Locator("#heat th")).ToHaveTextAsync(["source", "other", "private"]);
        Prediction expected = (await server.Engine.PredictAsync("by text", [new(new Dictionary<string, string>
        {
            ["sentence1"] = "a note",
            ["sentence2"] = "tea",
        })]))[0];
        await Assertions.Expect(page.Locator("#heat td")).ToHaveTextAsync(
            expected.Router.Select(static one => one.Weight.ToString("F3", CultureInfo.InvariantCulture)));
        await page.GetByLabel("Task", new() { Exact = true }).SelectOptionAsync("rte");
        await Assertions.Expect(page.Locator("#router-title"))
            .ToHaveTextAsync("What the task’s prompt takes of each source prompt");
    }

    /// <summary>A browser without a window, and what its pages ask and complain of.</summary>
    private sealed class Browser(IPlaywright playwright, IBrowser browser) : IAsyncDisposable
    {
        public List<string> Requests { get; } = [];

        public List<string> Complaints { get; } = [];

        public static async Task<Browser> StartAsync()
        {
            string? program =
                Environment.GetEnvironmentVariable("CROSSPT_BROWSER") ?? s_places.FirstOrDefault(File.Exists);
            Assert.SkipWhen(program is null, "No browser is installed: apt-get install chromium, or CROSSPT_BROWSER.");
            IPlaywright playwright = await Playwright.CreateAsync();
            // In a container the kernel refuses Chromium's own sandbox.
            IBrowser browser = await playwright.Chromium.LaunchAsync(
                new() { ExecutablePath = program, Args = ["--no-sandbox"] });
            return new Browser(playwright, browser);
        }

        public async Task<IPage> OpenAsync(LocalServer server, int width, ColorScheme scheme)
        {
            IPage page = await browser.NewPageAsync(
                new() { ViewportSize = new() { Width = width, Height = 844 }, ColorScheme = scheme });
            page.Request += (_, request) => Requests.Add(request.Url);
            page.PageError += (_, error) => Complaints.Add(error);
            page.Console += (_, message) =>
            {
                if (message.Type is "error" or "warning") Complaints.Add(message.Text);
            };
            await page.GotoAsync(server.Host.Addresses.First());
            return page;
        }

        public async ValueTask DisposeAsync()
        {
            await browser.DisposeAsync();
            playwright.Dispose();
        }
    }
}
