using System.Text.Json;
using System.Xml.Linq;

namespace ParallelDag.Cli.Tests;

public sealed class RenderTests : IDisposable
{
    private static readonly string[] Pictures = ["map", "timeline", "memory", "layer", "overview", "experts", "traffic"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_reference_plan_becomes_its_pictures_and_its_checks_hold()
    {
        Finished run = CommandLine.RunIn(_folder.Path, null, "render", CommandLine.ReferencePlan, "-o", "out/deep").Succeeded();

        string[] names =
        [
            "llm_parallel_deployment.dot", "llm_parallel_deployment.svg", "llm_parallel_report.md", "llm_parallel_simplified.dot",
            "llm_parallel_simplified.svg", .. Pictures.Select(picture => $"llm_parallel_{picture}.svg"),
        ];
        Array.Sort(names, StringComparer.Ordinal);
        Assert.Equal(names.Select(name => $"out/deep/{name}"), _folder.Files.Order(StringComparer.Ordinal));
        Assert.All(_folder.Files,
            file => Assert.Contains($"wrote {Path.Combine("out/deep", Path.GetFileName(file))}\n", run.Output, StringComparison.Ordinal));
        Assert.All(_folder.Files, file => Assert.NotEqual(0xEF, File.ReadAllBytes(_folder[file])[0]));
        Assert.Matches("✓ PD001 .* 945 nodes", run.Output);
        Assert.DoesNotContain("✗", run.Output, StringComparison.Ordinal);
        foreach (string picture in new[] { "deployment", "simplified" })
        {
            Assert.StartsWith("digraph", File.ReadAllText(_folder[$"out/deep/llm_parallel_{picture}.dot"]).TrimStart(),
                StringComparison.Ordinal);
            Assert.Equal("svg", XDocument.Load(_folder[$"out/deep/llm_parallel_{picture}.svg"]).Root!.Name.LocalName);
        }
    }

    [Fact]
    public void Phases_are_drawn_by_themselves_too_when_asked_for()
    {
        Finished run = CommandLine.RunIn(_folder.Path, null, "render", CommandLine.ReferencePlan, "-o", "out", "--split-phases")
            .Succeeded();

        foreach (string phase in new[] { "prefill", "decode" })
        {
            Assert.Contains($"wrote {Path.Combine("out", $"llm_parallel_{phase}.dot")}\n", run.Output, StringComparison.Ordinal);
            string[] phases = [.. XDocument.Load(_folder[$"out/llm_parallel_{phase}.svg"]).Descendants()
                .Where(element => element.Attribute("data-op") is not null).Select(element => element.Value)];
            Assert.NotEmpty(phases);
            string dot = File.ReadAllText(_folder[$"out/llm_parallel_{phase}.dot"]);
            Assert.Contains($"phase={phase}", dot, StringComparison.Ordinal);
            Assert.DoesNotContain(phase == "prefill" ? "phase=decode" : "phase=prefill", dot, StringComparison.Ordinal);
            Assert.Contains($"`llm_parallel_{phase}.dot`", File.ReadAllText(_folder["out/llm_parallel_report.md"]),
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_whole_picture_draws_every_node_of_the_graph()
    {
        CommandLine.RunIn(_folder.Path, null, "export", CommandLine.ReferencePlan, "--format", "svg", "--fold", "never", "-o", "whole.svg")
            .Succeeded();
        using var graph = JsonDocument.Parse(CommandLine.Run("export", CommandLine.ReferencePlan, "--format", "json").Succeeded().Output);

        XElement[] drawn = [.. XDocument.Load(_folder["whole.svg"]).Descendants()
            .Where(element => element.Attribute("data-op") is not null)];

        Assert.Equal(
            graph.RootElement.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("op").GetString()!)
                .Order(StringComparer.Ordinal),
            drawn.Select(node => node.Attribute("data-op")!.Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_rule_that_fails_is_drawn_reported_and_told_by_exit_code_1()
    {
        string text = File.ReadAllText(CommandLine.ReferencePlan);
        _folder.Write("plan.yaml",
            text.Replace("gpu: H100-SXM-80GB", "gpu: { memory: 100 MiB, flops: 1 TFLOPS, memoryBandwidth: 1 TB/s }",
                StringComparison.Ordinal));

        Finished run = CommandLine.RunIn(_folder.Path, null, "render", "plan.yaml", "-o", "out");

        Assert.Equal((1, ""), (run.ExitCode, run.Error));
        Assert.Contains("✗ PD013", run.Output, StringComparison.Ordinal);
        Assert.Contains("21 passed, 1 failed, 0 skipped", run.Output, StringComparison.Ordinal);
        Assert.Equal(5 + Pictures.Length, _folder.Files.Count(file => file.StartsWith("out/", StringComparison.Ordinal)));
        Assert.Contains("PD013", File.ReadAllText(_folder["out/llm_parallel_report.md"]), StringComparison.Ordinal);
    }

    /// <summary>Cultures with other digits, decimal commas and casing; character sets of terminals; a width; no home.</summary>
    [Fact]
    public void The_same_plan_gives_the_same_bytes_everywhere()
    {
        Dictionary<string, string>[] environments =
        [
            [],
            new() { ["LANG"] = "tr_TR.UTF-8", ["LC_ALL"] = "tr_TR.UTF-8", ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "0" },
            new() { ["LANG"] = "de_DE.ISO-8859-1", ["LC_ALL"] = "de_DE.ISO-8859-1", ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "0" },
            new() { ["LC_ALL"] = "C", ["TERM"] = "dumb", ["NO_COLOR"] = "1", ["COLUMNS"] = "40" },
        ];
        var runs = new List<(byte[] Output, Dictionary<string, byte[]> Files)>();
        foreach (Dictionary<string, string> environment in environments)
        {
            using var folder = new TemporaryFolder();
            Finished run = CommandLine.RunIn(folder.Path, environment, "render", CommandLine.ReferencePlan, "-o", "out").Succeeded();
            runs.Add((run.OutputBytes, folder.Files.ToDictionary(file => file, file => File.ReadAllBytes(folder[file]))));
        }

        foreach ((byte[] output, Dictionary<string, byte[]> files) in runs)
        {
            Assert.Equal(runs[0].Output, output);
            Assert.Equal(runs[0].Files.Keys, files.Keys);
            Assert.All(files, file => Assert.Equal(runs[0].Files[file.Key], file.Value));
        }
    }

    [Fact]
    public void Rendering_again_replaces_the_files_and_leaves_others()
    {
        _folder.Write("llm_parallel_deployment.svg", "old");
        _folder.Write("notes.txt", "mine");
        CommandLine.RunIn(_folder.Path, null, "render", CommandLine.ReferencePlan).Succeeded();
        string[] first = [.. _folder.Files];
        CommandLine.RunIn(_folder.Path, null, "render", CommandLine.ReferencePlan).Succeeded();

        Assert.Equal(first, _folder.Files);
        Assert.Contains("<svg", File.ReadAllText(_folder["llm_parallel_deployment.svg"]), StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(_folder["notes.txt"]));
    }

    [Fact]
    public void A_plan_as_json_renders_to_the_same_bytes()
    {
        const string Json = """
            { "name": "p", "model": { "layers": 4, "hidden": 64, "heads": 4, "ffn": 128, "vocab": 100 },
              "cluster": { "gpus": 4, "gpu": "A100-80GB" }, "workload": { "batch": 2, "promptLength": 16 },
              "prefill": { "pp": 2, "tp": 2 } }
            """;
        _folder.Write("plan.json", Json);
        _folder.Write("plan.yaml", Json.Replace("\"", "", StringComparison.Ordinal));

        byte[] json = CommandLine.Run("export", _folder["plan.json"], "--format", "dot").Succeeded().OutputBytes;

        Assert.Equal(CommandLine.Run("export", _folder["plan.yaml"], "--format", "dot").Succeeded().OutputBytes, json);
    }
}
