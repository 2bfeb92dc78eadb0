using System.CommandLine;
using System.IO.Enumeration;
using ParallelDag.Explanations;
using ParallelDag.Files;
using ParallelDag.Graphs;
using ParallelDag.Lowering;

namespace ParallelDag.Cli;

/// <summary><c>paralleldag explain</c>: where the numbers of a node come from.</summary>
internal static class ExplainCommand
{
    private const int MostNodes = 100;

    public static Command Create(Session session)
    {
        Argument<string> input = ArgumentFaults.File("plan|graph", "A plan file, or a graph in DOT or JSON; '-' for standard input.");
        Argument<string> node = ArgumentFaults.File("node",
            "The id of a node, or a pattern with * and ? (at most 100 nodes are explained).");
        Option<string> detail = ArgumentFaults.Choice(
            "--detail", "How finely the plan is drawn.", "operator", "overview", "operator", "device");
        var json = new Option<bool>("--json") { Description = "Print JSON in place of text." };
        var command = new Command("explain", "Tell where the numbers of a node come from, term by term.") { input, node, detail, json };
        command.SetAction(parsed =>
        {
            DagExplanation[] explanations = Explain(session, parsed.GetValue(input)!, parsed.GetValue(node)!,
                VocabularyText.TryParse(parsed.GetValue(detail), out DetailLevel level) ? level : DetailLevel.Operator);
            if (parsed.GetValue(json))
                ExplanationJson.Write(explanations, session.OutputStream);
            else
                session.Output.Write(string.Join('\n', explanations.Select(ExplanationText.Write)));
            return ExitCodes.Done;
        });
        return command;
    }

    private static DagExplanation[] Explain(Session session, string path, string pattern, DetailLevel detail)
    {
        InputFile input = Inputs.Open(path, session.Cancellation);
        (DeploymentPlan? plan, Dag? graph) = Inputs.PlanOrGraph(input, "explain", session.Cancellation);
        Dag dag = graph ?? DagGenerator.Generate(plan!, detail, cancellation: session.Cancellation);
        DagNode[] nodes = dag.FindNode(pattern) is DagNode one ? [one] : !pattern.AsSpan().ContainsAny('*', '?') ? []
            : [.. dag.Nodes.Where(node => FileSystemName.MatchesSimpleExpression(pattern, node.Id)).Take(MostNodes)];
        return nodes.Length > 0 ? [.. nodes.Select(node => NodeExplainer.Explain(node, plan))]
            : throw new InputException(input.Name, default, $"no node is called '{pattern}'; ids such as {dag.Node(0).Id} are listed by "
                + "'export --format json', and * stands for any letters");
    }
}
