namespace ParallelDag.Cli.Tests;

public class ArgumentTests
{
    [Theory]
    [InlineData("a command is missing")]
    [InlineData("there is no command 'rendr'", "rendr")]
    [InlineData("Required argument 'plan' missing for command: 'render'", "render")]
    [InlineData("there is no option '--foo'", "render", "--foo", "plan.yaml")]
    [InlineData("there is no option '--foo'", "render", "plan.yaml", "--foo")]
    [InlineData("there is no option '-x'", "check", "-x")]
    [InlineData("Unrecognized command or argument 'more.yaml'", "render", "plan.yaml", "more.yaml")]
    [InlineData("Required argument missing for option: '-o'", "render", "plan.yaml", "-o")]
    [InlineData("expects a single argument but 2 were provided", "render", "plan.yaml", "-o", "a", "-o", "b")]
    [InlineData("'--format' is required", "export", "plan.yaml")]
    [InlineData("--format takes dot, svg, json, html, mermaid, trace, chakra, graphml or none, not 'png'", "export", "plan.yaml",
        "--format", "png")]
    [InlineData("--detail takes overview, operator or device, not 'fine'", "export", "plan.yaml", "--format", "dot", "--detail", "fine")]
    [InlineData("--stage takes a number from 1, not '0'", "export", "plan.yaml", "--format", "svg", "--stage", "0")]
    [InlineData("--layers takes a layer or a range such as 2-5, not '5-2'", "export", "plan.yaml", "--format", "svg", "--layers", "5-2")]
    [InlineData("--fold is for --format svg or html, not for json", "export", "plan.yaml", "--format", "json", "--fold", "never")]
    [InlineData("--stage is for --format svg or html or trace, not for dot", "export", "plan.yaml", "--format", "dot", "--stage", "1")]
    [InlineData("--gpus is for --format trace, not for svg", "export", "plan.yaml", "--format", "svg", "--gpus", "1")]
    [InlineData("--gpus takes GPUs such as 3, 0-15 or 0-1,4-5, not 'all'", "export", "p.yaml", "--format", "trace", "--gpus", "all")]
    [InlineData("--schedule takes sequential or overlapped, not 'x'", "export", "p.yaml", "--format", "trace", "--schedule", "x")]
    [InlineData("--phase takes prefill, decode or all, not 'both'", "export", "plan.yaml", "--format", "dot", "--phase", "both")]
    public void Wrong_arguments_are_one_clear_line_each(string words, params string[] arguments)
    {
        Finished run = CommandLine.Run(arguments).Refused();

        Assert.Contains(words, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("render", "--help")]
    [InlineData("check", "--help")]
    [InlineData("describe", "--help")]
    [InlineData("export", "--help")]
    public void Help_is_printed_and_fits_the_screen(params string[] arguments)
    {
        Finished run = CommandLine.Run(arguments).Succeeded();

        Assert.Contains("Usage:", run.Output, StringComparison.Ordinal);
        Assert.Contains("paralleldag", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_help_names_every_command()
    {
        string help = CommandLine.Run("--help").Succeeded().Output;

        Assert.All(new[] { "render <plan>", "check <plan|graph|trace>", "describe <plan|config>", "export <plan|graph>" },
            command => Assert.Contains(command, help, StringComparison.Ordinal));
    }

    [Fact]
    public void The_version_is_the_one_of_the_repository()
    {
        string properties = File.ReadAllText(Path.Combine(CommandLine.RepositoryRoot, "Directory.Build.props"));

        Assert.Contains($"<Version>{CommandLine.Run("--version").Succeeded().Output.Trim()}</Version>", properties,
            StringComparison.Ordinal);
    }
}
