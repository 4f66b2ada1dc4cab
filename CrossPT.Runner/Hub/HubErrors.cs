using System.Net;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Transfer;

namespace CrossPT.Runner.Hub;

/// <summary>The hub's refusals in words: what to change is the user's (exit code 2), what to wait for is not (1).</summary>
/// <remarks>Codes as in <c>huggingface_hub</c>'s <c>hf_raise_for_status</c>.</remarks>
internal static class HubErrors
{
    /// <summary>Whether the file is not there; a server that gives no code is taken to mean the file.</summary>
    public static bool IsMissingEntry(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.NotFound && ServerAnswer.Header(response, "X-Error-Code") is null or "EntryNotFound";

    /// <summary>The error that an answer is.</summary>
    public static Exception Of(HttpResponseMessage response, HubName name, string file, HubSettings settings)
    {
        string place = $"{settings.Endpoint.AbsoluteUri.TrimEnd('/')}", token = settings.Token is null ? "; HF_TOKEN is not set" : "";
        string said = ServerAnswer.Header(response, "X-Error-Message") is { } message ? $" ({message.TrimEnd('.')})" : "";
        return (ServerAnswer.Header(response, "X-Error-Code"), (int)response.StatusCode) switch
        {
            ("GatedRepo", _) => new UserException(
                $"{name}: its owners give access on request, at {place}/{name.Repository}, and a token of yours in HF_TOKEN shows it{said}", ExitCode.Failed),
            ("RevisionNotFound", _) => new UserException($"{name.Repository}: has no revision '{name.Revision}' at {place}{said}"),
            ("EntryNotFound", _) => new UserException($"{name}: has no file {file} at {place}{said}"),
            ("RepoNotFound", _) or (_, 401) => new UserException($"{name.Repository}: no such repository at {place}, or a private one{token}{said}"),
            (_, 403) => new UserException($"{name}/{file}: {place} refuses access (403 Forbidden){token}{said}", ExitCode.Failed),
            (_, 404) => new UserException($"{name}/{file}: not found at {place} (404){said}"),
            _ => new UserException($"{name}/{file}: {place} answered {ServerAnswer.Status(response)}{said}", ExitCode.Failed),
        };
    }
}
