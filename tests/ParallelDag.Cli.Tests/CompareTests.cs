using System.Text.Json;

namespace ParallelDag.Cli.Tests;

public class CompareTests
{
    private static string Swapped(string folder)
    {
        string path = Path.Combine(folder, "swapped.yaml");
        string text = File.ReadAllText(CommandLine.ReferencePlan);
        string changed = text.Replace("prefill: {", "prefill: { order: [tp, ep, sp, dp, pp],", StringComparison.Ordinal);
        Assert.NotEqual(text, changed);
        File.WriteAllText(path, changed);
        return path;
    }

    [Fact]
    public void Equal_plans_exit_with_0()
    {
        Finished finished = CommandLine.Run("compare", CommandLine.ReferencePlan, CommandLine.ReferencePlan).Succeeded();
        Assert.Equal("llm_parallel: Nothing differs.\n", finished.Output);
    }

    [Fact]
    public void Plans_that_differ_exit_with_1_in_every_form()
    {
        using var folder = new TemporaryFolder();
        string swapped = Swapped(folder.Path);
        Finished text = CommandLine.Run("compare", CommandLine.ReferencePlan, swapped);
        Assert.Equal((1, ""), (text.ExitCode, text.Error));
        Assert.StartsWith("llm_parallel: The same work, on other GPUs; 4 collectives over other links.\n", text.Output,
            StringComparison.Ordinal);
        Finished json = CommandLine.Run("compare", CommandLine.ReferencePlan, swapped, "--json");
        Assert.Equal(1, json.ExitCode);
        using JsonDocument document = JsonDocument.Parse(json.OutputBytes);
        Assert.Equal("sameWork", document.RootElement.GetProperty("verdict").GetString());
        Finished markdown = CommandLine.Run("compare", CommandLine.ReferencePlan, swapped, "--markdown");
        Assert.Equal(1, markdown.ExitCode);
        Assert.Contains("**Merge?** Yes", markdown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_files_of_a_comparison_show_what_changed_in_colour()
    {
        using var folder = new TemporaryFolder();
        string swapped = Swapped(folder.Path);
        Finished finished = CommandLine.RunIn(folder.Path, null, "compare", CommandLine.ReferencePlan, swapped, "-o", "out");
        Assert.Equal((1, ""), (finished.ExitCode, finished.Error));
        Assert.Equal(["llm_parallel_changed_layer.svg", "llm_parallel_changed_map.svg", "llm_parallel_comparison.md"],
            Directory.GetFiles(Path.Combine(folder.Path, "out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.StartsWith("## llm_parallel\n", File.ReadAllText(folder["out/llm_parallel_comparison.md"]), StringComparison.Ordinal);

        // Of each stage of 16 GPUs the ranks of tp and the first and last pair stay what they are.
        Assert.Contains("Framed in colour: 48 GPUs that do something else than in llm_parallel",
            File.ReadAllText(folder["out/llm_parallel_changed_map.svg"]), StringComparison.Ordinal);
        Assert.Contains("Framed in colour, other than in llm_parallel: ",
            File.ReadAllText(folder["out/llm_parallel_changed_layer.svg"]), StringComparison.Ordinal);

        // An input is never written over.
        File.Copy(swapped, folder["llm_parallel_comparison.md"]);
        CommandLine.RunIn(folder.Path, null, "compare", CommandLine.ReferencePlan, "llm_parallel_comparison.md", "-o", ".").Refused();
    }

    [Fact]
    public void A_page_shows_both_as_export_does()
    {
        using var folder = new TemporaryFolder();
        string swapped = Swapped(folder.Path), page = Path.Combine(folder.Path, "both.html");
        string beside = Path.Combine(folder.Path, "beside.html");
        Assert.Equal(1, CommandLine.Run("compare", CommandLine.ReferencePlan, swapped, "--page", page).ExitCode);
        CommandLine.Run("export", CommandLine.ReferencePlan, "--format", "html", "--beside", swapped, "-o", beside).Succeeded();
        string text = File.ReadAllText(page);
        Assert.Contains("<canvas id=\"picture-b\"", text, StringComparison.Ordinal);
        Assert.Contains("<section class=\"table\" tabindex=\"0\" hidden id=\"sheet-changes\"", text, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(beside));
        Assert.Contains("another", Assert.Single(
            CommandLine.Run("compare", CommandLine.ReferencePlan, swapped, "--page", swapped).Refused().ErrorLines),
            StringComparison.Ordinal);
        Assert.Contains("give it a file", Assert.Single(
            CommandLine.Run("compare", CommandLine.ReferencePlan, swapped, "--page", "-").Refused().ErrorLines), StringComparison.Ordinal);
        Assert.Contains("--beside is for --format html", Assert.Single(CommandLine.Run(
            "export", CommandLine.ReferencePlan, "--format", "svg", "--beside", swapped).Refused().ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_equals_the_graphs_exported_from_it()
    {
        using var folder = new TemporaryFolder();
        string json = Path.Combine(folder.Path, "device.json"), dot = Path.Combine(folder.Path, "graph.dot");
        CommandLine.Run("export", CommandLine.ReferencePlan, "--format", "json", "--detail", "device", "-o", json).Succeeded();
        CommandLine.Run("export", CommandLine.ReferencePlan, "--format", "dot", "-o", dot).Succeeded();
        CommandLine.Run("compare", CommandLine.ReferencePlan, json).Succeeded();
        CommandLine.Run("compare", dot, CommandLine.ReferencePlan).Succeeded();
        Assert.Contains("--detail", Assert.Single(CommandLine.Run("compare", dot, json).Refused().ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_arguments_are_told_in_a_line()
    {
        Assert.Contains("--json and --markdown", Assert.Single(CommandLine.Run(
            "compare", CommandLine.ReferencePlan, CommandLine.ReferencePlan, "--json", "--markdown").Refused().ErrorLines),
                StringComparison.Ordinal);
        Assert.Contains("read once", Assert.Single(CommandLine.Run("compare", "-", "-").Refused().ErrorLines), StringComparison.Ordinal);
        Assert.Contains("no-such.yaml", Assert.Single(
            CommandLine.Run("compare", CommandLine.ReferencePlan, "no-such.yaml").Refused().ErrorLines), StringComparison.Ordinal);
    }
}
