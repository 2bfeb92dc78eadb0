using ParallelDag.Checks;
using ParallelDag.Readers;

namespace ParallelDag.Tests.Checks;

/// <summary>What one rule says of a graph, word for word.</summary>
internal static class RuleText
{
    /// <summary>What a rule says of a graph, held against its plan's where one is given.</summary>
    public static CheckResult Of(Dag dag, string rule, Dag? plan = null) => Assert.Single(CheckRunner.Run(dag, [rule], plan).Results);

    /// <summary>What a rule says of a graph of <see cref="GraphScript"/> with changes.</summary>
    public static CheckResult Changed(string graph, string changes, string rule) =>
        Of(GraphScript.Changed(graph, changes), rule);

    /// <summary>What a rule says of a drawing of one line: <c>a [label=MLP]; a -> b</c>.</summary>
    public static CheckResult Drawn(string drawing, string rule, Dag? plan = null) =>
        Of(DotReader.Read($"digraph {{ {drawing} }}", "a.dot"), rule, plan);

    /// <summary>The status, the evidence and the witnesses: nodes, then behind a bar edges.</summary>
    public static void Is(string expected, string witnesses, CheckResult result)
    {
        Assert.Equal(expected, $"{result.Status.ToName()}: {result.Evidence}");
        string edges = string.Join(' ', result.Edges.Select(edge => edge.Replace(" -> ", ">", StringComparison.Ordinal)));
        Assert.Equal(witnesses, (string.Join(' ', result.Nodes) + (edges.Length == 0 ? "" : $" | {edges}")).TrimStart());
    }

    /// <summary>What a drawing lacks of its plan, before the operators that it lacks.</summary>
    public static void Begins(string expected, CheckResult result)
    {
        const string Operators = "prefill: ";
        Assert.StartsWith(expected.Length == 0 ? Operators : $"{expected}; {Operators}", result.Evidence, StringComparison.Ordinal);
    }
}
