using System.CommandLine;
using System.Diagnostics;
using ParallelDag.Checks;
using ParallelDag.Exports;
using ParallelDag.Files;
using ParallelDag.Formats;
using ParallelDag.Graphs.Algorithms;
using ParallelDag.Layouts;
using ParallelDag.Lowering;
using ParallelDag.Pictures;
using ParallelDag.Readers;
using ParallelDag.Renderings;

namespace ParallelDag.Cli;

/// <summary><c>paralleldag export</c>: a plan's DAG, or a DAG from a file, in one format.</summary>
internal static class ExportCommand
{
    /// <summary>What the arguments ask for.</summary>
    private sealed record Request(
        string Path, GraphFormat? Format, DetailLevel? Detail, ExportOptions Options, string Output, string? Beside);

    private const string NoFormat = "none";

    public static Command Create(Session session)
    {
        Argument<string> input =
            ArgumentFaults.File("plan|graph", "A plan file, or a graph in DOT (.dot, .gv) or JSON; '-' for standard input.");
        Option<string> format = ArgumentFaults.Choice("--format", "The format; 'none' builds and checks the graph and prints its size.",
            standard: null, [.. GraphFormats.All.Select(known => known.Name), NoFormat]);
        Option<string> phase = ArgumentFaults.Choice("--phase", "One phase, or all.", standard: "all", "prefill", "decode", "all");
        Option<string> detail =
            ArgumentFaults.Choice("--detail", $"How finely [default: {Defaults()}].", standard: null, "overview", "operator", "device");
        var output = new Option<string>("--output", "-o")
        {
            Description = "The file to write, '-' for standard output; for chakra the folder, created when missing.",
            HelpName = "FILE|DIR|-",
            DefaultValueFactory = _ => Inputs.Standard,
        };
        var beside = new Option<string>("--beside")
        {
            Description = "A second plan or graph, which the page shows beside the first, with what differs.",
            HelpName = "plan|graph",
        };
        var command = new Command("export", "Write the DAG of a plan, or a DAG from a file, in one format.")
        {
            input, format, phase, detail, output, beside,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(beside) is null || result.GetValue<string>("--format") is not string name)
                return;
            if (GraphFormats.Find(name)?.ShowsPlan != true)
                result.AddError($"--beside is for --format {string.Join(" or ", GraphFormats.All.Where(known => known.ShowsPlan)
                    .Select(known => known.Name))}, not for {name}");
            else if (result.GetValue(beside) == Inputs.Standard && result.GetValue(input) == Inputs.Standard)
                result.AddError("'-' names standard input, which is read once; give the other as a file");
        });
        var pictures = new PictureOptions(command);
        var planPicture = new PlanPictureOption(command);
        command.SetAction(parsed => planPicture.Read(parsed) is PlanPicture picture
            ? PictureExport.Run(session, parsed.GetValue(input)!, picture, parsed.GetValue(output)!)
            : Run(session, new Request(
            parsed.GetValue(input)!,
            GraphFormats.Find(parsed.GetValue(format)!),
            VocabularyText.TryParse(parsed.GetValue(detail), out DetailLevel level) ? level : null,
            pictures.Read(parsed, VocabularyText.TryParse(parsed.GetValue(phase), out PhaseKind one) ? one : null),
            parsed.GetValue(output)!,
            parsed.GetValue(beside))));
        return command;
    }

    private static int Run(Session session, Request request)
    {
        CancellationToken cancellation = session.Cancellation;
        if (request.Format?.Parts is not null && request.Output == Inputs.Standard)
            throw new InputException($"--format {request.Format.Name} is several files; name a folder for them with -o DIR");
        using Progress progress = session.StartProgress();
        progress.Step("reading");
        InputFile input = Inputs.Open(request.Path, cancellation);
        Func<Dag> source = Open(request, input, progress, cancellation, out DeploymentPlan? plan);
        var clock = Stopwatch.StartNew();
        Dag dag = source();
        bool acyclic = true;
        if (request.Format is null)
        {
            progress.Step("looking for cycles");
            acyclic = TopologicalOrder.Exists(dag.Topology, cancellation);
        }

        GraphFormat format = request.Format ?? GraphSize.Format(clock.Elapsed.TotalSeconds);
        progress.Step(format.IsPicture ? "checking and drawing" : "writing");
        ExportOptions options =
            PlanPage.Complete(format, dag, plan, request.Options, Beside(request, dag, cancellation), cancellation);
        if (input.Path is string path && OutputFiles.AreSame(path, request.Output)
            && (format.FileKind == GraphFileKind.None || format.FileKind != GraphFile.KindOf(input)))
            throw new OutputException(request.Output,
                $"this is the input, which {format.Name} would overwrite; choose another name for the output");
        progress.Step("writing");
        using OutputFiles files = session.CreateFiles();
        IExportOutput output = format.Parts is null ? session.OutputTo(request.Output, files)
            : new FileOutput(files, FolderExport.Prepare(files, request.Output, format, dag, input));
        ExportNotes notes = format.Write(dag, output, options, cancellation);
        files.Commit();

        progress.Dispose();
        if (notes.Folded.Count > 0 && options.Drawing.Folding == Folding.Always) // Otherwise the picture says it, as pictures usually fold.
            session.Say(Pictures.FoldingNote(notes.Folded));
        if (notes.LeftOut is string leftOut)
            session.Say($"{leftOut}; '--gpus' chooses others, '--force' writes all");
        foreach (string warning in notes.Warnings)
            session.Say($"{input.Name}: {warning}");
        if (format.Parts is not null)
        {
            if (FolderExport.Leftover(request.Output, format, dag) is string leftover)
                session.Say($"{request.Output}: {leftover}");
            session.Output.WriteLine(FolderExport.Summary(request.Output, format, dag));
        }

        if (acyclic)
            return ExitCodes.Done;
        session.Say($"{input.Name}: the graph has a cycle (paralleldag check names it)");
        return ExitCodes.CheckFailed;
    }

    /// <summary>The second graph of a page, drawn as finely as the first.</summary>
    private static (Dag, DeploymentPlan?)? Beside(Request request, Dag dag, CancellationToken cancellation)
    {
        if (request.Beside is not string path)
            return null;
        (DeploymentPlan? plan, Dag? graph) = Inputs.PlanOrGraph(Inputs.Open(path, cancellation), "export", cancellation);
        return (graph ?? DagGenerator.Generate(plan!, dag.Detail, request.Options.Drawing.Phase, cancellation), plan);
    }

    /// <summary>The detail of most formats, then those that differ.</summary>
    private static string Defaults() => string.Join("; ", GraphFormats.All.Where(format => format.DefaultDetail != DetailLevel.Operator)
        .Select(format => $"{format.DefaultDetail.ToName()} for {format.Name}").Prepend(DetailLevel.Operator.ToName()));

    /// <summary>Reads the input as far as it is not the graph itself, and returns what makes the graph.</summary>
    private static Func<Dag> Open(Request request, InputFile input, Progress progress, CancellationToken cancellation,
        out DeploymentPlan? plan)
    {
        PhaseKind? phase = request.Options.Drawing.Phase;
        plan = null;
        if (InputKinds.Of(input) == InputKind.Graph)
        {
            if (request.Detail is not null)
                throw new InputException(input.Name, default,
                    "this is a graph, whose detail is given; leave --detail out, or export the plan");
            if (phase is not null && request.Format?.Takes.HasFlag(ExportChoices.Phase) != true)
                throw new InputException(input.Name, default,
                    "this is a graph, which is written whole; leave --phase out, or export the plan");
            return () => GraphFile.Read(input, cancellation);
        }

        DeploymentPlan read = plan = Inputs.Plan(input, "export", cancellation);
        if ((phase == PhaseKind.Prefill && plan.Prefill is null) || (phase == PhaseKind.Decode && plan.Decode is null))
            throw new InputException(input.Name, default,
                $"the plan has no {phase.Value.ToName()}; leave --phase out or add the section '{phase.Value.ToName()}'");
        DetailLevel detail = request.Detail ?? request.Format?.DefaultDetail ?? DetailLevel.Operator;
        progress.Step("generating the DAG");
        return () => DagGenerator.Generate(read, detail, phase, cancellation);
    }
}
