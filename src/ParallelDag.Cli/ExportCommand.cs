using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using ParallelDag.Graphs.Algorithms;
using ParallelDag.Layouts;
using ParallelDag.Lowering;
using ParallelDag.Writers;

namespace ParallelDag.Cli;

/// <summary><c>paralleldag export</c>: plan in, one graph in one format out.</summary>
internal static class ExportCommand
{
    private const string StandardOutputName = "-";

    public static Command Create(Session session)
    {
        Argument<string> plan = ArgumentFaults.File("plan", "The plan file (YAML or JSON).");
        Option<string> format = ArgumentFaults.RequiredChoice("--format", "The format; 'none' builds and checks the graph and prints its size.", "dot", "svg", "json", "none");
        Option<string> phase = ArgumentFaults.Choice("--phase", "One phase, or all.", standard: "all", "prefill", "decode", "all");
        Option<string> detail = ArgumentFaults.Choice("--detail", "How finely.", standard: "operator", "overview", "operator", "device");
        var output = new Option<string>("--output", "-o")
        {
            Description = "The file to write, '-' for standard output.",
            HelpName = "FILE|-",
            DefaultValueFactory = _ => StandardOutputName,
        };
        var command = new Command("export", "Write the DAG of a plan in one format.") { plan, format, phase, detail, output };
        var pictures = new PictureOptions(command);
        command.SetAction(parsed =>
        {
            DetailLevel level = VocabularyText.TryParse(parsed.GetValue(detail), out DetailLevel chosen) ? chosen : DetailLevel.Operator;
            PhaseKind? only = VocabularyText.TryParse(parsed.GetValue(phase), out PhaseKind one) ? one : null;
            string form = parsed.GetValue(format)!.ToLowerInvariant();
            return Run(session, parsed.GetValue(plan)!, form, pictures.Read(parsed, only), level, parsed.GetValue(output)!);
        });
        return command;
    }

    private static int Run(Session session, string path, string format, DrawingOptions drawing, DetailLevel detail, string output)
    {
        PhaseKind? phase = drawing.Phase;
        CancellationToken cancellation = session.Cancellation;
        DeploymentPlan plan = PlanInput.Load(path, "export", cancellation);
        if ((phase == PhaseKind.Prefill && plan.Prefill is null) || (phase == PhaseKind.Decode && plan.Decode is null))
            throw new InputException(path, default, $"the plan has no {phase.Value.ToName()}; leave --phase out or add the section '{phase.Value.ToName()}'");

        using Progress progress = session.StartProgress();
        progress.Step("generating the DAG");
        var clock = Stopwatch.StartNew();
        Dag dag = DagGenerator.Generate(plan, detail, phase, cancellation);
        bool acyclic = true;
        if (format == "none")
        {
            progress.Step("looking for cycles");
            acyclic = TopologicalOrder.Exists(dag.Topology, cancellation);
        }

        TimeSpan elapsed = clock.Elapsed;
        progress.Step("writing");
        if (output == StandardOutputName)
        {
            Write(session.OutputStream);
        }
        else
        {
            using OutputFiles files = session.CreateFiles();
            files.Add(output, Write);
            files.Commit();
        }

        if (acyclic)
            return ExitCodes.Done;
        session.Say($"{path}: the graph has a cycle (see paralleldag check)");
        return ExitCodes.CheckFailed;

        void Write(Stream stream)
        {
            switch (format)
            {
                case "dot":
                    DotWriter.Write(dag, stream, cancellation);
                    break;
                case "svg":
                    Drawing picture = SvgWriter.Write(dag, stream, new SvgOptions { Drawing = drawing }, cancellation);
                    if (picture.FoldedRuns.Count > 0)
                        session.Say(Pictures.FoldingNote(picture.FoldedRuns));
                    break;
                case "json":
                    JsonWriter.Write(dag, stream, cancellation);
                    break;
                default:
                    WriteSize(dag, elapsed, stream);
                    break;
            }
        }
    }

    /// <summary>The size of the graph, the time to generate it and to check it for cycles, and the peak working set of the whole process.</summary>
    private static void WriteSize(Dag dag, TimeSpan elapsed, Stream stream)
    {
        using var process = Process.GetCurrentProcess();
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"nodes\":{dag.NodeCount},\"edges\":{dag.EdgeCount},\"seconds\":{elapsed.TotalSeconds:0.000000},\"peakBytes\":{process.PeakWorkingSet64}}}\n");
        stream.Write(System.Text.Encoding.UTF8.GetBytes(line));
    }
}
