using System.Diagnostics;

namespace ParallelDag.Cli.Tests;

public sealed class OutputFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_output_folder_that_is_a_file_is_refused_and_stays()
    {
        _folder.Write("out", "mine");

        Finished run = Render("out").Refused();

        Assert.Equal("out: this is a file; name a folder for the output", Assert.Single(run.ErrorLines));
        Assert.Equal("mine", File.ReadAllText(_folder["out"]));
        Assert.Equal(["out"], _folder.Files);
    }

    [Fact]
    public void An_output_folder_below_a_file_is_refused()
    {
        _folder.Write("file", "mine");

        Assert.StartsWith("file/out: ", Assert.Single(Render("file/out").Refused().ErrorLines), StringComparison.Ordinal);
        Assert.Equal(["file"], _folder.Files);
    }

    [Fact]
    public void Where_one_file_cannot_be_written_none_is()
    {
        Directory.CreateDirectory(_folder["out/llm_parallel_simplified.dot"]);
        _folder.Write("out/llm_parallel_deployment.dot", "old");

        Finished run = Render("out").Refused();

        Assert.Equal($"{Path.Combine("out", "llm_parallel_simplified.dot")}: this is a folder; name a file for the output",
            Assert.Single(run.ErrorLines));
        Assert.Equal("old", File.ReadAllText(_folder["out/llm_parallel_deployment.dot"]));
        Assert.Equal(["out/llm_parallel_deployment.dot"], _folder.Files);
    }

    [Fact]
    public void A_folder_that_was_made_for_nothing_is_removed()
    {
        // The name of a picture is longer than a file name may be; the folders exist by then.
        string text = File.ReadAllText(CommandLine.ReferencePlan)
            .Replace("name: llm_parallel", $"name: {new string('n', 100)}", StringComparison.Ordinal);
        _folder.Write("plan.yaml", text);
        string deep = string.Join('/', Enumerable.Repeat(new string('d', 200), 2)) + "/" + new string('x', 256);

        CommandLine.RunIn(_folder.Path, null, "render", "plan.yaml", "-o", deep).Refused();

        Assert.Empty(Directory.EnumerateDirectories(_folder.Path));
    }

    [Fact]
    public void The_folder_of_an_exported_file_must_exist()
    {
        Finished run = CommandLine.RunIn(_folder.Path, null, "export", CommandLine.ReferencePlan, "--format", "dot", "-o", "no/x.dot")
            .Refused();

        Assert.Equal("no/x.dot: the folder does not exist; create it first", Assert.Single(run.ErrorLines));
    }

    [PosixFact]
    public void A_link_is_followed_and_stays_a_link()
    {
        _folder.Write("target.dot", "old");
        File.CreateSymbolicLink(_folder["link.dot"], "target.dot");

        CommandLine.RunIn(_folder.Path, null, "export", CommandLine.ReferencePlan, "--format", "dot", "-o", "link.dot").Succeeded();

        Assert.Equal("target.dot", new FileInfo(_folder["link.dot"]).LinkTarget);
        Assert.StartsWith("digraph", File.ReadAllText(_folder["target.dot"]).TrimStart(), StringComparison.Ordinal);
    }

    [PosixFact]
    public void A_full_disk_is_told_in_one_line()
    {
        foreach (string line in new[] { "paralleldag export \"$PLAN\" --format dot -o /dev/full",
            "paralleldag export \"$PLAN\" --format dot > /dev/full", "paralleldag check \"$PLAN\" > /dev/full" })
        {
            Finished run = CommandLine.RunShell(_folder.Path, line.Replace("$PLAN", CommandLine.ReferencePlan, StringComparison.Ordinal))
                .Refused();

            Assert.Contains("No space left on device", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        }
    }

    [PosixFact]
    public void A_device_is_written_to_and_not_replaced()
    {
        CommandLine.Run("export", CommandLine.ReferencePlan, "--format", "dot", "-o", "/dev/null").Succeeded();

        Assert.True(File.Exists("/dev/null"));
        Assert.Equal(0, new FileInfo("/dev/null").Length);
    }

    [PosixFact]
    public void A_closed_pipe_ends_the_work_quietly()
    {
        foreach (string command in new[] { "export \"$PLAN\" --format json --detail device", "export \"$PLAN\" --format dot",
            "check \"$PLAN\"", "check \"$PLAN\" --json" })
        {
            string line = $"{{ paralleldag {command}; echo \"code $?\" >&2; }} | head -c 10";
            Finished run = CommandLine.RunShell(_folder.Path, line.Replace("$PLAN", CommandLine.ReferencePlan, StringComparison.Ordinal));

            Assert.Equal(10, run.OutputBytes.Length);
            Assert.Equal("code 0\n", run.Error);
        }
    }

    [PosixFact]
    public void A_plan_may_come_through_a_pipe()
    {
        Finished piped = CommandLine.RunShell(_folder.Path,
            $"cat '{CommandLine.ReferencePlan}' | paralleldag export /dev/stdin --format dot").Succeeded();

        Assert.Equal(CommandLine.Run("export", CommandLine.ReferencePlan, "--format", "dot").Succeeded().Output, piped.Output);
    }

    [PosixFact]
    public void Output_is_appended_where_the_shell_appends()
    {
        string plan = CommandLine.ReferencePlan;
        CommandLine.RunShell(_folder.Path,
            $"{{ echo before; paralleldag export '{plan}' --format dot; paralleldag check '{plan}'; echo after; }} > log").Succeeded();

        string[] lines = File.ReadAllLines(_folder["log"]);
        Assert.Equal("before", lines[0]);
        Assert.Equal("after", lines[^1]);
        Assert.Equal(1, lines.Count(line => line.StartsWith("digraph", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.StartsWith("✓ PD001", StringComparison.Ordinal));
    }

    [PosixFact]
    public void A_graph_may_come_through_a_pipe_or_a_dash()
    {
        string plan = CommandLine.ReferencePlan;
        foreach (string format in new[] { "dot", "json" })
        {
            CommandLine.RunShell(_folder.Path, $"paralleldag export '{plan}' --format {format} -o graph.{format}").Succeeded();
            string direct = CommandLine.RunIn(_folder.Path, null, "check", $"graph.{format}").Succeeded().Output;
            foreach (string name in new[] { "-", "/dev/stdin" })
                Assert.Equal(direct,
                    CommandLine.RunShell(_folder.Path, $"cat graph.{format} | paralleldag check {name}").Succeeded().Output);
        }

        Assert.StartsWith("standard input: the file is empty",
            Assert.Single(CommandLine.RunShell(_folder.Path, "paralleldag describe - < /dev/null").Refused().ErrorLines),
            StringComparison.Ordinal);
    }

    [PosixFact]
    public void An_output_that_is_the_input_is_refused_unless_its_format_stays()
    {
        _folder.Write("plan.yaml", File.ReadAllText(CommandLine.ReferencePlan));
        File.CreateSymbolicLink(_folder["link"], "plan.yaml");

        Finished run = CommandLine.RunIn(_folder.Path, null, "export", "plan.yaml", "--format", "dot", "-o", "link").Refused();

        Assert.Equal("link: this is the input, which dot would overwrite; choose another name for the output",
            Assert.Single(run.ErrorLines));
        Assert.Equal(File.ReadAllText(CommandLine.ReferencePlan), File.ReadAllText(_folder["plan.yaml"]));
        CommandLine.RunIn(_folder.Path, null, "export", "plan.yaml", "--format", "dot", "-o", "graph.dot").Succeeded();
        CommandLine.RunIn(_folder.Path, null, "export", "graph.dot", "--format", "json", "-o", "graph.dot").Refused();
        CommandLine.RunIn(_folder.Path, null, "export", "graph.dot", "--format", "dot", "-o", "graph.dot").Succeeded();
    }

    [PosixFact]
    public void A_closed_standard_error_leaves_the_exit_code()
    {
        Finished run = CommandLine.RunShell(_folder.Path, "paralleldag check nothing 2>&-; echo $?");

        Assert.Equal("2\n", run.Output);
    }

    [PosixFact]
    public void A_run_under_nohup_outlives_its_terminal()
    {
        _folder.Write("plan.yaml", LargePlan);
        using Process process =
            CommandLine.Start(_folder.Path, null, "/bin/sh",
                ["-c", $"trap '' HUP; exec dotnet '{CommandLine.Program}' export plan.yaml --format json --detail device -o graph.json"]);
        while (!process.HasExited && !_folder.Files.Any(file => file.EndsWith(".tmp", StringComparison.Ordinal)))
            Thread.Sleep(5);
        Process.Start("kill", ["-HUP", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).WaitForExit();

        CommandLine.Finish(process).Succeeded();

        Assert.Equal(["graph.json", "plan.yaml"], _folder.Files);
    }

    [PosixFact]
    public void Interrupted_writing_leaves_the_old_file_and_no_trace()
    {
        _folder.Write("plan.yaml", LargePlan);
        _folder.Write("graph.json", "old");
        foreach ((string signal, int code) in new[] { ("-INT", 130), ("-TERM", 143), ("-HUP", 129), ("-QUIT", 131) })
        {
            // What runs under nohup goes on ignoring hang-ups, and so does what it starts.
            if (IsIgnored(code - 128))
                continue;
            using Process process =
                CommandLine.Start(_folder.Path, null, "dotnet",
                    [CommandLine.Program, "export", "plan.yaml", "--format", "json", "--detail", "device", "-o", "graph.json"]);
            while (!process.HasExited && !_folder.Files.Any(file => file.EndsWith(".tmp", StringComparison.Ordinal)))
                Thread.Sleep(5);
            Process.Start("kill", [signal, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).WaitForExit();
            Finished run = CommandLine.Finish(process);

            Assert.Equal(code, run.ExitCode);
            Assert.Equal("", run.Error);
            Assert.Equal("old", File.ReadAllText(_folder["graph.json"]));
            Assert.Equal(["graph.json", "plan.yaml"], _folder.Files);
        }
    }

    private static bool IsIgnored(int signal)
    {
        const string Status = "/proc/self/status", Key = "SigIgn:";
        string? ignored = !File.Exists(Status) ? null
            : File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal));
        return ignored is not null && ((Convert.ToUInt64(ignored[Key.Length..].Trim(), 16) >> (signal - 1)) & 1) == 1;
    }

    [PosixFact]
    public void Work_that_cannot_end_by_itself_is_ended()
    {
        _folder.Write("plan.yaml", LargePlan);
        using Process process =
            CommandLine.Start(_folder.Path, null, "dotnet",
                [CommandLine.Program, "export", "plan.yaml", "--format", "json", "--detail", "device"]);

        // After the first byte nobody reads, so that the program hangs in the write to its full pipe.
        Assert.Equal('{', process.StandardOutput.BaseStream.ReadByte());
        Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).WaitForExit();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)));

        Assert.Equal(130, process.ExitCode);
        Assert.Equal("", process.StandardError.ReadToEnd());
    }

    /// <summary>A graph of half a million nodes: seconds of work, hundreds of megabytes of JSON.</summary>
    private static string LargePlan => """
        name: large
        model: { layers: 60, hidden: 4096, heads: 64, ffn: 8192, vocab: 32000, moe: { experts: 256, topK: 8, ffn: 2048 } }
        cluster: { gpus: 2048, gpu: H100-SXM-80GB }
        workload: { batch: 4096, promptLength: 4096, microBatches: 3 }
        prefill: { pp: 8, ep: 32, tp: 8 }
        """;

    private Finished Render(string output) => CommandLine.RunIn(_folder.Path, null, "render", CommandLine.ReferencePlan, "-o", output);
}
