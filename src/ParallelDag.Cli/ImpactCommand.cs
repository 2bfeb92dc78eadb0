using System.CommandLine;
using ParallelDag.Files;
using ParallelDag.Impacts;
using ParallelDag.Lowering;

namespace ParallelDag.Cli;

/// <summary><c>paralleldag impact</c>: what happens when GPUs, nodes or domains fail.</summary>
internal static class ImpactCommand
{
    public static Command Create(Session session)
    {
        Argument<string> input = ArgumentFaults.File("plan|graph", "A plan file, or a graph in DOT or JSON; '-' for standard input.");
        Option<GpuSet> gpu = Numbers("--gpu", "The GPUs that fail: 5, or 0-3,8."), node = Numbers("--node",
            "Nodes that fail with all their GPUs."),
            domain = Numbers("--domain", "Domains of fast links that fail with all their GPUs.");
        var json = new Option<bool>("--json") { Description = "Print JSON in place of text." };
        var command = new Command("impact", "Tell what stops, what still serves and what must be loaded again when GPUs fail.")
        {
            input, gpu, node, domain, json,
        };
        command.Validators.Add(result =>
        {
            if (new[] { gpu, node, domain }.Count(option => result.GetResult(option) is { Implicit: false }) > 1)
                result.AddError("name what fails by one of --gpu, --node and --domain; without any, nodes are taken in turn");
        });
        command.SetAction(parsed =>
        {
            using Progress progress = session.StartProgress();
            progress.Step("looking at what depends on them");
            IReadOnlyList<DagImpact> impacts = Of(session, parsed.GetValue(input)!, parsed.GetValue(gpu), parsed.GetValue(node),
                parsed.GetValue(domain));
            progress.Dispose();
            if (parsed.GetValue(json))
                ImpactText.WriteJson(impacts, session.OutputStream);
            else
                session.Output.Write(impacts.Count == 1 ? ImpactText.Write(impacts[0]) : ImpactText.WriteSummary(impacts));
            return ExitCodes.Done;
        });
        return command;
    }

    private static IReadOnlyList<DagImpact> Of(Session session, string path, GpuSet? gpus, GpuSet? nodes, GpuSet? domains)
    {
        InputFile input = Inputs.Open(path, session.Cancellation);
        (DeploymentPlan? plan, Dag? graph) = Inputs.PlanOrGraph(input, "impact", session.Cancellation);
        Dag dag = graph ?? DagGenerator.Generate(plan!, cancellation: session.Cancellation);
        if (gpus is null && nodes is null && domains is null)
            return ImpactAnalysis.OfNodes(dag, plan, session.Cancellation);
        GpuSet lost = gpus ?? (nodes is not null ? ImpactAnalysis.GpusOf(dag.Header.Cluster, "node", nodes.ToArray())
            : ImpactAnalysis.GpusOf(dag.Header.Cluster, "domain", domains!.ToArray()));
        return [ImpactAnalysis.Of(dag, plan, lost)];
    }

    private static Option<GpuSet> Numbers(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "SET",
        CustomParser = result =>
        {
            if (GpuSet.TryParse(result.Tokens[0].Value, out GpuSet? set) && !set.IsEmpty)
                return set;
            result.AddError($"{name} takes numbers and ranges such as 0-3,8, not '{result.Tokens[0].Value}'");
            return null;
        },
    };
}
